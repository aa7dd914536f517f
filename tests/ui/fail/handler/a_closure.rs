//! A closure has no name to put a rule beside.

use auth::protected;

fn main() {
    let _me = #[protected]
    async || {};
}
