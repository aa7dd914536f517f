//! Claims about nobody.

use auth::AuthClaims;

#[derive(Clone, AuthClaims)]
struct Employee {
    #[serde(rename = "preferred_username")]
    name: Option<String>,
}

fn main() {}
