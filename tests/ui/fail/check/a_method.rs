//! A check is a free function.

use auth::check;

struct Posts;

impl Posts {
    #[check]
    async fn owned(&self) -> bool {
        true
    }
}

impl Posts {
    #[check]
    async fn theirs() -> bool {
        true
    }
}

trait Owned {
    #[check]
    async fn owned() -> bool;
}

fn main() {}
