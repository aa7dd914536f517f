//! Tokens of the auth that an application had before: accepted, and ended like any session.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod accepted;
mod ended;
mod instances;
mod mfa;
mod pyjwt;
mod refused;
mod reused;
mod settings;
mod since;
mod store;
mod until;

use auth::clock::Clock as _;
use auth::event::EventKind;
use auth::store::sql::{SqlRow, SqlUser};
use auth::testing::ManualClock;
use auth::{AuthBuilder, FormerTokens};
use auth_tests::app::{OTHER_SECRET, PASSWORD};
use auth_tests::forge::sign_with;
use auth_tests::users::{SCHEMA, User};
use auth_tests::{Answer, App, Call, Database, Place};
use serde_json::{Value, json};

pub(crate) const ADA: &str = "ada@example.org";
pub(crate) const BOB: &str = "bob@example.org";
pub(crate) const NEW_PASSWORD: &str = "another correct horse battery";
/// When the switch is over, by the clock of the tests some 44 days ahead.
pub(crate) const UNTIL: &str = "2027-03-01";
pub(crate) const HOUR: u64 = 3600;
pub(crate) const DAY: u64 = 24 * HOUR;

/// The settings of nearly all tests: HS256 with another secret than ours, and `sub`.
pub(crate) fn hs256() -> FormerTokens {
    FormerTokens::hs256(OTHER_SECRET).accepted_until(UNTIL)
}

pub(crate) fn accepting(builder: AuthBuilder<User>) -> AuthBuilder<User> {
    builder.former_tokens(hs256())
}

/// A token as the former application signed it.
pub(crate) fn signed(claims: &Value) -> String {
    sign_with(OTHER_SECRET.as_bytes(), r#"{"alg":"HS256","typ":"JWT"}"#, claims.to_string())
}

pub(crate) fn now(clock: &ManualClock) -> u64 {
    clock.now().as_secs()
}

/// Of an hour ago, for thirty days.
pub(crate) fn claims(id: i64, clock: &ManualClock) -> Value {
    json!({ "sub": id.to_string(), "iat": now(clock) - HOUR, "exp": now(clock) + 30 * DAY })
}

/// The application after the switch, and an account from before.
pub(crate) struct Switched<P: Place> {
    pub(crate) app: App<P>,
    pub(crate) id: i64,
    pub(crate) token: String,
}

/// The application on a database that has rows of before the switch.
pub(crate) async fn switched_on<P: Place + Clone>(
    place: P,
    setup: impl FnOnce(AuthBuilder<User>) -> AuthBuilder<User>,
) -> Switched<P>
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let before = App::in_place(place, |builder| builder).await;
    let signed_up = before.register(ADA).await.is(201);
    let id = auth_tests::payload(&signed_up.access_token())["sub"].as_str().unwrap().parse().unwrap();
    before.send(Call::post("/auth/logout-all").bearer(&signed_up.access_token())).await;
    // Nothing is known of anybody: the rows are those of another program.
    before.db.sql("DELETE FROM auth_records WHERE owner <> ''").await.unwrap();
    let app = before.beside(setup).await;
    let token = signed(&claims(id, &app.clock));
    Switched { app, id, token }
}

pub(crate) async fn switched() -> Switched<Database> {
    switched_on(Database::with(SCHEMA).await, accepting).await
}

impl<P: Place> Switched<P> {
    /// Calls a route that loads the row, and one that reads claims only.
    pub(crate) async fn present(&self, token: &str) -> Answer {
        let (row, claims) = (self.app.get("/me", token).await, self.app.get("/claims", token).await);
        assert_eq!(row.status, claims.status, "{} {}", row.text(), claims.text());
        row
    }

    #[track_caller]
    pub(crate) fn accepts<'a>(&'a self, token: &'a str) -> impl Future<Output = ()> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            let answer = self.present(token).await;
            assert_eq!(answer.status, 200, "refused at {caller}: {}", answer.text());
        }
    }

    /// Refused like any other bad token.
    #[track_caller]
    pub(crate) fn refuses<'a>(&'a self, token: &'a str, what: &'a str) -> impl Future<Output = ()> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            let answer = self.present(token).await;
            assert_eq!((answer.status.as_u16(), &*answer.code()), (401, "invalid_token"), "at {caller}: {what}");
            let challenge = answer.header("www-authenticate").unwrap();
            assert_eq!(challenge, "Bearer realm=\"User\", error=\"invalid_token\"", "{what}");
        }
    }

    pub(crate) async fn sessions(&self, token: &str) -> Vec<Value> {
        let listed = self.app.get("/auth/sessions", token).await.is(200).json();
        listed.as_array().unwrap().clone()
    }

    /// How many sessions of former tokens have begun since the last call.
    pub(crate) fn begun(&self) -> usize {
        let begun = |event: &EventKind| matches!(event, EventKind::FormerTokenAccepted { .. });
        self.app.events().iter().filter(|event| begun(event)).count()
    }

    /// Signs in by password; the access token.
    pub(crate) async fn signed_in(&self) -> String {
        self.app.login(ADA, PASSWORD).await.is(200).access_token()
    }
}
