//! Everything written by somebody's macro, whose fragments arrive in invisible groups.

#[path = "../common.rs"]
mod common;

use auth::routing::{Routes, get};
use auth::{Auth, AuthRole, AuthUser, PasswordHash, protected};

macro_rules! user {
    ($name:ident, $role:ident, $table:literal, $id:ty, $off:ty, $start:expr, $handler:ident, $rule:path, $body:block) => {
        #[derive(Clone, Debug, PartialEq, AuthRole)]
        enum $role {
            Member,
            #[role(includes(Member), name = $table)]
            Admin,
        }

        #[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
        #[auth(table = $table)]
        struct $name {
            #[auth(id)]
            id: $id,
            #[auth(login)]
            email: String,
            #[auth(password_hash)]
            password_hash: PasswordHash,
            #[auth(active(when = "is_null"))]
            off: $off,
            #[auth(role, default = $start)]
            role: $role,
        }

        #[protected($rule)]
        async fn $handler(_user: $name) -> &'static str $body
    };
}

user!(Person, Rank, "people", String, Option<i64>, Rank::Member, hello, Rank::Admin, { "hello" });

fn main() {
    assert_eq!(<Rank as auth::NameEnum>::NAMES, ["member", "people"]);
    let schema = <Person as AuthUser>::SCHEMA;
    assert!(schema.sql.insert.dollar.contains(r#"("id", "email", "password_hash", "role")"#));
    assert!(schema.sql.disable_binds_seconds);
    let _: Routes<Auth<Person>> = Routes::new().route("/", get(hello));
}
