//! A method without a body.

use auth::protected;

trait Me {
    #[protected]
    async fn me();
}

fn main() {}
