//! Requests and responses, as a client sees them.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// A request under construction.
pub struct Call {
    request: Request<Body>,
}

impl Call {
    pub fn new(method: Method, path: &str) -> Self {
        let request =
            Request::builder().method(method).uri(path).header(HOST, "app.example").body(Body::empty()).unwrap();
        Self { request }
    }

    pub fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    pub fn post(path: &str) -> Self {
        Self::new(Method::POST, path)
    }

    pub fn delete(path: &str) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// Comes from this address, as a server with connect info would report.
    pub fn coming_from(mut self, ip: &str) -> Self {
        let peer = std::net::SocketAddr::new(ip.parse().unwrap(), 4711);
        self.request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
        self
    }

    /// Adds a header, even if there already is one with that name.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.request.headers_mut().append(name, HeaderValue::from_bytes(value.as_ref()).unwrap());
        self
    }

    /// Removes a header.
    pub fn without(mut self, name: &str) -> Self {
        self.request.headers_mut().remove(name);
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header(AUTHORIZATION.as_str(), format!("Bearer {token}"))
    }

    pub fn cookie(self, cookies: &str) -> Self {
        self.header(COOKIE.as_str(), cookies)
    }

    /// Adds the header that a browser sends with a request from our own page.
    pub fn same_origin(self) -> Self {
        self.header("sec-fetch-site", "same-origin")
    }

    pub fn json(self, body: &Value) -> Self {
        self.text("application/json", body.to_string())
    }

    pub fn text(mut self, content_type: &str, body: impl Into<Body>) -> Self {
        self = self.header(CONTENT_TYPE.as_str(), content_type);
        self.body(body)
    }

    pub fn body(mut self, body: impl Into<Body>) -> Self {
        *self.request.body_mut() = body.into();
        self
    }

    pub async fn send(self, router: &Router) -> Answer {
        let response = router.clone().oneshot(self.request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer { status: parts.status, headers: parts.headers, body: body.collect().await.unwrap().to_bytes() }
    }
}

/// Sends requests concurrently, each on its own task.
pub async fn together(router: &Router, calls: impl IntoIterator<Item = Call>) -> Vec<Answer> {
    let mut tasks = tokio::task::JoinSet::new();
    for call in calls {
        let router = router.clone();
        tasks.spawn(async move { call.send(&router).await });
    }
    tasks.join_all().await
}

/// A response, read to the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {:?}", self.body))
    }

    /// A text member of the JSON response.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        let json = self.json();
        json[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {json}")).to_owned()
    }

    pub fn access_token(&self) -> String {
        self.field("access_token")
    }

    pub fn refresh_token(&self) -> String {
        self.field("refresh_token")
    }

    /// The `code` of a problem document.
    pub fn code(&self) -> String {
        self.field("code")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The values of `Set-Cookie`.
    pub fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// The `Cookie` header that a browser would send back: `name=value; name=value`.
    pub fn cookies(&self) -> String {
        let pairs = self.set_cookies().into_iter().map(|cookie| cookie.split(';').next().unwrap());
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// The fields named in a 422, sorted, each with the code of the rule it broke.
    pub fn broken(&self) -> Vec<(String, String)> {
        let json = self.json();
        let errors = json["errors"].as_array().unwrap_or_else(|| panic!("no `errors` in {json}"));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut broken: Vec<_> = errors.iter().map(|error| (text(&error["field"]), text(&error["code"]))).collect();
        broken.sort();
        broken
    }

    /// Fails, and prints the body, unless the status is `status`.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.body));
        self
    }
}
