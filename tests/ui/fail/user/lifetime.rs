//! A row is owned.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User<'a> {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: &'a str,
}

fn main() {}
