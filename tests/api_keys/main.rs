//! API keys: what they are, what they may do, and when they end.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::format_collect,
    reason = "these are tests"
)]

mod accepted;
mod at_rest;
mod created;
mod document;
mod ended_meanwhile;
mod ends;
mod instances;
mod interrupted;
mod introspection;
mod kit;
mod last_used;
mod limits;
mod machines;
mod permissions;
mod races;
mod refused;
mod rotated;
mod settings;
mod shop;

use auth::store::sql::{SqlRow, SqlUser};
use auth::{AuthBuilder, AuthError, ClientInfo, KeyCaller, Permissions};
use auth_tests::clerk::{CLERKS, Clerk, Task};
use auth_tests::stage::Stage;
use auth_tests::{Answer, Call, Database, Place, payload};
use serde_json::{Value, json};

pub(crate) const ADA: &str = "ada@example.org";
pub(crate) const BOB: &str = "bob@example.org";

pub(crate) fn with_keys(builder: AuthBuilder<Clerk>) -> AuthBuilder<Clerk> {
    builder.totp("Example: Shop").api_keys("shop_pat")
}

pub(crate) async fn stage() -> Stage<Clerk, Database> {
    stage_on(Database::with(CLERKS[0]).await).await
}

pub(crate) async fn stage_on<P: Place>(place: P) -> Stage<Clerk, P>
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    Stage::with(place, with_keys).await
}

/// Somebody who may read, signed in a moment ago.
pub(crate) struct Owner {
    pub(crate) id: i64,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

pub(crate) async fn reader<P: Place>(stage: &Stage<Clerk, P>, email: &str) -> Owner {
    let tokens = stage.sign_up(email).await.is(201);
    let id = payload(&tokens.access_token())["sub"].as_str().unwrap().parse().unwrap();
    stage.auth.accounts().set_permissions(&id, Permissions::from([Task::Read])).await.unwrap();
    let tokens = stage.refresh(&tokens.refresh_token()).await.is(200);
    Owner { id, access: tokens.access_token(), refresh: tokens.refresh_token() }
}

pub(crate) fn to_read(name: &str) -> Value {
    json!({ "name": name, "permissions": ["read"] })
}

pub(crate) async fn create<P: Place>(stage: &Stage<Clerk, P>, access: &str, body: Value) -> Answer {
    stage.post_as(access, "/keys", body).await
}

/// A key that reads: its text and its id.
pub(crate) async fn key<P: Place>(stage: &Stage<Clerk, P>, access: &str) -> (String, String) {
    let made = create(stage, access, to_read("nightly")).await.is(201);
    (made.field("key"), made.field("id"))
}

pub(crate) async fn list<P: Place>(stage: &Stage<Clerk, P>, access: &str) -> Vec<Value> {
    let listed = stage.send(Call::get("/keys").bearer(access)).await.is(200).json();
    listed.as_array().unwrap().clone()
}

pub(crate) async fn revoke<P: Place>(stage: &Stage<Clerk, P>, access: &str, id: &str) -> Answer {
    stage.send(Call::delete(&format!("/keys/{id}")).bearer(access)).await
}

/// Presents a key, as a program does.
pub(crate) async fn present<P: Place>(stage: &Stage<Clerk, P>, key: &str) -> Result<KeyCaller<Clerk>, AuthError> {
    stage.auth.authenticate_api_key(key, &ClientInfo::default()).await
}

pub(crate) async fn works<P: Place>(stage: &Stage<Clerk, P>, key: &str) -> bool {
    match present(stage, key).await {
        Ok(caller) => {
            assert!(caller.may(&Task::Read) && !caller.may(&Task::Pay));
            true
        }
        Err(AuthError::InvalidToken) => false,
        Err(error) => panic!("{error:?}"),
    }
}
