//! Own permissions for users that have none.

#[path = "../../common.rs"]
mod common;

use auth::{Auth, AuthPermission, Permissions};
use common::User;

#[derive(Clone, Debug, PartialEq, AuthPermission)]
enum Permission {
    Pay,
}

async fn give(auth: Auth<User>) {
    auth.accounts().set_permissions(&1, Permissions::from([Permission::Pay])).await.unwrap();
}

fn main() {}
