use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;

use super::client::TestClient;
use super::token::Kind;
use super::{Mailbox, ManualClock, fail, users};
use crate::auth::{Auth, AuthBuilder};
use crate::base::error::AuthError;
use crate::model::user::AuthUser;

/// An application under test: its router, called in this process without a socket, as any kind of caller.
///
/// ```
/// # #[cfg(all(feature = "macros", feature = "password"))] {
/// # use auth::routing::{Routes, get};
/// # use auth::store::{Change, MemoryRecords, MemoryUsers};
/// # use auth::{Auth, AuthRole, AuthUser, NewUser, PasswordHash, Secret, protected};
/// # #[derive(Clone, Debug, PartialEq, AuthRole)] enum Role { Member, Admin }
/// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
/// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash,
/// #     #[auth(role, default = Role::Member)] role: Role }
/// # fn stores() -> (MemoryUsers<User>, MemoryRecords) {
/// #     let create = |new: NewUser<User>, next: u64| User { id: next as i64, email: new.registration.email,
/// #         password_hash: new.password_hash.unwrap(), role: Role::Member };
/// #     let apply = |user: &mut User, change| if let Change::Roles(role) = change { user.role = role };
/// #     (MemoryUsers::new(create, apply), MemoryRecords::new())
/// # }
/// use auth::testing::TestApp;
///
/// #[protected(Role::Admin)]
/// async fn stats(user: User) -> String {
///     user.email
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let builder = Auth::<User>::builder(stores()).secret(Secret::generate().unwrap());
/// let app = TestApp::start(builder, |auth| {
///     Routes::new().route("/stats", get(stats)).into_router().with_state(auth.clone())
/// })
/// .await;
///
/// let response = app.anonymous().get("/stats").await.expect_status(401);
/// assert_eq!(response.code(), "not_signed_in");
/// let member = app.as_role(Role::Member).await;
/// assert_eq!(member.get("/stats").await.expect_status(403).code(), "forbidden");
/// let admin = app.as_role(Role::Admin).await;
/// assert!(admin.get("/stats").await.expect_status(200).text().ends_with("@example.test"));
///
/// app.advance(std::time::Duration::from_secs(16 * 60));
/// assert_eq!(admin.get("/stats").await.expect_status(401).code(), "invalid_token");
/// # }) }
/// ```
///
/// Users created for tests are real: they are stored in the application's store, so handlers with `user: User` work.
/// The sign-up data is guessed; use [`sign_up_with`](Self::sign_up_with) where a guess is not enough.
pub struct TestApp<U: AuthUser> {
    auth: Auth<U>,
    router: Router,
    clock: Option<ManualClock>,
    mailbox: Option<Mailbox>,
    sign_up: Arc<SignUp<U>>,
    made: AtomicUsize,
}

type SignUp<U> = dyn Fn(&str) -> Result<<U as AuthUser>::Registration, AuthError> + Send + Sync;

impl<U: AuthUser> TestApp<U> {
    /// Wraps an existing application, which keeps its clock. For several user types, create one of these for each.
    #[must_use]
    pub fn new(auth: &Auth<U>, router: Router) -> Self {
        let (auth, made) = (auth.clone(), AtomicUsize::new(0));
        Self { auth, router, clock: None, mailbox: None, sign_up: Arc::new(users::guess::<U>), made }
    }

    /// Builds an application with a clock that stands still until [`advance`](Self::advance) moves it. If the builder
    /// has a mailer, mail goes into the [`mailbox`](Self::mailbox) instead. The limits of
    /// the builder apply and use the same clock: tests that sign in repeatedly should set
    /// `.limits(Limits::insecure_none())`.
    ///
    /// # Panics
    /// If `build()` fails.
    pub async fn start(builder: AuthBuilder<U>, router: impl FnOnce(&Auth<U>) -> Router) -> Self {
        let (clock, mailbox) = (ManualClock::default(), Mailbox::new());
        // Nobody else uses its store.
        let builder = builder.clock(clock.clone()).revocation_feed(Duration::ZERO).mail_into(mailbox.clone());
        match builder.build().await {
            Ok(auth) => Self { clock: Some(clock), mailbox: Some(mailbox), ..Self::new(&auth, router(&auth)) },
            Err(error) => fail(format_args!("{error:?}")),
        }
    }

    /// Sets how test users sign up: `login` is a unique text in the form of an e-mail address.
    ///
    /// ```
    /// # #[cfg(feature = "macros")] {
    /// # use auth::{Auth, AuthUser, PasswordHash, testing::TestApp};
    /// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash,
    /// #     #[auth(register)] country: String }
    /// # fn demo(app: TestApp<User>) -> TestApp<User> {
    /// app.sign_up_with(|login| UserRegistration { email: login.to_owned(), country: "NL".to_owned() })
    /// # } }
    /// ```
    #[must_use]
    pub fn sign_up_with(mut self, sign_up: impl Fn(&str) -> U::Registration + Send + Sync + 'static) -> Self {
        self.sign_up = Arc::new(move |login| Ok(sign_up(login)));
        self
    }

