//! A check runs on any thread.

use std::rc::Rc;

use auth::check;

#[check]
async fn counts() -> bool {
    let rc = Rc::new(1);
    std::future::ready(()).await;
    *rc == 1
}

fn main() {}
