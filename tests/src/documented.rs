//! An application whose handlers are described with `#[utoipa::path]`: above the rule, below it, or not at all.

use std::collections::BTreeMap;

use auth::routing::{Routes, delete, get, post};
use auth::{Auth, AuthState, AuthUser, CookieSettings, PasswordHash, Secret, protected, public};
use axum::Json;
use axum::extract::{FromRef, Path};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::app::{SECRET, quick_passwords};
use crate::database::Database;
use crate::users::{Role, User};

/// What is sold.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Article {
    name: String,
    price: u32,
}

#[utoipa::path(
    get,
    path = "/articles",
    responses(
        (status = 200, description = "All of them", body = Vec<Article>),
        (status = 401, description = "A token that is not valid")
    )
)]
#[public(reason = "anybody may look")]
pub async fn articles(user: Option<User>) -> Json<Vec<Article>> {
    drop(user);
    Json(Vec::new())
}

// Above.
#[utoipa::path(
    post,
    path = "/articles",
    request_body = Article,
    responses(
        (status = 201, description = "Added"),
        (status = 413, description = "More than 2 MiB"),
        (status = 415, description = "Not JSON"),
        (status = 422, description = "No article")
    )
)]
#[protected(Role::Editor && !Role::Suspended)]
pub async fn add_article(Json(article): Json<Article>) -> StatusCode {
    drop(article);
    StatusCode::CREATED
}

// Below.
#[protected(Role::Admin)]
#[utoipa::path(
    delete,
    path = "/articles/{article}",
    params(("article" = i64, Path)),
    responses((status = 204, description = "Gone"), (status = 403, description = "Not your article"))
)]
pub async fn remove_article(Path(_id): Path<i64>) -> StatusCode {
    StatusCode::NO_CONTENT
}

/// The cart of whoever is signed in. Its parameter is found by utoipa's feature for axum.
#[protected]
#[utoipa::path(get, path = "/carts/{id}", responses((status = 200, description = "Number by name", body = BTreeMap<String, u32>)))]
pub async fn cart(Path(_id): Path<i64>) -> Json<BTreeMap<String, u32>> {
    Json(BTreeMap::new())
}

/// A second handler of the same name, in another module.
pub mod elsewhere {
    use auth::protected;

    #[utoipa::path(get, path = "/elsewhere/articles", responses((status = 200, description = "Fine")))]
    #[protected(crate::users::Role::Admin, live)]
    pub async fn articles() {}
}

#[protected(Role::Admin || Role::Editor)]
async fn undescribed(Path(path): Path<String>) {
    drop(path);
}

#[public]
async fn health() {}

/// Answered by another program.
#[utoipa::path(get, path = "/status", security(("statusKey" = [])), responses((status = 200, description = "Fine")))]
#[allow(dead_code)]
pub fn status() {}

#[derive(OpenApi)]
#[openapi(
    info(title = "Shop", version = "1"),
    paths(articles, add_article, remove_article, cart, elsewhere::articles, status),
    modifiers(&StatusKey)
)]
pub struct Shop;

struct StatusKey;

impl utoipa::Modify for StatusKey {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
        let key = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("x-status")));
        document.components.get_or_insert_default().add_security_scheme("statusKey", key);
    }
}

/// The application's routes, without the library's.
pub fn shop() -> Routes<Auth<User>> {
    Routes::new()
        .route("/articles", get(articles).post(add_article))
        .route("/articles/{id}", delete(remove_article))
        .route("/carts/{id}", get(cart))
        .route("/elsewhere/articles", get(elsewhere::articles))
        .route("/files/{*path}", get(undescribed).put(undescribed))
        .route("/health", get(health))
}

/// The same with the library's routes below `/api`.
pub fn shop_with_accounts(auth: &Auth<User>) -> Routes<Auth<User>> {
    shop().nest("/api", Routes::new().nest("/auth", auth.routes()))
}

#[derive(Clone, Debug, Serialize, Deserialize, sqlx::Type)]
#[sqlx(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    Free,
    VeryPro,
}

/// A user type with two logins, one of them optional, and rows that are told apart.
#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "staff")]
pub struct Staff {
    #[auth(id)]
    pub id: uuid::Uuid,
    #[auth(login)]
    pub email: String,
    #[auth(login(exact))]
    pub badge: Option<String>,
    #[auth(password_hash)]
    pub password_hash: PasswordHash,
    #[auth(created)]
    pub hired_at: String,
}

/// A user type with fields that sign-up takes.
#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "customers")]
pub struct Customer {
    #[auth(id)]
    pub id: i64,
    #[auth(login)]
    pub email: String,
    #[auth(password_hash)]
    pub password_hash: PasswordHash,
    #[auth(register, claim)]
    pub plan: Plan,
    #[auth(register)]
    pub age: Option<i32>,
}

#[derive(Clone, FromRef)]
pub struct Two {
    pub staff: Auth<Staff>,
    pub customers: Auth<Customer>,
    // Its file goes with it.
    #[from_ref(skip)]
    _db: Database,
}

impl AuthState for Two {
    type User = Customer;
}

#[protected(user = Staff)]
async fn till() {}

#[protected]
async fn basket() {}

impl Two {
    /// Cookies for customers, none for staff.
    pub async fn new() -> Self {
        let db = Database::with(
            "CREATE TABLE staff (id BLOB PRIMARY KEY, email TEXT NOT NULL UNIQUE, badge TEXT UNIQUE, password_hash TEXT NOT NULL,
                                 hired_at TEXT NOT NULL DEFAULT '2026-01-01T00:00:00Z');
             CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL,
                                     plan TEXT NOT NULL, age INTEGER)",
        )
        .await;
        let secret = || Secret::new(SECRET).unwrap();
        let staff = Auth::builder(db.pool.clone()).secret(secret()).passwords(quick_passwords());
        let staff = staff.cookies(CookieSettings::new().never()).build().await.unwrap();
        let customers = Auth::builder(db.pool.clone()).secret(secret()).passwords(quick_passwords());
        let customers = customers.cookies(CookieSettings::new().always()).build().await.unwrap();
        Self { staff, customers, _db: db }
    }

    pub fn routes(&self) -> Routes<Self> {
        Routes::new()
            .route("/till", post(till))
            .route("/basket", get(basket))
            .nest("/staff", self.staff.routes())
            .nest("/customers", self.customers.routes())
    }
}
