//! A circle is named.

use auth::AuthRole;

#[derive(Clone, PartialEq, AuthRole)]
enum Role {
    #[role(includes(Admin))]
    Member,
    #[role(includes(Member))]
    Editor,
    #[role(includes(Editor))]
    Admin,
    #[role(includes(Admin))]
    Owner,
}

fn main() {}
