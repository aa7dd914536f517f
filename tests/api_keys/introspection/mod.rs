//! `POST /introspect` (RFC 7662): other services ask whether a token counts.

mod asked;
mod client;
mod ends;
mod former_row;
mod inactive;
mod settings;
mod store;

use auth::store::sql::{SqlRow, SqlUser};
use auth::{AuthBuilder, rule};
use auth_tests::clerk::{CLERKS, Clerk, Task};
use auth_tests::stage::Stage;
use auth_tests::{Answer, Call, Database, Place};

use super::{key, reader, with_keys};

/// Whose key the other service has.
pub(super) const SERVICE: &str = "other-service@example.org";
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

pub(super) fn with_introspection(builder: AuthBuilder<Clerk>) -> AuthBuilder<Clerk> {
    with_keys(builder).introspection(rule!(Task::Read, keys))
}

pub(super) async fn instance<P: Place>(place: P) -> Stage<Clerk, P>
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    Stage::with(place, with_introspection).await
}

/// The application, and the key of another service.
pub(super) async fn asked() -> (Stage<Clerk, Database>, String) {
    let stage = instance(Database::with(CLERKS[0]).await).await;
    let key = key_of_service(&stage, SERVICE).await;
    (stage, key)
}

pub(super) async fn key_of_service<P: Place>(stage: &Stage<Clerk, P>, email: &str) -> String {
    let service = reader(stage, email).await;
    key(stage, &service.access).await.0
}

pub(super) fn question(key: &str, form: impl Into<String>) -> Call {
    Call::post("/introspect").bearer(key).text(FORM, form.into())
}

/// Asks as the other service.
pub(super) async fn ask<P: Place>(stage: &Stage<Clerk, P>, key: &str, token: &str) -> Answer {
    stage.send(question(key, format!("token={token}"))).await
}

/// Whether a token counts. If it does not, the answer says nothing else.
pub(super) async fn is_active<P: Place>(stage: &Stage<Clerk, P>, key: &str, token: &str) -> bool {
    let answer = ask(stage, key, token).await.is(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let active = answer.json()["active"].as_bool().unwrap();
    assert!(active || answer.text() == r#"{"active":false}"#, "{}", answer.text());
    active
}
