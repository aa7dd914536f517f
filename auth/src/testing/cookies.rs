use axum::http::HeaderName;
use axum::http::header::COOKIE;

use super::TestClient;
use crate::auth::Auth;
use crate::model::user::AuthUser;

impl<U: AuthUser> TestClient<U> {
    /// Sends the token in the cookie, as a browser does for the application's own pages.
    #[must_use]
    pub fn with_cookies(mut self) -> Self {
        self.headers = same_origin;
        self
    }
}

fn same_origin<U: AuthUser>(auth: &Auth<U>, token: &str) -> Vec<(HeaderName, String)> {
    let name = &auth.http().cookies.access;
    let site = HeaderName::from_static("sec-fetch-site");
    vec![(COOKIE, format!("{name}={token}")), (site, "same-origin".to_owned())]
}
