//! A method has no place for a rule.

use auth::protected;

struct App;

impl App {
    #[protected]
    async fn me(&self) {}
}

fn main() {}
