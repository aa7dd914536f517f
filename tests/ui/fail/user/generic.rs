//! One type, one table.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User<T> {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    more: T,
}

fn main() {}
