//! Types under other names are what they are.

use auth::schema::HoldsHash;
use auth::{AuthRole, AuthUser, Roles};

type Hash = auth::PasswordHash;
type Maybe = Option<Hash>;
type When = Option<i64>;
type Yes = bool;

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Role {
    Member,
}
type OfRole = Roles<Role>;

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    hash: Maybe,
    #[auth(active(when = "is_null"))]
    off: When,
    #[auth(verified)]
    verified: When,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "guests")]
struct Guest {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(active)]
    on: Yes,
    #[auth(verified)]
    verified: Yes,
}

/// The seconds have another name, and are still seconds.
type Seconds = i64;

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "staff")]
struct Staff {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(active(when = "is_null"))]
    off: Option<Seconds>,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "clerks")]
struct Clerk {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(active(when = "is_null"))]
    off: Option<String>,
}

fn main() {
    assert!(<Maybe as HoldsHash>::REDACTED && !<Option<String> as HoldsHash>::REDACTED);
    let user = User { id: 1, email: "a@b".into(), hash: None, off: Some(3), verified: None };
    assert_eq!((user.is_active(), user.is_verified()), (false, Some(false)));
    let guest = Guest { id: 1, email: "a@b".into(), on: true, verified: true };
    assert_eq!((guest.is_active(), guest.is_verified()), (true, Some(true)));
    for (schema, seconds) in [(User::SCHEMA, true), (Staff::SCHEMA, true), (Clerk::SCHEMA, false), (Guest::SCHEMA, false)] {
        assert_eq!(schema.sql.disable_binds_seconds, seconds, "{}", schema.name);
        let disable = schema.sql.disable.unwrap().dollar;
        assert_eq!(disable.contains("\"off\" = $1"), seconds, "{disable}");
    }
    let _ = OfRole::new();
}
