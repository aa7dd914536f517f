//! `keys` stands alone, and under #[protected].

#[path = "../../common.rs"]
mod common;

use auth::{protected, public};
use common::Role;

#[public(keys)]
async fn open() {}

#[protected(Role::Member && keys)]
async fn joined() {}

#[protected(Role::Member, keys, keys)]
async fn twice() {}

#[protected(Role::Member, key)]
async fn misspelled() {}

fn main() {}
