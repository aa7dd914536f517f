//! Two guards on one function, of which one has another name.

use auth::{protected, public as open};

#[protected]
#[open]
async fn one() {}

#[open]
#[protected]
async fn two() {}

fn main() {}
