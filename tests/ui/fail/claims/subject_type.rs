//! A subject that no text can be read into.

use auth::AuthClaims;

#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
struct Key(i64);

#[derive(Clone, AuthClaims)]
struct Employee {
    #[auth(subject)]
    sub: Key,
}

fn main() {}
