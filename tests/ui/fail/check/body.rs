//! A check decides before the body is read.

use auth::check;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};

struct Signed;

impl<S: Send + Sync> FromRequest<S> for Signed {
    type Rejection = ();

    async fn from_request(_: Request, _: &S) -> Result<Self, ()> {
        Ok(Self)
    }
}

#[check]
async fn text(_: String) -> bool {
    true
}

#[check]
async fn bytes(_: Bytes) -> bool {
    true
}

#[check]
async fn request(_: axum::http::Method, _: Request) -> bool {
    true
}

#[check]
async fn json(_: axum::Json<u32>) -> bool {
    true
}

#[check]
async fn maybe_json(_: Option<axum::Json<u32>>) -> bool {
    true
}

#[check]
async fn of_ours(_: Signed) -> bool {
    true
}

fn main() {}
