//! Words of fields do not stand on the struct.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users", id)]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
}

fn main() {}
