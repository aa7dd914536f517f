use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use serde_json::{Value, json};

use super::issuer_client::IssuerClient;
use super::{ManualClock, fail};
use crate::base::clock::{Clock as _, Timestamp};
use crate::issuer::{Fault, Issuer, IssuerBuilder, TestTokens, Verified};
use crate::model::foreign::AuthClaims;
use crate::model::principal::HasRole;
use crate::model::role::AuthRole;

/// What somebody has at the issuer, for [`TestIssuer::writes`]: by the names of the enums, as they stand in tokens.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Issued<'a> {
    /// The names of roles.
    pub roles: Vec<&'a str>,
    /// The names of permissions.
    pub permissions: Vec<&'a str>,
    /// Whether they have shown a second factor. `amr` says so; an issuer that says it by `acr` has a claim of its own.
    pub mfa: bool,
}

/// An issuer in a test, and the application that accepts its tokens, called in this process without a socket: no request
/// goes to the real issuer, and the clock stands still until [`advance`](Self::advance) moves it.
///
/// It takes the builder that the application has, so what is tested are the settings that run: audience, kind of token,
/// places of roles. Tokens are signed with a key of the test.
///
/// ```
/// # #[cfg(feature = "macros")] {
/// use auth::issuer::{Issuer, IssuerBuilder};
/// use auth::routing::{Routes, get};
/// use auth::testing::{TestIssuer, assert_issuer_protection};
/// use auth::{AuthClaims, AuthRole, Roles, protected};
/// use serde_json::json;
///
/// # #[derive(Clone, Debug, PartialEq, AuthRole)] enum Role { Clerk, Contractor }
/// #[derive(Clone, Debug, AuthClaims)]
/// struct Employee {
///     #[auth(subject)]
///     sub: String,
///     #[auth(roles("realm_access.roles"))]
///     roles: Roles<Role>,
/// }
///
/// #[protected(Role::Clerk && !Role::Contractor)]
/// async fn orders(claims: Employee) -> String {
///     claims.sub
/// }
///
/// fn staff() -> IssuerBuilder<Employee> {
///     Issuer::keycloak("https://sso.example.org/realms/shop").audience("shop-api")
/// }
///
/// fn routes() -> Routes<Issuer<Employee>> {
///     Routes::new().route("/orders", get(orders))
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let app = TestIssuer::start(staff(), |staff| routes().into_router().with_state(staff.clone()))
///     .writes(|who| json!({ "realm_access": { "roles": who.roles } }));
///
/// // Every route, as nobody, with tokens of every wrong kind, and with each role:
/// assert_issuer_protection(&routes().table(), &app).await;
///
/// let clerk = app.as_role(&Role::Clerk).await;
/// clerk.get("/orders").await.expect_status(200);
/// app.with_claims(&json!({ "sub": "ada" })).get("/orders").await.expect_status(403);
/// app.advance(std::time::Duration::from_hours(1));
/// clerk.get("/orders").await.expect_status(401);
/// # }) }
/// ```
pub struct TestIssuer<P> {
    issuer: Issuer<P>,
    router: Router,
    clock: ManualClock,
    tokens: TestTokens,
    writes: Arc<Writes>,
}

type Writes = dyn Fn(&Issued<'_>) -> Value + Send + Sync;

impl<P: AuthClaims> TestIssuer<P> {
    /// Builds the issuer and the application. In one that has users of its own as well, the router is theirs, too: see
    /// [`router`](Self::router).
    ///
    /// # Panics
    /// If `build()` fails, or the builder is one of [`Issuer::introspect`]: of an issuer that is asked about its tokens, a
    /// test answers the questions with a [`Fetch`](crate::issuer::Fetch) of its own.
    #[must_use]
    pub fn start(builder: IssuerBuilder<P>, router: impl FnOnce(&Issuer<P>) -> Router) -> Self {
        let clock = ManualClock::default();
        let Some((builder, tokens)) = builder.signed_by_tests(clock.clone()) else {
            fail(format_args!(
                "an issuer that is asked about its tokens signs none: set a `Fetch` that answers in its place"
            ))
        };
        match builder.build() {
            Ok(issuer) => {
                let router = router(&issuer);
                let writes = Arc::new(|_: &Issued<'_>| json!({}));
                Self { issuer, router, clock, tokens, writes }
            }
            Err(error) => fail(format_args!("{error:?}")),
        }
    }

    /// Says how the issuer writes roles, permissions and a strong sign-in into its tokens: the claims beside the
    /// registered ones, for [`as_role`](Self::as_role) and
    /// [`assert_issuer_protection`](super::assert_issuer_protection).
    #[must_use]
    pub fn writes(mut self, claims: impl Fn(&Issued<'_>) -> Value + Send + Sync + 'static) -> Self {
        self.writes = Arc::new(claims);
        self
    }

    /// Returns the handle that the application has.
    #[must_use]
    pub const fn issuer(&self) -> &Issuer<P> {
        &self.issuer
    }

    /// Returns the application, for [`TestApp::new`](super::TestApp::new) if it has users of its own, too.
    pub const fn router(&self) -> &Router {
        &self.router
    }

    /// Advances the clock.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Signs a token with these claims. Those that every access token of the issuer has are added (`iss`, `aud` or
    /// `client_id`, `sub`, `iat`, `exp` five minutes from now, and by what it tells its access tokens from others), unless
    /// they are given; one that is `null` is left out.
    ///
    /// # Panics
    /// If it cannot be signed.
    #[must_use]
    pub fn token(&self, claims: &Value) -> String {
        self.tokens.sign(claims, self.now()).unwrap_or_else(|| fail(format_args!("the token cannot be signed")))
    }

    /// Returns a client that presents nothing.
    #[must_use]
    pub fn anonymous(&self) -> IssuerClient {
        IssuerClient::new(&self.router, None)
    }

    /// Returns a client with a token with these claims; see [`token`](Self::token).
    #[must_use]
    pub fn with_claims(&self, claims: &Value) -> IssuerClient {
        self.with_token(&self.token(claims))
    }

    /// Returns a client that presents this text.
    #[must_use]
    pub fn with_token(&self, token: &str) -> IssuerClient {
        IssuerClient::new(&self.router, Some(token.to_owned()))
    }

    /// Returns a client with a token that gives this role, as [`writes`](Self::writes) says.
    ///
    /// # Panics
    /// If a token that was written so does not give the role.
    pub async fn as_role<R: AuthRole>(&self, role: &R) -> IssuerClient
    where
        P: HasRole<R>,
    {
        let name = role.name();
        let token = self.token(&self.issued(&Issued { roles: vec![name], ..Issued::default() }));
        if !self.verified(&token).await.holds(role) {
            fail(format_args!(
                "a token does not give the role `{name}`: say with `writes` where the claims of tokens have it, as in \
                 `.writes(|who| json!({{ \"roles\": who.roles }}))`"
            ));
        }
        self.with_token(&token)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn issued(&self, issued: &Issued<'_>) -> Value {
        (self.writes)(issued)
    }

    pub(super) fn faulty(&self, claims: &Value, fault: Fault) -> Option<String> {
        self.tokens.faulty(claims, fault, self.now())
    }

    pub(super) async fn verified(&self, token: &str) -> Arc<Verified<P>> {
        match self.issuer.verify(token).await {
            Ok(verified) => verified,
            Err(error) => fail(format_args!(
                "a token with the claims of the test is refused ({error}): is a claim missing that `{}` reads?",
                P::REALM.name
            )),
        }
    }
}

impl<P: AuthClaims> fmt::Debug for TestIssuer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TestIssuer<{}>", P::REALM.name)
    }
}
