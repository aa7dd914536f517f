//! Authentication and authorization for axum: derive it on the user struct you already have, protect handlers with an
//! attribute, and let the compiler refuse a route that nobody protected.
//!
//! ```no_run
//! # #[cfg(all(feature = "macros", feature = "password", feature = "sqlite"))]
//! # mod app {
//! use auth::routing::{Routes, get};
//! use auth::{Auth, AuthRole, AuthUser, PasswordHash, Secret, protected, public};
//!
//! #[derive(Clone, Debug, PartialEq, AuthRole)]
//! enum Role {
//!     Member,
//!     #[role(includes(Member))]
//!     Admin,
//! }
//!
//! #[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
//! #[auth(table = "users")]
//! struct User {
//!     #[auth(id)]
//!     id: i64,
//!     #[auth(login)]
//!     email: String,
//!     #[auth(password_hash)]
//!     password_hash: PasswordHash,
//!     #[auth(role, default = Role::Member)]
//!     role: Role,
//! }
//!
//! #[protected]                       // signed in, session not ended
//! async fn me(user: User) -> String {
//!     user.email
//! }
//!
//! #[protected(Role::Admin)]          // judged on the token: no query
//! async fn stats(claims: UserClaims) -> String {
//!     claims.sub.to_string()
//! }
//!
//! #[public]                          // open on purpose
//! async fn health() -> &'static str {
//!     "ok"
//! }
//!
//! # pub
//! async fn run() -> auth::Result<()> {
//!     let pool = sqlx::SqlitePool::connect("sqlite:app.db?mode=rwc").await?;
//!     let secret = Secret::env_or_file("JWT_SECRET_KEY", "auth.key")?;
//!     let auth = Auth::<User>::builder(pool).secret(secret).build().await?;
//!     let routes = Routes::new()
//!         .at("/me", get(me))
//!         .at("/stats", get(stats))
//!         .at("/health", get(health))
//!         .nest("/auth", auth.routes()); // register, login, refresh, logout, sessions, …
//!     println!("{}", routes.table());    // METHOD  PATH  WHO MAY CALL IT
//!     auth::serve("127.0.0.1:3000", routes.into_router().with_state(auth)).await
//! }
//! # }
//! ```
//!
//! (`mode=rwc` makes the file if there is none; the table `users` is yours to make before `build()`, which compares it
//! with the struct.)
//!
//! A token says that its session has not ended, and what the roles were when it was issued. Whether the account is active
//! (a field under `#[auth(active)]`) is judged on the row, and so is the rule once more, whenever the row is loaded: for
//! the argument `user: User`, on routes with `live`, at login and at refresh. A handler that takes `claims: UserClaims`
//! loads none; `auth.users().disable(…)` ends the sessions, so that it refuses, too.
//!
//! # Where to look
//!
//! | you want to | look at |
//! |---|---|
//! | describe your users | `#[derive(AuthUser)]`, `#[derive(AuthRole)]`, `#[derive(AuthPermission)]` |
//! | say who may call a handler | `#[protected]`, `#[public]`, [`routing`] |
//! | the same for a router or a service | [`Auth::require`], `rule!`, [`routing::Routes::require`] |
//! | keep a socket open as long as its session | [`Auth::still_valid`] |
//! | put it into a state of your own | [`AuthState`] |
//! | set it up | [`AuthBuilder`], [`Secret`], `CookieSettings`, `password::PasswordConfig` |
//! | call it without our routes | [`Auth`] |
//! | manage accounts | [`Management`] (`auth.users()`) |
//! | read what a token says | `UserClaims`, which the derive writes; [`claims`] |
//! | hear of what happens | [`event`], [`Hooks`] |
//! | say how often somebody may try | [`Limits`], [`TrustedProxies`], [`limit`] |
//! | store things elsewhere | [`store`]; `testing::conformance` says whether it will do |
//! | run several instances | `redis`, [`broadcast`] |
//! | forget what expired | [`Auth::maintenance`] |
//! | document who may call what | `openapi` |
//! | set the time, or repeat a run | [`clock`], [`random`] |
//! | answer errors your way | [`AuthError`], [`AuthBuilder::on_error`] |
//! | test it | `testing::assert_protection`, `testing::TestApp`; without a database: `testing::Faults` |
//!
//! # Sessions
//!
//! A login begins a session: an opaque refresh token, stored hashed, and a short access token (a JWT, RFC 9068). Each
//! refresh exchanges the refresh token; the one exchanged gives the same successor for ten seconds, so two tabs or a
//! lost answer do no harm. Any later use of a spent one is theft, and ends the session (RFC 9700 §4.14.2). Ended is
//! ended at once: access tokens of ended sessions are refused from memory, without a query.
//!
//! # Features
//!
//! `macros`, `password` and `aws-lc-rs` are on by default. `rust-crypto` does tokens without C (with both on, AWS-LC is
//! used); `sqlite`, `postgres` and `mysql` store users and records by sqlx; `cookies` lets tokens travel in cookies; `openapi` puts
//! the rules into a document; `redis` keeps limits and carries news between instances; `testing` has what tests need. A feature adds; none changes what was there.
#![cfg_attr(docsrs, feature(doc_cfg))]
// A feature nobody chooses: what needs it says which databases bring it.
#![cfg_attr(docsrs, doc(auto_cfg(hide(feature = "_sqlx"))))]
#![cfg_attr(
    not(feature = "password"),
    allow(dead_code, reason = "sessions begin with a login method, and a build without passwords has none yet")
)]

