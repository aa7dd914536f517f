//! `keys` for people who sign in elsewhere: none of them has a key of this service.

#[path = "../../foreign.rs"]
mod foreign;

use auth::protected;
use foreign::{Employee, Task};

#[protected(user = Employee, Task::Pay, keys)]
async fn orders() {}

fn main() {}
