//! Functions that rules cannot ask.

use auth::{check, protected};

async fn forgotten() -> bool {
    true
}

#[check]
async fn owns_post() -> bool {
    true
}

#[protected(forgotten)]
async fn one() {}

#[protected(owns_pots)]
async fn two() {}

#[protected(posts::owns_post)]
async fn three() {}

mod drafts {
    pub mod posts {}
}

#[protected(drafts::posts)]
async fn four() {}

#[protected(drafts::owns_post)]
async fn five() {}

fn main() {}
