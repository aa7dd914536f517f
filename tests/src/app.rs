//! An application under test: its own database file, a clock that stands still, events on record.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use auth::password::{HashParams, PasswordConfig};
use auth::routing::{Routes, delete, get};
use auth::testing::ManualClock;
use auth::{Auth, AuthBuilder, Event, EventKind, Secret, protected, public};
use axum::Router;
use axum::extract::Path;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};

use crate::client::{Answer, Call};
use crate::users::{Role, SCHEMA, User, UserClaims};

pub const SECRET: &str = "Zg1pQ0vXkq8uJ4mYt7wRb2NcE5sHd9aL";
pub const PASSWORD: &str = "correct horse battery staple";

/// Changes what an application is built with.
pub type Setup = fn(AuthBuilder<User>) -> AuthBuilder<User>;

pub struct App {
    pub auth: Auth<User>,
    pub router: Router,
    pub clock: ManualClock,
    pub pool: SqlitePool,
    pub events: Arc<Mutex<Vec<EventKind>>>,
    /// The whole of the handlers' entries: what ran behind a guard.
    file: Arc<File>,
}

/// A database file that goes away with the last application that uses it.
struct File(PathBuf);

impl Drop for File {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", self.0.display()));
        }
    }
}

#[protected]
async fn me(user: User) -> String {
    format!("hello {}", user.display_name)
}

#[protected]
async fn claims(claims: UserClaims) -> String {
    format!("{} is {:?}", claims.sub, claims.role)
}

#[protected(Role::Admin)]
async fn stats(claims: UserClaims) -> String {
    format!("admin {}", claims.sub)
}

#[protected(Role::Admin)]
async fn admin_row(user: User) -> String {
    format!("admin {}", user.id)
}

#[protected(Role::Admin, live)]
async fn admin_live() -> &'static str {
    "live"
}

#[protected(Role::Editor && !Role::Suspended)]
async fn edit(Path(id): Path<i64>, body: String) -> String {
    format!("{id}: {body}")
}

#[protected(Role::Admin)]
async fn remove(Path(id): Path<i64>) -> String {
    format!("removed {id}")
}

#[public(reason = "greets whoever comes")]
async fn greet(user: Option<User>) -> String {
    user.map_or_else(|| "hello stranger".to_owned(), |user| format!("hello {}", user.display_name))
}

#[public]
async fn health() -> &'static str {
    "ok"
}

impl App {
    pub async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    pub async fn with(setup: impl FnOnce(AuthBuilder<User>) -> AuthBuilder<User>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("auth-flow-{}-{}.db", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let file = Arc::new(File(std::env::temp_dir().join(name)));
        let app = Self::open(file, ManualClock::default(), true, setup).await;
        app
    }

    /// The same database and clock in what could be another process: nothing in memory is shared.
    pub async fn restarted(&self, setup: impl FnOnce(AuthBuilder<User>) -> AuthBuilder<User>) -> Self {
        Self::open(Arc::clone(&self.file), self.clock.clone(), false, setup).await
    }

    async fn open(
        file: Arc<File>,
        clock: ManualClock,
        fresh: bool,
        setup: impl FnOnce(AuthBuilder<User>) -> AuthBuilder<User>,
    ) -> Self {
        let options =
            SqliteConnectOptions::new().filename(&file.0).create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
        let pool = SqlitePoolOptions::new().max_connections(8).connect_with(options).await.unwrap();
        if fresh {
            sqlx::raw_sql(SCHEMA).execute(&pool).await.unwrap();
        }
        let events = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&events);
        let builder = Auth::<User>::builder(pool.clone())
            .secret(Secret::new(SECRET).unwrap())
            .clock(clock.clone())
            .passwords(quick_passwords())
            .observer(move |event: &Event| seen.lock().unwrap().push(event.kind.clone()));
        let auth = setup(builder).build().await.unwrap();
        let router = routes(&auth).into_router().with_state(auth.clone());
        Self { auth, router, clock, pool, events, file }
    }

    /// Sends a request.
    pub async fn send(&self, call: Call) -> Answer {
        call.send(&self.router).await
    }

    /// Signs up; answers what the server said.
    pub async fn register(&self, email: &str) -> Answer {
        let body = serde_json::json!({ "email": email, "password": PASSWORD, "display_name": "Ada" });
        self.send(Call::post("/auth/register").json(&body)).await
    }

    /// Signs in.
    pub async fn login(&self, email: &str, password: &str) -> Answer {
        self.send(Call::post("/auth/login").json(&serde_json::json!({ "email": email, "password": password }))).await
    }

    /// Exchanges a refresh token.
    pub async fn refresh(&self, token: &str) -> Answer {
        self.send(Call::post("/auth/refresh").json(&serde_json::json!({ "refresh_token": token }))).await
    }

    /// What `GET path` answers to the bearer of `token`.
    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(Call::get(path).bearer(token)).await
    }

    /// The events since the last call.
    pub fn events(&self) -> Vec<EventKind> {
        std::mem::take(&mut self.events.lock().unwrap())
    }
}

/// Argon2 with little memory: these tests are about what is decided, not how hard it is.
pub fn quick_passwords() -> PasswordConfig {
    PasswordConfig::default().params(HashParams::weak_for_tests()).threads(1)
}

/// The application's routes, ours among them.
pub fn routes(auth: &Auth<User>) -> Routes<Auth<User>> {
    Routes::new()
        .at("/me", get(me))
        .at("/claims", get(claims))
        .at("/stats", get(stats))
        .at("/admin/row", get(admin_row))
        .at("/admin/live", get(admin_live))
        .at("/posts/{id}", delete(remove).put(edit))
        .at("/greet", get(greet))
        .at("/health", get(health))
        .nest("/auth", auth.routes())
}
