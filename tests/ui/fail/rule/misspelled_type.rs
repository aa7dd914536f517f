//! A type that is not there, and is called as one of the user type's own.

use auth::protected;

#[protected(Roles::Writer)]
async fn one() {}

#[protected(Permissions::Write && Roles::Writer)]
async fn two() {}

fn main() {}
