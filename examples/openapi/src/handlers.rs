//! Handlers with descriptions for people. Their protection is described by the rule itself.

use auth::{AuthRole, AuthUser, PasswordHash, protected, public};
use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

#[derive(Clone, Debug, PartialEq, AuthRole)]
pub(crate) enum Role {
    Member,
    #[role(includes(Member))]
    Admin,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
pub(crate) struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(role, default = Role::Member)]
    role: Role,
    #[auth(register, claim)]
    nickname: Option<String>,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Greeting {
    text: String,
}

/// Greets the caller
#[utoipa::path(get, path = "/greeting", responses((status = 200, description = "A greeting", body = Greeting)))]
#[protected]
pub(crate) async fn greeting(claims: UserClaims) -> Json<Greeting> {
    let name = claims.nickname.unwrap_or_else(|| "stranger".to_owned());
    Json(Greeting { text: format!("hello {name}") })
}

/// Changes the greeting
///
/// (It does not: this is an example.)
#[utoipa::path(
    put,
    path = "/greeting",
    request_body = Greeting,
    responses(
        (status = 200, description = "The new one", body = Greeting),
        // What axum's `Json` answers to other bodies.
        (status = 400, description = "Not JSON, or two credentials of one kind"),
        (status = 413, description = "More than 2 MiB"),
        (status = 415, description = "Not `application/json`"),
        (status = 422, description = "JSON without a `text`")
    )
)]
#[protected(Role::Admin)]
pub(crate) async fn change_greeting(Json(greeting): Json<Greeting>) -> Json<Greeting> {
    Json(greeting)
}

// Not described: the document contains it anyway, marked as open.
#[public(reason = "health probe")]
pub(crate) async fn health() -> &'static str {
    "ok"
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Greetings", version = "1.0.0", description = "Sign up, press `Authorize`, and try."),
    paths(greeting, change_greeting)
)]
pub(crate) struct Doc;
