//! A rule about somebody else's roles, with the user type named.

#[path = "../../common.rs"]
mod common;

use auth::protected;
use common::{Role, Staff};

#[protected(user = Staff, Role::Admin)]
async fn till() {}

fn main() {}
