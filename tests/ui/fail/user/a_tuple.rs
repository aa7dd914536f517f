//! Columns have names.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User(i64, String);

fn main() {}
