//! An application with a command line: a table with its own names, a UUID key, two logins, a list of roles, and rows that
//! are told apart, on whatever database its address names.

use std::sync::LazyLock;

use auth::routing::{Routes, get};
use auth::{Auth, AuthBuilder, AuthRole, AuthUser, PasswordHash, Roles, Secret, protected, public};
use sqlx::{MySqlPool, PgPool, SqlitePool};
use uuid::Uuid;

use crate::app::quick_passwords;

#[derive(Clone, Debug, PartialEq, Eq, AuthRole)]
pub enum Rank {
    Reader,
    #[role(includes(Reader))]
    Author,
    #[role(includes(Author), name = "admin")]
    Administrator,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "accounts")]
pub struct Account {
    #[auth(id)]
    #[sqlx(rename = "account_uuid")]
    pub id: Uuid,
    #[auth(login)]
    #[sqlx(rename = "mail_address")]
    pub email: String,
    #[auth(login)]
    pub nick: String,
    #[auth(password_hash)]
    #[sqlx(rename = "pw")]
    pub password_hash: PasswordHash,
    #[auth(active)]
    pub is_active: bool,
    #[auth(verified)]
    #[sqlx(rename = "mail_confirmed")]
    pub verified: bool,
    #[auth(created)]
    pub incarnation: i64,
    #[auth(roles, default = Roles::from([Rank::Reader]))]
    #[sqlx(rename = "ranks")]
    pub roles: Roles<Rank>,
    #[auth(register)]
    pub shoe_size: Option<i32>,
}

pub const TABLE: &str = "CREATE TABLE accounts (
    account_uuid BLOB    NOT NULL PRIMARY KEY,
    mail_address TEXT    NOT NULL UNIQUE,
    nick         TEXT    NOT NULL UNIQUE,
    pw           TEXT    NOT NULL,
    is_active    BOOLEAN NOT NULL DEFAULT TRUE,
    mail_confirmed BOOLEAN NOT NULL DEFAULT FALSE,
    incarnation  INTEGER NOT NULL DEFAULT 1,
    ranks        TEXT    NOT NULL,
    shoe_size    INTEGER
)";

pub const TABLE_POSTGRES: &str = "CREATE TABLE accounts (
    account_uuid UUID    NOT NULL PRIMARY KEY,
    mail_address TEXT    NOT NULL UNIQUE,
    nick         TEXT    NOT NULL UNIQUE,
    pw           TEXT    NOT NULL,
    is_active    BOOLEAN NOT NULL DEFAULT TRUE,
    mail_confirmed BOOLEAN NOT NULL DEFAULT FALSE,
    incarnation  BIGINT  NOT NULL DEFAULT 1,
    ranks        TEXT    NOT NULL,
    shoe_size    INTEGER
)";

pub const TABLE_MYSQL: &str = "CREATE TABLE accounts (
    account_uuid BINARY(16)   NOT NULL PRIMARY KEY,
    mail_address VARCHAR(254) NOT NULL UNIQUE,
    nick         VARCHAR(254) NOT NULL UNIQUE,
    pw           VARCHAR(255) NOT NULL,
    is_active    BOOLEAN      NOT NULL DEFAULT TRUE,
    mail_confirmed BOOLEAN NOT NULL DEFAULT FALSE,
    incarnation  BIGINT       NOT NULL DEFAULT 1,
    ranks        VARCHAR(255) NOT NULL,
    shoe_size    INTEGER
) CHARACTER SET utf8mb4";

/// Another one for each run, because a secret that is printed in a source file is refused.
pub static SECRET: LazyLock<Secret> = LazyLock::new(|| Secret::generate().expect("there are random bytes"));

/// Settings on the database at this address.
///
/// # Errors
/// If the database cannot be opened.
pub async fn builder(url: &str) -> auth::Result<AuthBuilder<Account>> {
    let builder = if url.starts_with("postgres") {
        Auth::builder(PgPool::connect(url).await?)
    } else if url.starts_with("mysql") {
        Auth::builder(MySqlPool::connect(url).await?)
    } else {
        Auth::builder(SqlitePool::connect(url).await?)
    };
    Ok(builder.passwords(quick_passwords()))
}

#[protected]
async fn me(account: Account) -> String {
    account.nick
}

#[protected(Rank::Author && !Rank::Administrator)]
async fn drafts(claims: AccountClaims) -> String {
    claims.sub.to_string()
}

#[protected(Rank::Reader)]
async fn read() {}

#[protected(live)]
async fn desk() {}

#[public]
async fn health() {}

/// One of the rules can hold for nobody who is not an author only, and one holds for all who have a role.
pub fn routes(auth: &Auth<Account>) -> Routes<Auth<Account>> {
    Routes::new()
        .route("/me", get(me))
        .route("/drafts", get(drafts))
        .route("/read", get(read))
        .route("/desk", get(desk))
        .route("/health", get(health))
        .nest("/auth", auth.routes())
}
