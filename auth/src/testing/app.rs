use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;

use super::client::TestClient;
use super::token::Kind;
use super::{ManualClock, fail, users};
use crate::auth::{Auth, AuthBuilder};
use crate::error::AuthError;
use crate::user::AuthUser;

/// An application under test: its router, called in this process without a socket, and who may be calling.
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
/// let builder = Auth::<User>::builder(stores()).secret(Secret::new("Zg1pQ0vXkq8uJ4mYt7wRb2NcE5sHd9aL").unwrap());
/// let app = TestApp::start(builder, |auth| {
///     Routes::new().at("/stats", get(stats)).into_router().with_state(auth.clone())
/// })
/// .await;
///
/// let answer = app.anonymous().get("/stats").await.is(401);
/// assert_eq!(answer.code(), "not_signed_in");
/// let member = app.as_role(Role::Member).await;
/// assert_eq!(member.get("/stats").await.is(403).code(), "forbidden");
/// let admin = app.as_role(Role::Admin).await;
/// assert!(admin.get("/stats").await.is(200).text().ends_with("@example.test"));
///
/// app.advance(std::time::Duration::from_secs(16 * 60));
/// assert_eq!(admin.get("/stats").await.is(401).code(), "invalid_token");
/// # }) }
/// ```
///
/// Users made for tests are real: they are created in the application's store, so that handlers with `user: User` work.
/// What their sign-up looks like is guessed; [`sign_up_with`](Self::sign_up_with) says it where a guess will not do.
pub struct TestApp<U: AuthUser> {
    auth: Auth<U>,
    router: Router,
    clock: Option<ManualClock>,
    sign_up: Arc<SignUp<U>>,
    made: AtomicUsize,
}

type SignUp<U> = dyn Fn(&str) -> Result<<U as AuthUser>::Registration, AuthError> + Send + Sync;

impl<U: AuthUser> TestApp<U> {
    /// An application that exists already. Its clock is the one it was built with; for several user types, make one of
    /// these for each.
    #[must_use]
    pub fn new(auth: &Auth<U>, router: Router) -> Self {
        let (auth, made) = (auth.clone(), AtomicUsize::new(0));
        Self { auth, router, clock: None, sign_up: Arc::new(users::guess::<U>), made }
    }

    /// Builds an application with a clock that stands still until [`advance`](Self::advance) moves it.
    /// Limits are those of the builder, and stand still with it: tests that sign in again and again say
    /// `.limits(Limits::insecure_none())`.
    ///
    /// # Panics
    /// If `build()` refuses.
    pub async fn start(builder: AuthBuilder<U>, router: impl FnOnce(&Auth<U>) -> Router) -> Self {
        let clock = ManualClock::default();
        // Nobody else uses its store.
        match builder.clock(clock.clone()).revocation_feed(Duration::ZERO).build().await {
            Ok(auth) => Self { clock: Some(clock), ..Self::new(&auth, router(&auth)) },
            Err(error) => fail(format_args!("{error:?}")),
        }
    }

    /// How a user for a test signs up: `login` is a text that no other has, with the form of an e-mail address.
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

    /// The handle.
    #[must_use]
    pub const fn auth(&self) -> &Auth<U> {
        &self.auth
    }

    /// Moves the clock on.
    ///
    /// # Panics
    /// If the application was not built by [`start`](Self::start).
    pub fn advance(&self, by: Duration) {
        match &self.clock {
            Some(clock) => clock.advance(by),
            None => fail(format_args!("this application has a clock of its own: begin with `TestApp::start`")),
        }
    }

    /// Nobody in particular.
    #[must_use]
    pub fn anonymous(&self) -> TestClient<U> {
        TestClient::anonymous(&self.auth, &self.router)
    }

    /// A user with an access token that says what `user` says. The row should be as it stands in the store.
    #[must_use]
    pub fn as_user(&self, user: &U) -> TestClient<U> {
        TestClient::new(&self.auth, &self.router, user, Kind::Good)
    }

    /// A new user with `role`: `Role::Admin`, or for a user type with a list of them `[Role::Admin]`.
    ///
    /// # Panics
    /// If no such user can be created.
    pub async fn as_role(&self, role: impl Into<U::Roles>) -> TestClient<U> {
        self.as_user(&self.user(role).await)
    }

    /// The row of a new user with `role`.
    ///
    /// # Panics
    /// If no such user can be created.
    pub async fn user(&self, role: impl Into<U::Roles>) -> U {
        let role = role.into();
        // Not taken yet, even where tests share a database.
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let login = match crate::ids::uuid_v7(&crate::random::OsRandom, self.auth.now()) {
            Ok(id) => format!("test-{number}-{id}@example.test"),
            Err(error) => fail(format_args!("{error}")),
        };
        match (self.sign_up)(&login) {
            Ok(registration) => users::create(&self.auth, registration, &role).await,
            Err(error) => users::cannot::<U>(&error),
        }
    }

    /// Whoever holds an access token of `user` that has expired.
    #[must_use]
    pub fn expired(&self, user: &U) -> TestClient<U> {
        self.with(user, Kind::Expired)
    }

    /// Whoever holds an access token of a session of `user` that was ended.
    #[must_use]
    pub fn revoked(&self, user: &U) -> TestClient<U> {
        self.with(user, Kind::Revoked)
    }

    /// Whoever made an access token for `user` without knowing the secret.
    #[must_use]
    pub fn wrong_key(&self, user: &U) -> TestClient<U> {
        self.with(user, Kind::WrongKey)
    }

    /// Whoever presents a refresh token in place of an access token.
    #[must_use]
    pub fn wrong_kind(&self, user: &U) -> TestClient<U> {
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
