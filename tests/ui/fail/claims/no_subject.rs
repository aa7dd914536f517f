//! Claims about nobody, and a name that only serde would read.

use auth::AuthClaims;

#[derive(Clone, serde::Serialize, AuthClaims)]
struct Employee {
    #[serde(rename = "preferred_username")]
    name: Option<String>,
}

fn main() {}
