//! Permissions by roles, by field, by both; in modules, under other names, and beside fields of all kinds of names.

use auth::routing::{Routes, get};
use auth::policy::{HasPermission, NoPermission};
use auth::{Auth, AuthPermission, AuthRole, AuthUser, NameEnum as _, Permissions, protected};

mod may {
    #[derive(Clone, Debug, PartialEq, auth::AuthPermission)]
    pub enum Permission {
        PostsRead,
        #[permission(includes(PostsRead))]
        PostsWrite,
        #[permission(name = "posts:publish")]
        r#Match,
    }
}

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Role {
    Member,
    #[role(includes(Member), grants(may::Permission::PostsWrite, may::Permission::r#Match))]
    Author,
}

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Plain {
    Member,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "by_role")]
struct ByRole {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(role)]
    role: Role,
    #[auth(verified)]
    email_verified: bool,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "by_field")]
struct ByField {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(permissions(scope), default = Permissions::from([may::Permission::PostsRead]))]
    permissions: Permissions<may::Permission>,
    #[auth(verified)]
    confirmed_at: Option<i64>,
}

/// The roles grant nothing: any field will do beside them.
#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "by_both")]
struct ByBoth {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(role)]
    role: Plain,
    #[auth(permissions)]
    scope: auth::Permissions<may::Permission>,
}

/// Nothing grants anything.
#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "by_nothing")]
struct ByNothing {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(role)]
    role: Plain,
}

/// Codecs by hand, spelled another way.
#[derive(Clone, Debug, PartialEq, AuthPermission)]
#[permission(manual(serde, sqlx), rename_all = "kebab-case", crate = ::auth)]
enum Task {
    FrontDesk,
}

#[protected(may::Permission::PostsWrite && !may::Permission::Match)]
async fn write() {}

fn routes<U>() -> String
where
    U: AuthUser + HasPermission<may::Permission> + auth::InState<Auth<U>>,
    Auth<U>: auth::AuthState<User = U>,
{
    let routes: Routes<Auth<U>> = Routes::new().route("/", get(write));
    routes.table().to_string()
}

fn none<U: HasPermission<NoPermission>>() -> usize {
    U::GRANTS.len()
}

fn main() {
    for table in [routes::<ByRole>(), routes::<ByField>(), routes::<ByBoth>()] {
        assert!(table.contains("may::Permission::PostsWrite && !may::Permission::Match"), "{table}");
    }
    assert_eq!(none::<ByNothing>(), 0);
    assert_eq!(Role::GRANTS, [0, 0b111]);
    assert_eq!(Task::FrontDesk.name(), "front-desk");
    assert_eq!(may::Permission::NAMES, ["posts_read", "posts_write", "posts:publish"]);
}
