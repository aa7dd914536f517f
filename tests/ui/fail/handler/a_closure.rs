//! A closure has no place for a rule.

use auth::protected;

fn main() {
    let _ = #[protected]
    async || ();
}
