//! One column says whether an account is active.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(active)]
    is_active: bool,
    #[auth(active)]
    is_approved: bool,
}

fn main() {}
