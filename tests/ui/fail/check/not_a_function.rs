//! Only functions are checks.

use auth::check;

#[check]
struct OwnsPost;

struct Posts;

#[check]
impl Posts {
    async fn owns_post() -> bool {
        true
    }
}

fn main() {
    let _ = (OwnsPost, Posts);
}
