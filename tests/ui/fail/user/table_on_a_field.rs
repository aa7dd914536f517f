//! Words of the struct do not stand on fields.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id, table = "users")]
    id: i64,
    #[auth(login)]
    email: String,
}

fn main() {}