// 1 ground
mod base64url;
mod caught;
pub mod clock;
mod error;
pub mod random;
mod secret;
mod step_up;
// 2 vocabulary
mod address;
mod canonical;
pub mod claims;
mod config;
pub mod event;
mod fields;
mod hash;
mod ids;
mod login_rules;
mod name;
mod named;
mod permission;
mod profile;
mod role;
pub mod schema;
mod shape;
mod user;
// 3 mechanisms
pub mod broadcast;
mod keys;
pub mod limit;
#[cfg(feature = "password")]
pub mod password;
pub mod policy;
pub mod store;
// 4 tokens
mod proof;
mod token;
// 5 handle
mod auth;
// 6 HTTP edge
mod extract;
mod rejection;
mod routes;
pub mod routing;
mod serve;
mod state;
mod transport;
// 7 plug-ins
#[cfg(feature = "openapi")]
pub mod openapi;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(feature = "testing")]
pub mod testing;

#[doc(hidden)]
pub mod __private;

pub use address::TrustedProxies;
#[cfg(feature = "cookies")]
pub use auth::CookieSettings;
pub use auth::{Auth, AuthBuilder, Hooks, Management, SessionInfo, Tokens};
#[cfg(feature = "password")]
pub use auth::{Credentials, FreshToken};
#[cfg(feature = "macros")]
pub use auth_macros::{AuthPermission, AuthRole, AuthUser, check, protected, public, rule};
pub use config::{ConfigError, parse_duration};
pub use error::{AuthError, Error, FieldError, Result};
pub use extract::{Guard, Require, Required, RuleOf};
pub use hash::PasswordHash;
pub use limit::{Limits, Rate};
pub use permission::{AuthPermission, NoPermissions, Permissions};
pub use policy::{Fresh, Has, Requirement};
pub use profile::Profile;
pub use proof::Proof;
pub use rejection::Rejection;
pub use role::{AuthRole, NoRoles, Roles};
pub use routes::Channel;
pub use secret::{MIN_SECRET_BYTES, Secret, SecretError};
pub use serve::serve;
pub use state::{AuthState, InState};
pub use step_up::StepUp;
#[cfg(feature = "_sqlx")]
#[cfg_attr(docsrs, doc(cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))))]
pub use store::migrations;
pub use token::session::Client;
pub use user::{AuthUser, NewUser};
