//! `cargo bench -p auth --bench route`: the cost of protecting a route, without a network.
//!
//! One run, one process, interleaved rounds, medians. The same token is sent to a plain axum route; to a route under
//! `#[protected]` whose handler reads the claims, with the token cache and without; and to a route with the usual
//! hand-written extractor: `jsonwebtoken::decode` into the same struct, with the same rules. The figures are times on
//! top of plain axum.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark fails by panicking")]

#[path = "common/measure.rs"]
mod measure;
#[path = "common/token.rs"]
mod token;
#[path = "common/user.rs"]
mod user;

use std::hint::black_box;
use std::sync::Arc;

use auth::protected;
use auth::routing::{Routes, get};
use axum::Router;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, StatusCode};
use jsonwebtoken::{DecodingKey, Validation, decode};
use tower::ServiceExt as _;

use measure::{CALLS, ROUNDS, measure};
use token::{ada, derived_key, forgetful, handle, their_rules};
use user::UserClaims;

async fn alone() -> String {
    // `black_box`, because the other handlers do not know the name at compile time either.
    format!("hello {}", black_box("Ada Lovelace"))
}

#[protected]
async fn ours(claims: UserClaims) -> String {
    format!("hello {}", claims.display_name)
}

struct ByHand(UserClaims);

struct Keys {
    key: DecodingKey,
    rules: Validation,
}

impl FromRequestParts<Arc<Keys>> for ByHand {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, keys: &Arc<Keys>) -> Result<Self, StatusCode> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or(StatusCode::UNAUTHORIZED)?;
        decode(token, &keys.key, &keys.rules).map(|decoded| Self(decoded.claims)).map_err(|_| StatusCode::UNAUTHORIZED)
    }
}

async fn by_hand(ByHand(claims): ByHand) -> String {
    format!("hello {}", claims.display_name)
}

async fn call(router: &Router, bearer: &HeaderValue) -> StatusCode {
    let request = Request::get("/me").header(AUTHORIZATION, bearer).body(Body::empty()).unwrap();
    router.clone().oneshot(request).await.unwrap().status()
}

fn main() {
    let runtime = token::runtime();
    let (auth, forgetful) = runtime.block_on(async { (handle().await, forgetful().await) });
    let token = auth.token_for_test(&ada()).unwrap();
    let header = |token: &str| HeaderValue::try_from(format!("Bearer {token}")).unwrap();
    let bearer = header(&token);
    // Each handle has a store of its own, and tokens name theirs.
    let own = header(&forgetful.token_for_test(&ada()).unwrap());
    let protected = |auth| Routes::new().route("/me", get(ours)).into_router().with_state(auth);
    let keys = Keys { key: DecodingKey::from_secret(derived_key().as_ref()).unwrap(), rules: their_rules() };
    let by_hand = Router::new().route("/me", axum::routing::get(by_hand)).with_state(keys.into());
    let candidates = [
        ("axum alone", (Router::new().route("/me", axum::routing::get(alone)), bearer.clone())),
        ("#[protected], claims", (protected(auth), bearer.clone())),
        ("the same, verified each time", (protected(forgetful), own)),
        ("jsonwebtoken::decode, claims", (by_hand, bearer)),
    ];

    println!("GET /me in process, a token of {} bytes; {ROUNDS} rounds of {CALLS} calls, medians\n", token.len());
    let [alone, protected, each_time, by_hand] = measure(candidates, |(router, bearer), calls| {
        runtime.block_on(async {
            for _ in 0..calls {
                assert_eq!(call(router, bearer).await, StatusCode::OK);
            }
        });
    });
    println!();
    println!("ratio protected/by_hand, above axum alone {:.3}", (protected - alone) / (by_hand - alone));
    println!("the same, verified each time {:.3}", (each_time - alone) / (by_hand - alone));
}