    /// Returns the `Auth` handle.
    #[must_use]
    pub const fn auth(&self) -> &Auth<U> {
        &self.auth
    }

    pub(super) const fn router(&self) -> &Router {
        &self.router
    }

    /// Advances the clock.
    ///
    /// # Panics
    /// If the application was not built by [`start`](Self::start).
    pub fn advance(&self, by: Duration) {
        match &self.clock {
            Some(clock) => clock.advance(by),
            None => fail(format_args!("this application has a clock of its own: begin with `TestApp::start`")),
        }
    }

    /// Sends what is due by the clock, and returns the mailbox with everything that was sent so far.
    ///
    /// ```
    /// # #[cfg(all(feature = "macros", feature = "password"))] {
    /// # use auth::{AuthUser, PasswordHash, testing::TestApp};
    /// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash }
    /// # async fn demo(app: TestApp<User>) {
    /// let forgotten = serde_json::json!({ "email": "ada@example.org" });
    /// app.anonymous().post("/auth/password/forgot").json(&forgotten).await.expect_status(202);
    /// let mail = app.mailbox().await.last_to("ada@example.org");
    /// let reset = serde_json::json!({ "token": mail.token(), "new_password": "a new and longer one" });
    /// app.anonymous().post("/auth/password/reset").json(&reset).await.expect_status(204);
    /// # } }
    /// ```
    ///
    /// # Panics
    /// If the application was not built by [`start`](Self::start), or the store failed.
    pub async fn mailbox(&self) -> Mailbox {
        let Some(mailbox) = &self.mailbox else {
            fail(format_args!("this application has a mailer of its own: begin with `TestApp::start`"))
        };
        match self.auth.send_mail().await {
            Ok(_) => mailbox.clone(),
            Err(error) => fail(format_args!("{error:?}")),
        }
    }

    /// Returns a client that is not signed in.
    #[must_use]
    pub fn anonymous(&self) -> TestClient<U> {
        TestClient::anonymous(&self.auth, &self.router)
    }

    /// Returns a client with an access token for `user`, whose row should match the store.
    #[must_use]
    pub fn as_user(&self, user: &U) -> TestClient<U> {
        TestClient::new(&self.auth, &self.router, user, Kind::Good)
    }

    /// Creates a user with `role` and returns a client for them. Pass `Role::Admin`, or `[Role::Admin]` if the user
    /// type has a list of roles.
    ///
    /// # Panics
    /// If no such user can be created.
    pub async fn as_role(&self, role: impl Into<U::Roles>) -> TestClient<U> {
        self.as_user(&self.create_user(role).await)
    }

    /// Creates a user with `role` and returns the row.
    ///
    /// # Panics
    /// If no such user can be created.
    pub async fn create_user(&self, role: impl Into<U::Roles>) -> U {
        let role = role.into();
        // Unique even if tests share a database.
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let login = match crate::model::uuid_v7::uuid_v7(&crate::base::random::OsRandom, self.auth.now()) {
            Ok(id) => format!("test-{number}-{id}@example.test"),
            Err(error) => fail(format_args!("{error}")),
        };
        match (self.sign_up)(&login) {
            Ok(registration) => users::create(&self.auth, registration, &role).await,
            Err(error) => users::cannot::<U>(&error),
        }
    }

    /// Returns a client with an expired access token of `user`.
    #[must_use]
    pub fn with_expired_token(&self, user: &U) -> TestClient<U> {
        self.with(user, Kind::Expired)
    }

    /// Returns a client with an access token of `user` whose session has been ended.
    #[must_use]
    pub fn with_revoked_token(&self, user: &U) -> TestClient<U> {
        self.with(user, Kind::Revoked)
    }

    /// Returns a client with an access token for `user` that was signed with the wrong key.
    #[must_use]
    pub fn with_forged_token(&self, user: &U) -> TestClient<U> {
        self.with(user, Kind::WrongKey)
    }

    /// Returns a client that presents a refresh token in place of an access token.
    #[must_use]
    pub fn with_refresh_token(&self, user: &U) -> TestClient<U> {
        self.with(user, Kind::Refresh)
    }

    pub(super) fn with(&self, user: &U, kind: Kind) -> TestClient<U> {
        TestClient::new(&self.auth, &self.router, user, kind)
    }
}

impl<U: AuthUser> std::fmt::Debug for TestApp<U> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TestApp<{}>", U::SCHEMA.name)
    }
}
