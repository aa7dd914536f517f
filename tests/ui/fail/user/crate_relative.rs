//! A path that depends on where it stands.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users", crate = web::auth)]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
}

fn main() {}
