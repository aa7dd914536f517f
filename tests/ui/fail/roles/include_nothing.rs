//! Of whom?

use auth::AuthRole;

#[derive(Clone, PartialEq, AuthRole)]
enum Role {
    #[role(includes)]
    Member,
    #[role(includes = Member)]
    Admin,
}

fn main() {}
