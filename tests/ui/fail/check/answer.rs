//! Yes, no, or a response.

use auth::check;

#[check]
async fn maybe() -> Option<bool> {
    None
}

#[check]
async fn number() -> Result<u32, auth::AuthError> {
    Ok(1)
}

struct NoResponse;

#[check]
async fn no_response() -> Result<bool, NoResponse> {
    Ok(true)
}

fn main() {}
