//! A browser without scripts: it keeps cookies and opens pages, and says so in the headers of Fetch Metadata.

use std::collections::BTreeMap;
use std::time::Duration;

use auth::testing::ManualClock;
use axum::Router;
use axum::body::Bytes;
use axum::http::Method;
use serde_json::json;

use crate::app::PASSWORD;
use crate::{Answer, Call};

pub const ACCESS: &str = "__Host-user-access";
pub const REFRESH: &str = "__Host-user-refresh";

/// What follows a link to `path` on one of our own pages.
pub fn open(path: &str) -> Call {
    navigation(Method::GET, path, "same-origin")
}

/// What opens a page, from a page of ours or of others, as `Sec-Fetch-Site` says.
pub fn navigation(method: Method, path: &str, site: &str) -> Call {
    Call::new(method, path)
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document")
        .header("sec-fetch-site", site)
}

#[derive(Clone)]
pub struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    pub fn new(router: &Router) -> Self {
        Self { router: router.clone(), cookies: BTreeMap::new() }
    }

    /// Signs up, or in if there is such an account.
    pub async fn signed_in(router: &Router, email: &str) -> Self {
        let mut browser = Self::new(router);
        let body = json!({ "email": email, "password": PASSWORD, "display_name": "Ada" });
        let sign_up = Call::post("/auth/register?cookies=true").same_origin().json(&body);
        if browser.send(sign_up).await.status != 201 {
            let body = json!({ "email": email, "password": PASSWORD });
            browser.send(Call::post("/auth/login?cookies=true").same_origin().json(&body)).await.is(200);
        }
        browser
    }

    /// Signed in, and then away for longer than an access token lives.
    pub async fn away(router: &Router, clock: &ManualClock, email: &str) -> Self {
        let mut browser = Self::signed_in(router, email).await;
        clock.advance(Duration::from_secs(15 * 60 + 10));
        browser.drop_cookie(ACCESS);
        browser
    }

    /// The same cookies, elsewhere.
    pub fn at(&self, router: &Router) -> Self {
        Self { router: router.clone(), cookies: self.cookies.clone() }
    }

    /// What the browser has under this name.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub fn keep(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// The age of the cookie has been reached.
    pub fn drop_cookie(&mut self, name: &str) {
        self.cookies.remove(name).unwrap();
    }

    /// The value of the header `Cookie`.
    pub fn cookies(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// Sends one request and keeps the cookies of the answer.
    pub async fn send(&mut self, call: Call) -> Answer {
        let call = if self.cookies.is_empty() { call } else { call.cookie(&self.cookies()) };
        let answer = call.send(&self.router).await;
        self.receive(&answer);
        answer
    }

    /// Keeps the cookies of an answer, or removes them.
    pub fn receive(&mut self, answer: &Answer) {
        for cookie in answer.set_cookies() {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Opens a page as `call` says, and again whenever the answer says so. Returns the last answer, and how many
    /// redirects there were.
    pub async fn visit(&mut self, call: impl Fn() -> Call) -> (Answer, usize) {
        for redirects in 0..20 {
            let answer = self.send(call()).await;
            if answer.status != 307 {
                return (answer, redirects);
            }
            assert_eq!(answer.body, Bytes::new());
        }
        panic!("the redirects do not end");
    }
}
