//! Rules that cannot be meant as written, found in the routes.

use auth::routing::{Routes, get};
use auth::{
    Auth, AuthPermission, AuthRole, AuthUser, Fresh, PasswordHash, Roles, Secret, check, protected, public, rule,
};
use auth_tests::Database;
use auth_tests::app::SECRET;

#[derive(Clone, Copy, Debug, PartialEq, AuthPermission)]
enum Permission {
    Read,
    Write,
    Export,
}

#[derive(Clone, Copy, Debug, PartialEq, AuthRole)]
enum Role {
    #[role(grants(Permission::Read))]
    Member,
    #[role(includes(Member), grants(Permission::Write))]
    Admin,
}

/// Roles that have nothing to do with each other: 32 lists of them.
#[derive(Clone, Copy, Debug, PartialEq, AuthRole)]
enum Free {
    #[role(grants(Permission::Read))]
    One,
    Two,
    Three,
    Four,
    Five,
}

macro_rules! user_types {
    ($($(#[$doc:meta])* $name:ident in $table:literal: $roles:ty as $field:ident, $default:expr;)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
            #[auth(table = $table)]
            struct $name {
                #[auth(id)]
                id: i64,
                #[auth(login)]
                email: String,
                #[auth(password_hash)]
                password_hash: PasswordHash,
                #[auth($field, default = $default)]
                $field: $roles,
            }
        )+
    };
}

user_types! {
    Clerk in "clerks": Role as role, Role::Member;
    /// With any number of roles, including none.
    Many in "many": Roles<Role> as roles, Roles::new();
    Any in "free": Roles<Free> as roles, Roles::new();
}

#[check]
async fn is_open() -> bool {
    true
}

macro_rules! checks {
    ($($name:ident)+) => {
        $(
            #[check]
            async fn $name() -> bool {
                true
            }
        )+
    };
}

checks! { c1 c2 c3 c4 c5 c6 c7 c8 c9 c10 c11 c12 c13 }

#[protected(Role::Member)]
async fn every_role() {}

#[protected(!Role::Admin || Permission::Write)]
async fn every_case() {}

#[protected(Role::Admin && !Role::Member)]
async fn no_role() {}

#[protected(Role::Admin || Permission::Export)]
async fn not_granted() {}

#[protected(Permission::Export)]
async fn nobody() {}

#[protected(!Role::Admin)]
async fn no_admin() {}

#[protected(Role::Member && (is_open || Fresh::minutes(5)))]
async fn depends() {}

#[protected(is_open)]
async fn asks() {}

#[protected(is_open && !c1)]
async fn asks_twice() {}

#[protected(c1 && c2 && !c3)]
async fn asks_often() {}

#[protected(Role::Member || c1 || c2 || c3 || c4 || c5 || c6 || c7 || c8 || c9 || c10 || c11 || c12)]
async fn twelve() {}

#[protected(Role::Member || c1 || c2 || c3 || c4 || c5 || c6 || c7 || c8 || c9 || c10 || c11 || c12 || c13)]
async fn thirteen() {}

#[protected(!Free::One || Permission::Read || c1 || c2 || c3 || c4 || c5 || c6 || c7 || c8 || c9 || c10 || c11)]
async fn eleven_of_many() {}

#[protected(!Free::One || Permission::Read || c1 || c2 || c3 || c4 || c5 || c6 || c7 || c8 || c9 || c10 || c11 || c12)]
async fn twelve_of_many() {}

#[protected(is_open || Role::Member)]
async fn hardly_depends() {}

#[protected]
async fn signed_in() {}

#[public]
async fn open() {}

async fn clerks() -> (Database, Auth<Clerk>) {
    let sql = "CREATE TABLE clerks (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL,
        role TEXT NOT NULL)";
    let database = Database::with(sql).await;
    let builder = Auth::<Clerk>::builder(database.pool.clone());
    let auth = builder.secret(Secret::new(SECRET).unwrap()).build().await.unwrap();
    (database, auth)
}

fn sentences<S: Clone + Send + Sync + 'static>(routes: &Routes<S>) -> Vec<String> {
    routes.audit().iter().map(ToString::to_string).collect()
}

