//! The usual hand-written extractor, which decodes the token and selects the user by id each time. It is written well:
//! keys and rules are built once, claims are typed, the statement is prepared once per connection, and it selects no
//! unneeded column.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use sqlx::{PgPool, SqlitePool};

use crate::user::SECRET;

const SELECT: &str = "SELECT id, email, password_hash, is_active, role, display_name FROM users WHERE id = $1";

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    role: String,
    display_name: String,
    iat: u64,
    exp: u64,
}

#[derive(sqlx::FromRow)]
#[expect(dead_code, reason = "the row as the application has it; a handler seldom reads all of it")]
pub(crate) struct Account {
    id: i64,
    email: String,
    password_hash: String,
    is_active: bool,
    role: String,
    display_name: String,
}

pub(crate) trait Find: Send + Sync + 'static {
    fn find(&self, id: i64) -> impl Future<Output = sqlx::Result<Option<Account>>> + Send;
}

impl Find for SqlitePool {
    async fn find(&self, id: i64) -> sqlx::Result<Option<Account>> {
        sqlx::query_as(SELECT).bind(id).fetch_optional(self).await
    }
}

impl Find for PgPool {
    async fn find(&self, id: i64) -> sqlx::Result<Option<Account>> {
        sqlx::query_as(SELECT).bind(id).fetch_optional(self).await
    }
}

struct App<P> {
    pool: P,
    key: DecodingKey,
    rules: Validation,
    rows: Rows,
}

impl<P: Find> FromRequestParts<Arc<App<P>>> for Claims {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App<P>>) -> Result<Self, StatusCode> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or(StatusCode::UNAUTHORIZED)?;
        let decoded = decode(token, &app.key, &app.rules).map_err(|_| StatusCode::UNAUTHORIZED)?;
        Ok(decoded.claims)
    }
}

impl<P: Find> FromRequestParts<Arc<App<P>>> for Account {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App<P>>) -> Result<Self, StatusCode> {
        let claims = Claims::from_request_parts(parts, app).await?;
        let id = claims.sub.parse().map_err(|_| StatusCode::UNAUTHORIZED)?;
        let found = app.pool.find(id).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        found.filter(|account| account.is_active).ok_or(StatusCode::UNAUTHORIZED)
    }
}

/// The row, cached for five seconds: the simplest cache that works.
struct Cached(Arc<Account>);

type Rows = Mutex<HashMap<i64, (Instant, Arc<Account>)>>;
const LIFE: Duration = Duration::from_secs(5);

impl<P: Find> FromRequestParts<Arc<App<P>>> for Cached {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App<P>>) -> Result<Self, StatusCode> {
        let claims = Claims::from_request_parts(parts, app).await?;
        let id = claims.sub.parse().map_err(|_| StatusCode::UNAUTHORIZED)?;
        let kept = app.rows.lock().unwrap().get(&id).filter(|(read, _)| read.elapsed() < LIFE).map(|it| it.1.clone());
        if let Some(row) = kept {
            return Ok(Self(row));
        }
        let found = app.pool.find(id).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        let row = Arc::new(found.filter(|account| account.is_active).ok_or(StatusCode::UNAUTHORIZED)?);
        app.rows.lock().unwrap().insert(id, (Instant::now(), Arc::clone(&row)));
        Ok(Self(row))
    }
}

async fn by_cached_row(Cached(account): Cached) -> String {
    format!("hello {}", account.display_name)
}

async fn by_claims(claims: Claims) -> String {
    format!("hello {}", claims.display_name)
}

async fn by_row(account: Account) -> String {
    format!("hello {}", account.display_name)
}

/// What the handler takes.
#[derive(Clone, Copy)]
pub(crate) enum Wants {
    Claims,
    Row,
    CachedRow,
}

pub(crate) fn make<P: Find>(pool: P, wants: Wants) -> (Router, String) {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let [sub, role, display_name] = ["1", "member", "Ada Lovelace"].map(str::to_owned);
    let claims = Claims { sub, role, display_name, iat: now, exp: now + 900 };
    let token = encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET.expose()).unwrap()).unwrap();
    let (key, rules) = (DecodingKey::from_secret(SECRET.expose()).unwrap(), Validation::new(Algorithm::HS256));
    let me = match wants {
        Wants::Claims => axum::routing::get(by_claims),
        Wants::Row => axum::routing::get(by_row),
        Wants::CachedRow => axum::routing::get(by_cached_row),
    };
    let router = Router::new().route("/me", me);
    (router.with_state(Arc::new(App { pool, key, rules, rows: Rows::default() })), token)
}
