//! Only functions are handlers.

use auth::protected;

struct Me;

#[protected]
impl Me {
    async fn me(self) {}
}

fn main() {}
