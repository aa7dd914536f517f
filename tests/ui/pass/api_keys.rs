//! Handlers that API keys may call.

use auth::routing::{Routes, get};
use auth::{Auth, AuthPermission, AuthRole, AuthUser, KeyCaller, check, protected, rule};

#[derive(Clone, Debug, PartialEq, AuthPermission)]
enum Permission {
    Read,
    Write,
}

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Role {
    #[role(grants(Permission::Read))]
    Member,
    #[role(includes(Member), grants(Permission::Write))]
    Admin,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(role)]
    role: Role,
}

mod aliased {
    pub type May = super::Permission;
}

#[check]
async fn keys() -> bool {
    true
}

#[protected(Permission::Read, keys)]
async fn read(caller: KeyCaller<User>) -> String {
    assert!(caller.may(&Permission::Read));
    caller.user().email.clone()
}

#[protected(user = User, aliased::May::Write && !Role::Member, keys, live, hidden)]
async fn write(user: User) -> String {
    user.email
}

// A check of that name is written with its module.
#[protected(self::keys, keys)]
async fn checked(caller: KeyCaller<User>) {
    drop(caller);
}

fn main() {
    let routes: Routes<Auth<User>> =
        Routes::new().route("/read", get(read)).route("/write", get(write)).route("/checked", get(checked));
    let table = routes.table();
    assert_eq!(table.routes()[1].who, "Permission::Read, or an API key");
    assert!(table.routes().iter().all(|route| route.keys));
    let _ = rule!(Permission::Read, keys);
}