#[test]
fn rules_with_unintended_meaning_are_reported() {
    let routes: Routes<Auth<Clerk>> = Routes::new()
        .route("/1", get(every_role))
        .route("/2", get(every_case))
        .route("/3", get(no_role))
        .route("/4", get(not_granted))
        .route("/5", get(nobody))
        .route("/6", get(hardly_depends));
    let expected = [
        "GET /1: every signed-in user passes: `Role::Member` is always true; if that is intended, write `#[protected]`",
        "GET /2: every signed-in user passes: `!Role::Admin || Permission::Write` is always true; if that is intended, \
         write `#[protected]`",
        "GET /3: no user can meet this rule: `Role::Admin && !Role::Member` is false for all combinations of roles",
        "GET /4: no user meets `Permission::Export`: no role grants it",
        "GET /5: no user can meet this rule: `Permission::Export` is false for all combinations of roles",
        "GET /6: every signed-in user passes: `is_open || Role::Member` is always true; if that is intended, write \
         `#[protected]`",
    ];
    assert_eq!(sentences(&routes), expected);
}

#[test]
fn rules_that_depend_on_something_are_let_be() {
    let routes: Routes<Auth<Clerk>> = Routes::new()
        .route("/1", get(no_admin))
        .route("/2", get(depends))
        .route("/3", get(signed_in))
        .route("/4", get(open))
        .route("/5", get(asks))
        .route("/6", get(asks_twice))
        .route("/7", get(asks_often));
    assert_eq!(routes.audit(), []);
    // A list of roles may be empty, and an admin's list contains `Member` only through `includes`.
    let routes: Routes<Auth<Many>> = Routes::new().route("/1", get(every_role)).route("/2", get(no_role));
    assert_eq!(
        sentences(&routes),
        ["GET /2: no user can meet this rule: `Role::Admin && !Role::Member` is false for all combinations of roles"]
    );
}

#[test]
fn rules_with_more_cases_than_promised_are_skipped() {
    let found = |routes: Routes<Auth<Clerk>>| routes.audit().len();
    assert_eq!(found(Routes::new().route("/12", get(twelve))), 1);
    assert_eq!(found(Routes::new().route("/13", get(thirteen))), 0, "more than twelve checks");
    let found = |routes: Routes<Auth<Any>>| routes.audit().len();
    assert_eq!(found(Routes::new().route("/11", get(eleven_of_many))), 1, "65 536 cases");
    assert_eq!(found(Routes::new().route("/12", get(twelve_of_many))), 0, "twice as many");
}

#[tokio::test]
async fn handler_unreachable_through_its_layer_is_reported() {
    let (_database, auth) = clerks().await;
    let admins =
        || Routes::<Auth<Clerk>>::new().route("/x", get(no_admin)).route("/y", get(depends)).route("/z", get(open));
    let routes = admins().require(auth.require(rule!(Role::Admin)));
    let expected =
        ["GET /x: no user can meet all of these rules: `!Role::Admin` refuses everybody whom the other rules admit"];
    assert_eq!(sentences(&routes), expected);
    let routes = admins().require(auth.require(rule!(Role::Member)));
    assert_eq!(
        sentences(&routes)[0],
        "GET /x: every signed-in user passes: `Role::Member` is always true; if that is intended, write `rule!()`"
    );
}

#[tokio::test]
async fn route_table_shows_audit_findings() {
    let (_database, auth) = clerks().await;
    let layered: Routes<Auth<Clerk>> =
        Routes::new().route("/x", get(no_admin)).require(auth.require(rule!(Role::Admin)));
    let routes = Routes::new()
        .route("/1", get(every_role))
        .route("/2", get(no_role))
        .route("/3", get(not_granted))
        .route("/4", get(open))
        .merge(layered);
    let expected = "\
METHOD  PATH  WHO MAY CALL IT
GET     /1    Role::Member (!) every signed-in user passes
GET     /2    Role::Admin && !Role::Member (!) no user can meet this rule
GET     /3    Role::Admin || Permission::Export (!) no user meets `Permission::Export`
GET     /4    * public
GET     /x    Role::Admin && !Role::Admin (!) no user can meet all of these rules";
    assert_eq!(routes.table().to_string(), expected);
}
