//! A new type has a name, not a path.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users", claims = app::Claims, registration)]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
}

fn main() {}
