//! The application under test: its own database file, a manual clock, recorded events.

use std::sync::{Arc, LazyLock, Mutex};

use auth::event::{Event, EventKind};
use auth::password::{HashParams, PasswordConfig};
use auth::routing::{Routes, delete, get};
use auth::store::sql::{SqlBackend, SqlRecords, SqlRow, SqlUser, SqlUsers};
use auth::testing::{Faults, ManualClock};
use auth::{Auth, AuthBuilder, Limits, Secret, protected, public};
use axum::Router;
use axum::extract::Path;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sqlx::Pool;

use crate::client::{Answer, Call};
use crate::database::{Database, Place};
use crate::users::{Role, SCHEMA, User, UserClaims};

pub const SECRET: Made = Made(0);
pub const OTHER_SECRET: Made = Made(1);
pub const PASSWORD: &str = "correct horse battery staple";

/// A secret of 32 characters, another one for each run: what is printed in a source file is refused as a secret.
#[derive(Clone, Copy, Debug)]
pub struct Made(usize);

impl std::ops::Deref for Made {
    type Target = str;

    fn deref(&self) -> &str {
        static ALL: LazyLock<[String; 2]> = LazyLock::new(|| {
            std::array::from_fn(|_| URL_SAFE_NO_PAD.encode(&Secret::generate().unwrap().expose()[..24]))
        });
        &ALL[self.0]
    }
}

impl<T: ?Sized> AsRef<T> for Made
where
    str: AsRef<T>,
{
    fn as_ref(&self) -> &T {
        str::as_ref(self)
    }
}

impl std::fmt::Display for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self)
    }
}

/// Adjusts the builder of an application.
pub type Setup = fn(AuthBuilder<User>) -> AuthBuilder<User>;

pub struct App<P: Place = Database> {
    pub auth: Auth<User>,
    pub router: Router,
    pub clock: ManualClock,
    pub pool: Pool<P::Driver>,
    pub events: Arc<Mutex<Vec<EventKind>>>,
    pub db: P,
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
        Self::in_place(Database::with(SCHEMA).await, setup).await
    }

    /// Its stores fail as planned in `faults`.
    pub async fn with_faults(faults: &Faults) -> Self {
        Self::with_faults_and(faults, |builder| builder).await
    }

    pub async fn with_faults_and(faults: &Faults, setup: impl FnOnce(AuthBuilder<User>) -> AuthBuilder<User>) -> Self {
        let db = Database::with(SCHEMA).await;
        let stores = faults.over(SqlUsers::new(db.pool()), SqlRecords::new(db.pool()));
        Self::open(db, ManualClock::default(), Auth::<User>::builder(stores), setup).await
    }

    /// The same with a backend that changes users and records in one transaction, on a database with these tables.
    pub async fn with_faults_at_once(faults: &Faults, schema: &'static str) -> Self {
        let db = Database::with(schema).await;
        let stores = faults.wrap(SqlBackend::new(db.pool()));
        Self::open(db, ManualClock::default(), Auth::<User>::builder(stores), |builder| builder).await
    }

    /// The same database and clock as after a restart: nothing in memory is shared.
    pub async fn restarted(&self, setup: impl FnOnce(AuthBuilder<User>) -> AuthBuilder<User>) -> Self {
        let db = self.db.reopened().await;
        let builder = builder(&db);
        Self::open(db, self.clock.clone(), builder, setup).await
    }

    /// The same for two stores that share no transaction.
    pub async fn restarted_as_a_pair(
        &self,
        faults: &Faults,
        setup: impl FnOnce(AuthBuilder<User>) -> AuthBuilder<User>,
    ) -> Self {
        let db = self.db.reopened().await;
        let stores = faults.over(SqlUsers::new(db.pool()), SqlRecords::new(db.pool()));
        Self::open(db, self.clock.clone(), Auth::<User>::builder(stores), setup).await
    }

    /// Signs up and returns the id.
    pub async fn user(&self, email: &str) -> i64 {
        self.register(email).await.is(201);
        self.id(email).await
    }

    /// The id of an account.
    pub async fn id(&self, email: &str) -> i64 {
        sqlx::query_scalar("SELECT id FROM users WHERE email = $1").bind(email).fetch_one(&self.pool).await.unwrap()
    }
}

