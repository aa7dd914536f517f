//! The two servers. Both sign one user in and protect `GET /me`.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use auth::routing::{Routes, get};
use auth::store::{MemoryRecords, MemoryUsers};
use auth::{Auth, AuthUser, PasswordHash, Secret, protected};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::{Json, Router};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};

const SECRET: &str = "Zg1pQ0vXkq8uJ4mYt7wRb2NcE5sHd9aL";
const PASSWORD: &str = "correct horse battery staple";

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Auth,
    Naive,
}

pub(crate) fn run(kind: Kind) {
    super::pin(super::SERVER_CORE);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let (router, token) = match kind {
            Kind::Auth => ours().await,
            Kind::Naive => naive(),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{} {token}", listener.local_addr().unwrap().port());
        axum::serve(listener, router).await.unwrap();
    });
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
}

#[protected]
async fn me(claims: UserClaims) -> String {
    format!("hello {}", claims.sub)
}

async fn ours() -> (Router, String) {
    let users = MemoryUsers::<User>::new(
        |new, _| User { id: 1, email: new.registration.email, password_hash: new.password_hash.unwrap() },
        |_, _| (),
    );
    let builder = Auth::<User>::builder((users, MemoryRecords::new())).secret(Secret::new(SECRET).unwrap());
    // Two hundred clients at one account: what is measured is the hashing, not the refusing.
    let auth = builder.limits(auth::Limits::insecure_none()).build().await.unwrap();
    let registration = UserRegistration { email: "ada@example.org".to_owned() };
    let user = auth.users().create(registration, PASSWORD).await.unwrap();
    let token = auth.token_for_test(&user).unwrap();
    let routes = Routes::new().at("/me", get(me)).nest("/auth", auth.routes());
    (routes.into_router().with_state(auth), token)
}

/// What is usually written.
struct Naive {
    hash: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

fn naive() -> (Router, String) {
    let hash = Argon2::default().hash_password(PASSWORD.as_bytes()).unwrap().to_string();
    let encoding = EncodingKey::from_secret(SECRET.as_bytes());
    let state = Arc::new(Naive { hash, encoding, decoding: DecodingKey::from_secret(SECRET.as_bytes()) });
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
