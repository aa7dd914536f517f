//! `cargo bench -p auth --bench route`: what protection costs a route, without a network in between.
//!
//! One run, one process, interleaved rounds, the median of each. The same token is sent to a route of axum alone, to a
//! route under `#[protected]` whose handler reads the claims, and to one with the extractor that is usually written:
//! `jsonwebtoken::decode` into the same struct, with the same rules. What counts is the time above that of axum alone.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use auth::routing::{Routes, get};
use auth::store::{MemoryRecords, MemoryUsers};
use auth::{Auth, AuthRole, AuthUser, PasswordHash, Secret, protected};
use aws_lc_rs::hmac;
use axum::Router;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, StatusCode};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

const SECRET: &str = "Zg1pQ0vXkq8uJ4mYt7wRb2NcE5sHd9aL";
const ROUNDS: usize = 41;
const CALLS: u32 = 5_000;

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Role {
    Member,
    Admin,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(role)]
    role: Role,
    #[auth(register, claim)]
    display_name: String,
}

async fn alone() -> String {
    // A name that the compiler does not know either.
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

/// What is checked by hand, with the key by the formula the documentation gives.
fn keys() -> Keys {
    let key = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()), b"auth:access-token:User:users");
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_issuer(&["User"]);
    rules.set_audience(&["User"]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    rules.validate_nbf = true;
    Keys { key: DecodingKey::from_secret(key.as_ref()), rules }
}

async fn call(router: &Router, bearer: &HeaderValue) -> StatusCode {
    let request = Request::get("/me").header(AUTHORIZATION, bearer).body(Body::empty()).unwrap();
    router.clone().oneshot(request).await.unwrap().status()
}

/// Nanoseconds a call, the median of the rounds, for each of the routers, which take turns.
fn measure<const N: usize>(runtime: &Runtime, bearer: &HeaderValue, routers: &[(&str, Router); N]) -> [f64; N] {
    let mut rounds = [const { Vec::new() }; N];
    for _ in 0..ROUNDS {
        for ((_, router), times) in routers.iter().zip(&mut rounds) {
            let start = Instant::now();
            runtime.block_on(async {
                for _ in 0..CALLS {
                    assert_eq!(call(router, bearer).await, StatusCode::OK);
                }
            });
            times.push(start.elapsed());
        }
    }
    let medians = rounds.map(|mut times| {
        times.sort();
        times.get(ROUNDS / 2).unwrap().as_secs_f64() * 1e9 / f64::from(CALLS)
    });
    for ((name, router), median) in routers.iter().zip(medians) {
        let allocations = allocation_counter::measure(|| _ = runtime.block_on(call(router, bearer))).count_total;
        println!("{name:32} {median:8.0} ns  {allocations:3} allocations");
    }
    medians
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let users = MemoryUsers::<User>::new(|_, _| unreachable!("nobody signs up"), |_, _| ());
    let builder = Auth::<User>::builder((users, MemoryRecords::new())).secret(Secret::new(SECRET).unwrap());
    let auth = runtime.block_on(builder.build()).unwrap();
    let user = User {
        id: 42,
        email: "ada@example.org".to_owned(),
        password_hash: PasswordHash::from_stored(""),
        role: Role::Member,
        display_name: "Ada Lovelace".to_owned(),
    };
    let token = auth.token_for_test(&user).unwrap();
    let bearer = HeaderValue::try_from(format!("Bearer {token}")).unwrap();
    let protected: Routes<Auth<User>> = Routes::new().at("/me", get(ours));

    println!("GET /me in process, a token of {} bytes; {ROUNDS} rounds of {CALLS} calls, medians\n", token.len());
    let [alone, protected, by_hand] = measure(
        &runtime,
        &bearer,
        &[
            ("axum alone", Router::new().route("/me", axum::routing::get(alone))),
            ("#[protected], claims", protected.into_router().with_state(auth)),
            (
                "jsonwebtoken::decode, claims",
                Router::new().route("/me", axum::routing::get(by_hand)).with_state(keys().into()),
            ),
        ],
    );
    println!();
    println!("ratio protected/by_hand, above axum alone {:.3}", (protected - alone) / (by_hand - alone));
}