impl<P: Place> App<P>
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    /// Another process on the same database.
    pub async fn beside(&self, setup: impl FnOnce(AuthBuilder<User>) -> AuthBuilder<User>) -> Self
    where
        P: Clone,
    {
        Self::open(self.db.clone(), self.clock.clone(), builder(&self.db), setup).await
    }

    /// With users and records on this database.
    pub async fn in_place(db: P, setup: impl FnOnce(AuthBuilder<User>) -> AuthBuilder<User>) -> Self {
        let builder = builder(&db);
        Self::open(db, ManualClock::default(), builder, setup).await
    }

    /// The same, with stores that fail as planned, and change an account in one transaction.
    pub async fn in_place_at_once(db: P, faults: &Faults) -> Self {
        let builder = Auth::<User>::builder(faults.wrap(SqlBackend::new(db.pool())));
        Self::open(db, ManualClock::default(), builder, |builder| builder).await
    }

    async fn open(
        db: P,
        clock: ManualClock,
        builder: AuthBuilder<User>,
        setup: impl FnOnce(AuthBuilder<User>) -> AuthBuilder<User>,
    ) -> Self {
        let pool = db.pool();
        let events = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&events);
        let builder = builder
            .secret(Secret::new(SECRET).unwrap())
            .clock(clock.clone())
            .passwords(quick_passwords())
            // Tests count store calls, so nothing may poll in the background.
            .revocation_feed(std::time::Duration::ZERO)
            // Many tests make hundreds of logins at once; those about limits switch them on again.
            .limits(Limits::insecure_none())
            .observer(move |event: &Event| seen.lock().unwrap().push(event.kind.clone()));
        let auth = setup(builder).build().await.unwrap();
        let router = routes(&auth).into_router().with_state(auth.clone());
        Self { auth, router, clock, pool, events, db }
    }
}

impl<P: Place> App<P> {
    /// Sends a request.
    pub async fn send(&self, call: Call) -> Answer {
        call.send(&self.router).await
    }

    /// Signs up and returns the response.
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

    /// Signs in with the usual password and returns access and refresh token.
    pub async fn tokens(&self, email: &str) -> (String, String) {
        let answer = self.login(email, PASSWORD).await.is(200);
        (answer.access_token(), answer.refresh_token())
    }

    /// Changes a password as the bearer of `token`.
    pub async fn change_password(&self, token: &str, current: &str, new: &str) -> Answer {
        let body = serde_json::json!({ "current_password": current, "new_password": new });
        self.send(Call::post("/auth/password/change").bearer(token).json(&body)).await
    }

    /// Ends the session of `token`.
    pub async fn logout(&self, token: &str) -> Answer {
        self.send(Call::post("/auth/logout").bearer(token)).await
    }

    /// Moves the clock forward by this many seconds.
    pub fn after(&self, seconds: u64) {
        self.clock.advance(std::time::Duration::from_secs(seconds));
    }

    /// Sends `GET path` with `token` as bearer.
    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(Call::get(path).bearer(token)).await
    }

    /// The events since the last call.
    pub fn events(&self) -> Vec<EventKind> {
        std::mem::take(&mut self.events.lock().unwrap())
    }
}

fn builder<P: Place>(db: &P) -> AuthBuilder<User>
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    Auth::<User>::builder(SqlBackend::new(db.pool()))
}

/// Argon2 with little memory, because these tests are about decisions, not about strength.
pub fn quick_passwords() -> PasswordConfig {
    PasswordConfig::default().params(HashParams::weak_for_tests()).threads(1)
}

/// The application's routes, including the library's.
pub fn routes(auth: &Auth<User>) -> Routes<Auth<User>> {
    Routes::new()
        .route("/me", get(me))
        .route("/claims", get(claims))
        .route("/stats", get(stats))
        .route("/admin/row", get(admin_row))
        .route("/admin/live", get(admin_live))
        .route("/posts/{id}", delete(remove).put(edit))
        .route("/greet", get(greet))
        .route("/health", get(health))
        .nest("/auth", auth.routes())
}
