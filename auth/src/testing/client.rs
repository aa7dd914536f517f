use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{HeaderName, Method, Request};

use super::fail;
use super::request::TestRequest;
use super::sender::{Sender, begins_requests};
use super::token::{Kind, Login, token};
use crate::auth::Auth;
use crate::model::user::AuthUser;

/// A client of the application in a test: a user with an access token, or an anonymous caller.
///
/// The token is issued when the client is created, and again by [`with_mfa`](Self::with_mfa),
/// [`with_passkey`](Self::with_passkey) and [`authenticated_ago`](Self::authenticated_ago). Its session is not stored: to
/// test sessions and refreshing, sign in with `POST /login`.
pub struct TestClient<U: AuthUser> {
    auth: Auth<U>,
    sender: Sender,
    who: Option<Who<U>>,
    token: String,
    /// Whether it is sent.
    sends: bool,
    pub(super) headers: SendToken<U>,
}

struct Who<U> {
    user: U,
    login: Login,
    kind: Kind,
}

/// How a token is sent.
pub(super) type SendToken<U> = fn(&Auth<U>, &str) -> Vec<(HeaderName, String)>;

fn bearer<U: AuthUser>(auth: &Auth<U>, token: &str) -> Vec<(HeaderName, String)> {
    vec![(AUTHORIZATION, format!("{} {token}", auth.http().scheme.name()))]
}

/// Nothing where no client has cookies.
fn sign_in_cookie<U: AuthUser>(auth: &Auth<U>, handle: &str) -> Vec<(HeaderName, String)> {
    let Some(([.., name, _], _)) = auth.http().cookies.names() else { return Vec::new() };
    let site = HeaderName::from_static("sec-fetch-site");
    vec![(COOKIE, format!("{name}={handle}")), (site, "same-origin".to_owned())]
}

impl<U: AuthUser> TestClient<U> {
    pub(super) fn anonymous(auth: &Auth<U>, router: &Router) -> Self {
        let (auth, sender) = (auth.clone(), Sender::to(router));
        Self { auth, sender, who: None, token: String::new(), sends: false, headers: bearer }
    }

    /// Presents an API key.
    pub(super) fn with_api_key(auth: &Auth<U>, router: &Router, key: &str) -> Self {
        Self { token: key.to_owned(), sends: true, ..Self::anonymous(auth, router) }
    }

    pub(super) fn new(auth: &Auth<U>, router: &Router, user: &U, kind: Kind) -> Self {
        Self::anonymous(auth, router).with_actor(Who { user: user.clone(), login: Login::NOW, kind })
    }

    fn with_actor(mut self, who: Who<U>) -> Self {
        self.token = token(&self.auth, &who.user, who.login, who.kind);
        self.who = Some(who);
        self.sends = true;
        self
    }

    fn signed_in(mut self, login: impl FnOnce(Login) -> Login) -> Self {
        match self.who.take() {
            Some(who) => self.with_actor(Who { login: login(who.login), ..who }),
            None => fail(format_args!("nobody is signed in: begin with `app.as_user(&user)`")),
        }
    }

    /// Adds a second factor to the login.
    ///
    /// # Panics
    /// If nobody is signed in.
    #[must_use]
    pub fn with_mfa(self) -> Self {
        self.signed_in(Login::with_mfa)
    }

    /// Signs in with a passkey in place of the password, for rules that ask for one ([`Has::Passkey`](crate::Has::Passkey)).
    ///
    /// # Panics
    /// If nobody is signed in.
    #[must_use]
    pub fn with_passkey(self) -> Self {
        self.signed_in(Login::with_passkey)
    }

    /// Moves the login back by `ago`, for rules that require a [`Fresh`](crate::Fresh) login.
    ///
    /// # Panics
    /// If nobody is signed in.
    #[must_use]
    pub fn authenticated_ago(self, ago: Duration) -> Self {
        self.signed_in(|login| Login { ago, ..login })
    }

    pub(super) fn logged_in(self, login: Login) -> Self {
        self.signed_in(|_| login)
    }

    /// Presents the handle of a pending sign-in in place of an access token.
    pub(super) fn with_handle(self, handle: &str) -> Self {
        Self { token: handle.to_owned(), ..self }
    }

    /// Presents it in the cookie that is for it.
    pub(super) fn with_handle_cookie(self, handle: &str) -> Self {
        Self { token: handle.to_owned(), headers: sign_in_cookie, ..self }
    }

    #[cfg_attr(not(feature = "password"), allow(dead_code, reason = "factors follow a password"))]
    pub(super) const fn auth(&self) -> &Auth<U> {
        &self.auth
    }

    /// Returns the user, as given.
    #[must_use]
    pub fn user(&self) -> Option<&U> {
        self.who.as_ref().map(|who| &who.user)
    }

    /// Returns the token or the API key, to be sent some other way; empty if there is none.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    begins_requests!();

    fn present(&self, request: TestRequest) -> TestRequest {
        let headers = self.sends.then(|| (self.headers)(&self.auth, &self.token));
        headers.into_iter().flatten().fold(request, |request, (name, value)| request.header(name.as_str(), value))
    }
}

impl<U: AuthUser> std::fmt::Debug for TestClient<U> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let user = self.who.as_ref().map(|who| who.user.id());
        f.debug_struct("TestClient").field("user", &user).finish_non_exhaustive()
    }
}
