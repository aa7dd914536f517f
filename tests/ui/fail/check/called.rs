//! A check takes its arguments from the request.

use auth::{check, protected};

#[check]
async fn owns_post() -> bool {
    true
}

#[protected(owns_post())]
async fn one() {}

#[protected(owns_post(5))]
async fn two() {}

#[protected(self::owns_post())]
async fn three() {}

#[protected(owns_post(post))]
async fn four() {}

#[protected(Role::admin)]
async fn five() {}

#[protected(posts::owns_post())]
async fn six() {}

fn main() {}
