//! Roles that grant permissions of two enums.

use auth::{AuthPermission, AuthRole};

#[derive(Clone, PartialEq, AuthPermission)]
enum Posts {
    Write,
}

#[derive(Clone, PartialEq, AuthPermission)]
enum Pages {
    Write,
}

#[derive(Clone, PartialEq, AuthRole)]
enum Role {
    #[role(grants(Posts::Write))]
    Author,
    #[role(grants(Posts::Write, Pages::Write))]
    Editor,
}

fn main() {}
