//! Support for tests (feature `testing`): call the application as any user without a socket, generate tests from the
//! route table, control the clock, repeat randomness, and keep stores in memory.
//!
//! # Test your routes in four lines
//!
//! The route table knows who may call what, so it can be checked against the running application: every route is called
//! anonymously, with expired, revoked and forged tokens, and by a user with each role.
//!
//! ```
//! # #[cfg(all(feature = "macros", feature = "password"))] {
//! # use auth::routing::{Routes, delete, get};
//! # use auth::store::{Change, MemoryRecords, MemoryUsers};
//! # use auth::{Auth, AuthBuilder, AuthRole, AuthUser, NewUser, PasswordHash, Secret, protected, public};
//! # #[derive(Clone, Debug, PartialEq, AuthRole)] enum Role { Member, Admin }
//! # #[derive(Clone, AuthUser)] #[auth(table = "users")]
//! # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash,
//! #     #[auth(role, default = Role::Member)] role: Role }
//! # fn builder() -> AuthBuilder<User> {
//! #     let create = |new: NewUser<User>, next: u64| User { id: next as i64, email: new.registration.email,
//! #         password_hash: new.password_hash.unwrap(), role: Role::Member };
//! #     let apply = |user: &mut User, change| if let Change::Roles(role) = change { user.role = role };
//! #     Auth::builder((MemoryUsers::new(create, apply), MemoryRecords::new()))
//! #         .secret(Secret::generate().unwrap())
//! # }
//! # #[protected(Role::Admin)] async fn remove() { unreachable!("a probe enters no handler") }
//! # #[public] async fn health() {}
//! use auth::testing::{TestApp, assert_protection, assert_public_routes, assert_routes};
//!
//! fn routes(auth: &Auth<User>) -> Routes<Auth<User>> {
//!     Routes::new()
//!         .route("/posts/{id}", delete(remove))
//!         .route("/health", get(health))
//!         .nest("/auth", auth.routes().remove("POST", "/register"))
//! }
//!
//! # async fn test() {
//! // #[tokio::test] async fn every_route_lets_in_whom_its_rule_names() {
//! let app = TestApp::start(builder(), |auth| routes(auth).into_router().with_state(auth.clone())).await;
//! assert_protection(&routes(app.auth()).table(), &app).await;
//! assert_public_routes(&routes(app.auth()).table(), "
//!     GET  /health
//!     POST /auth/login
//!     POST /auth/logout
//!     POST /auth/refresh
//! "); // or include_str!("public_routes.txt")
//! # let text = "
//! # DELETE /posts/{id} Role::Admin
//! # GET /health public
//! # GET /auth/me signed in
//! # POST /auth/login public: requires a password
//! # POST /auth/logout public: ends only sessions whose token it receives
//! # POST /auth/logout-all signed in
//! # POST /auth/password/change signed in
//! # POST /auth/reauthenticate signed in
//! # POST /auth/refresh public: requires a refresh token
//! # GET /auth/sessions signed in
//! # DELETE /auth/sessions/{id} Fresh::minutes(5)
//! # ";
//! # #[cfg(any())]
//! assert_routes(&routes(app.auth()).table(), include_str!("routes.txt"));
//! # assert_routes(&routes(app.auth()).table(), text);
//! # }
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(test());
//! # }
//! ```
//!
//! No handler runs. The calls are probes, marked by a request extension that only this module can create and that
//! cannot arrive over a network. A guard that sees the mark responds with its decision.
//!
//! The second and the last line need each other. The table and the guards come from the same attributes, so
//! [`assert_protection`] stays green when somebody turns `#[protected(Role::Admin)]` into `#[protected]`; [`assert_routes`]
//! compares the table with the text in your repository, and knows nothing of the running application.
//!
//! # Test your handlers
//!
//! [`TestApp::as_role`] creates a user in the table and returns a [`TestClient`] that acts for them;
//! [`TestApp::as_user`], [`with_expired_token`](TestApp::with_expired_token) and its siblings create other kinds of
//! clients. [`Guard::for_test`](crate::Guard::for_test) lets a unit test call a handler as a plain function.
//!
//! # Read the mail
//!
//! [`TestApp::mailbox`] has what the application has mailed: `app.mailbox().await.last_to("ada@example.org").code()`.
//!
//! # Test failures of the store
//!
//! [`Faults`] makes a chosen store call fail, hang, lose its response or lose a race.
//!
//! # Test your store
//!
//! [`conformance`] runs the cases that the built-in stores pass against your own [`Records`](crate::store::Records) or
//! [`Users`](crate::store::Users).
#![allow(clippy::panic, reason = "a test fails by panicking")]

mod api_keys;
mod app;
#[cfg(feature = "password")]
mod authenticator;
mod client;
mod clock;
pub mod conformance;
#[doc(hidden)]
pub mod constant_time;
#[cfg(feature = "cookies")]
mod cookies;
#[cfg(feature = "password")]
mod factors;
mod faults;
mod issuer;
mod issuer_client;
mod mailbox;
mod protection;
mod random;
mod request;
mod response;
mod role_cases;
mod sender;
mod token;
#[cfg(feature = "password")]
mod totp;
mod users;

pub use app::TestApp;
#[cfg(all(test, feature = "password"))]
pub(crate) use authenticator::Draft;
#[cfg(feature = "password")]
pub use authenticator::SoftwareAuthenticator;
pub use client::TestClient;
pub use clock::ManualClock;
#[cfg(feature = "password")]
pub use factors::{AuthenticatorApp, TestFactor};
pub use faults::{FaultPlan, Faults, Faulty};
pub use issuer::{Issued, TestIssuer};
pub use issuer_client::IssuerClient;
pub use mailbox::{Mailbox, TestMail};
pub use protection::{
    Deviation, IssuerProtection, Protection, assert_issuer_protection, assert_protection, assert_public_routes,
    assert_routes,
};
pub use random::SeededRandom;
pub use request::TestRequest;
pub use response::TestResponse;
pub use role_cases::RoleCases;
#[cfg(feature = "password")]
pub use totp::totp_code;

/// Fails the test.
#[track_caller]
fn fail(why: std::fmt::Arguments<'_>) -> ! {
    panic!("{why}")
}
