//! Who makes ids.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id(random))]
    id: i64,
    #[auth(login)]
    email: String,
}

fn main() {}
