//! Signatures that look like mistakes and are none.

#[path = "../common.rs"]
mod common;

use auth::routing::{Routes, any, get, on, post};
use auth::{Auth, check, protected, public};
use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodFilter;
use common::{App, Role, User, UserClaims};

/// Reads no body, whatever its name is.
struct Json<T>(T);

impl<S: Sync, T: Default> FromRequestParts<S> for Json<T> {
    type Rejection = Response;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Response> {
        Ok(Self(T::default()))
    }
}

impl<S: Sync, T: Default> OptionalFromRequestParts<S> for Json<T> {
    type Rejection = Response;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Option<Self>, Response> {
        Ok(None)
    }
}

struct Settings;

impl<S: Sync> FromRequestParts<S> for &'static Settings {
    type Rejection = Response;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Response> {
        Ok(&Settings)
    }
}

/// Belongs to one state only.
struct Greeting(&'static str);

impl FromRequestParts<App> for Greeting {
    type Rejection = Response;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Response> {
        Ok(Self(<&'static str>::from_ref(app)))
    }
}

type Sent = String;
type Answer = Result<Json<i64>, (axum::http::StatusCode, String)>;

#[protected]
async fn early(Json(one): Json<i64>, _: Option<Json<i64>>, _: &'static Settings, _: User) -> String {
    one.to_string()
}

#[protected(Role::Admin)]
async fn late(_: UserClaims, State(greeting): State<&'static str>, _: Greeting, body: Sent) -> impl IntoResponse {
    format!("{greeting} {body}")
}

#[public]
async fn generic<T: Default + Send + 'static>(_: Json<T>, _request: Request) -> Response {
    ().into_response()
}

#[public]
async fn wrapped(body: Result<String, axum::extract::rejection::StringRejection>) -> String {
    body.unwrap_or_default()
}

#[protected]
async fn implied(user: impl Into<User> + FromRequestParts<App>, _: Path<i64>) -> String {
    user.into().email
}

#[protected]
async fn nothing() {}

type Rest = Next;

#[protected(Role::Admin)]
async fn middleware(_: User, request: Request, next: Rest) -> Response {
    next.run(request).await
}

mod of_others {
    /// The one that is meant is imported.
    #[expect(dead_code)]
    async fn owns_post() {}
}

mod checks {
    use auth::check as question;

    #[question]
    pub async fn owns_post(_: super::UserClaims) -> bool {
        true
    }

    #[question]
    pub(crate) async fn quiet() -> bool {
        true
    }
}

use checks::{owns_post, quiet};

#[check]
async fn of_this_file(_: Greeting) -> bool {
    true
}

#[protected(Role::Admin || owns_post || quiet && of_this_file)]
async fn asks() {}

#[protected(user = User, owns_post)]
pub async fn asks_about_a_user() {}

fn routes() -> Routes<App> {
    let below = Routes::new().route("/asks", get(asks).post(asks_about_a_user)).route("/nothing", any(nothing));
    Routes::new()
        .route("/early", get(early))
        .route("/late", post(late))
        .route("/generic", post(generic::<i64>))
        .route("/wrapped", on(MethodFilter::POST.or(MethodFilter::PUT), wrapped))
        .nest("/below", below)
        .merge(Routes::default())
        .fallback(nothing)
}

fn inside(auth: Auth<User>) -> axum::Router {
    #[check]
    async fn local() -> bool {
        true
    }
    #[protected(local)]
    async fn handler() {}
    let rule = auth::rule!(local);
    let routes = Routes::new().route("/", get(handler)).require(auth.require(rule)).nest("/auth", auth.routes());
    let router = routes.into_router().with_state(auth.clone());
    router.layer(from_fn_with_state(auth, middleware))
}

fn main() {
    assert_eq!(routes().table().routes().len(), 8);
    let _: fn(Auth<User>) -> axum::Router = inside;
    let _ = |answer: Answer| answer.is_ok();
}
