//! A role that grants something which is no permission.

use auth::AuthRole;

#[derive(Clone, PartialEq)]
enum Right {
    Write,
}

#[derive(Clone, PartialEq, AuthRole)]
enum Role {
    #[role(grants(Right::Write))]
    Author,
}

fn main() {}
