//! Second factors: authenticator apps and recovery codes, at every door.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::format_collect,
    reason = "these are tests"
)]

mod at_rest;
mod between_steps;
mod created;
mod devices_interrupted;
mod doors;
mod enrolment;
mod every_door;
mod forgotten_devices;
mod has_passkey;
mod hung_up;
mod imported_totp;
mod interrupted;
mod last_factor;
mod limits;
mod passkey_enrolment;
mod passkey_interrupted;
mod passkey_races;
mod passkey_step;
mod passkeys;
mod passkeys_required;
mod promised_times;
mod races;
mod recovery_codes;
mod refused;
mod required;
mod required_interrupted;
mod required_model;
mod required_of_all;
mod takeover;
mod totp;
mod trusted_devices;
mod well_known;

use auth::clock::Clock as _;
use auth::store::sql::{SqlRow, SqlUser};
use auth::testing::totp_code;
use auth::{AuthBuilder, AuthUser};
use auth_tests::app::PASSWORD;
use auth_tests::stage::{Reader, Stage, TABLES};
use auth_tests::{Answer, Database, Place};
use serde_json::json;

pub(crate) const ADA: &str = "ada@example.org";
pub(crate) const EVE: &str = "eve@example.org";
pub(crate) const NEW: &str = "staple battery horse correct";

/// An account with an authenticator app, and a session that began before.
pub(crate) struct Enrolled {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) secret: String,
    pub(crate) recovery_codes: Vec<String>,
}

pub(crate) fn with_factors<U: AuthUser>(builder: AuthBuilder<U>) -> AuthBuilder<U> {
    builder.totp("Example: Shop").mail_sign_in(true)
}

pub(crate) async fn stage() -> Stage<Reader, Database> {
    Stage::with(Database::with(TABLES[0]).await, with_factors).await
}

pub(crate) async fn stage_on<P: Place>(place: P) -> Stage<Reader, P>
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    Stage::with(place, with_factors).await
}

/// Signs up, and confirms the address.
pub(crate) async fn signed_up<P: Place>(stage: &Stage<Reader, P>, email: &str) -> (String, String) {
    let tokens = stage.sign_up(email).await.is(201);
    let id: i64 = auth_tests::payload(&tokens.access_token())["sub"].as_str().unwrap().parse().unwrap();
    stage.auth.accounts().set_verified(&id, true).await.unwrap();
    let tokens = stage.refresh(&tokens.refresh_token()).await.is(200);
    (tokens.access_token(), tokens.refresh_token())
}

pub(crate) fn code<P: Place>(stage: &Stage<Reader, P>, secret: &str) -> String {
    totp_code(secret, stage.clock.now())
}

/// Signs up with an authenticator app, half a minute ago.
pub(crate) async fn enrolled<P: Place>(stage: &Stage<Reader, P>, email: &str) -> Enrolled {
    let (access, refresh) = signed_up(stage, email).await;
    let (secret, recovery_codes) = enrol(stage, &access).await;
    // Each code works once.
    stage.after(30);
    let tokens = stage.refresh(&refresh).await.is(200);
    Enrolled { access: tokens.access_token(), refresh: tokens.refresh_token(), secret, recovery_codes }
}

/// Adds an authenticator app, and returns its secret and the recovery codes.
pub(crate) async fn enrol<P: Place>(stage: &Stage<Reader, P>, access: &str) -> (String, Vec<String>) {
    let secret = stage.post_as(access, "/factors/totp", json!({})).await.is(200).field("secret");
    let confirm = json!({ "code": code(stage, &secret) });
    let confirmed = stage.post_as(access, "/factors/totp/confirm", confirm).await.is(200).json();
    let recovery_codes = confirmed["recovery_codes"].as_array().unwrap();
    (secret, recovery_codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

/// Shows the password, and returns the handle of the sign-in that needs another step.
pub(crate) async fn half<P: Place>(stage: &Stage<Reader, P>, email: &str) -> String {
    let answer = stage.login(email, PASSWORD).await.is(401);
    assert_eq!(answer.code(), "factor_required");
    answer.field("sign_in")
}

pub(crate) async fn by_totp<P: Place>(stage: &Stage<Reader, P>, handle: &str, code: &str) -> Answer {
    stage.post("/sign-in/totp", json!({ "sign_in": handle, "code": code })).await
}

pub(crate) async fn by_recovery_code<P: Place>(stage: &Stage<Reader, P>, handle: &str, code: &str) -> Answer {
    stage.post("/sign-in/recovery-code", json!({ "sign_in": handle, "code": code })).await
}

/// Returns the methods in an access token.
pub(crate) fn amr(access: &str) -> Vec<String> {
    let payload = auth_tests::payload(access);
    payload["amr"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}
