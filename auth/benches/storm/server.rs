//! The servers. Each signs users in and protects `GET /me`.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use auth::routing::{Routes, get};
use auth::store::Backend;
use auth::{Limits, TrustedProxies, protected};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::{Json, Router};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use sqlx::Pool;

use crate::database::Kind;
use crate::table::{self, PASSWORD};
use crate::user::{SECRET, User, UserClaims};

pub(crate) const ON: &str = "on";
pub(crate) const OFF: &str = "off";

#[protected]
async fn me(claims: UserClaims) -> String {
    format!("hello {}", claims.sub)
}

pub(crate) async fn ours<K: Kind>(limits: &str, url: &str) -> (Router, String)
where
    Pool<K>: Backend<User>,
{
    let limits = if limits == ON { Limits::default() } else { Limits::insecure_none() };
    let builder = table::builder(&K::connect(url).await).limits(limits);
    // The load generator acts as the proxy that reports client addresses.
    let auth = builder.trusted_proxies(TrustedProxies::count(1)).build().await.unwrap();
    let user = auth.accounts().find(&1).await.unwrap().unwrap();
    let token = auth.token_for_test(&user).unwrap();
    let routes = Routes::new().route("/me", get(me)).nest("/auth", auth.routes());
    (routes.into_router().with_state(auth), token)
}

/// The usual hand-written server.
struct Naive {
    hash: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

pub(crate) fn naive() -> (Router, String) {
    let hash = Argon2::default().hash_password(PASSWORD.as_bytes()).unwrap().to_string();
    let encoding = EncodingKey::from_secret(SECRET.expose()).unwrap();
    let state = Arc::new(Naive { hash, encoding, decoding: DecodingKey::from_secret(SECRET.expose()).unwrap() });
    let token = naive_token(&state);
    let router = Router::new()
        .route("/me", axum::routing::get(naive_me))
        .route("/auth/login", axum::routing::post(naive_login))
        .with_state(state);
    (router, token)
}

fn naive_token(state: &Naive) -> String {
    let claims = serde_json::json!({ "sub": "1", "exp": 4_000_000_000_u64 });
    encode(&Header::default(), &claims, &state.encoding).unwrap()
}

async fn naive_me(State(state): State<Arc<Naive>>, headers: HeaderMap) -> Result<String, StatusCode> {
    let token = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let token = token.ok_or(StatusCode::UNAUTHORIZED)?;
    let data = decode::<serde_json::Value>(token, &state.decoding, &Validation::new(Algorithm::HS256));
    let claims = data.map_err(|_| StatusCode::UNAUTHORIZED)?.claims;
    Ok(format!("hello {}", claims.get("sub").and_then(|sub| sub.as_str()).unwrap_or_default()))
}

async fn naive_login(
    State(state): State<Arc<Naive>>,
    Json(body): Json<serde_json::Value>,
) -> Result<Json<serde_json::Value>, StatusCode> {
    let password = body.get("password").and_then(|text| text.as_str()).unwrap_or_default().to_owned();
    let kept = Arc::clone(&state);
    let right = tokio::task::spawn_blocking(move || {
        Argon2::default().verify_password(password.as_bytes(), kept.hash.as_str()).is_ok()
    });
    if right.await.unwrap() {
        Ok(Json(serde_json::json!({ "access_token": naive_token(&state) })))
    } else {
        Err(StatusCode::UNAUTHORIZED)
    }
}
