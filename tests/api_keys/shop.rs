//! An application some of whose routes take keys.

use auth::routing::{Routes, get, post};
use auth::store::sql::{SqlRow, SqlUser};
use auth::{AccessToken, Auth, Fresh, Has, KeyCaller, check, protected, public, rule};
use auth_tests::clerk::{Clerk, ClerkClaims, Duty, Task};
use auth_tests::stage::Stage;
use auth_tests::{Answer, Call, Database, Place};
use axum::Router;

use super::{ADA, Owner, key, reader, stage};

#[protected(Task::Read, keys)]
async fn read(caller: KeyCaller<Clerk>) -> String {
    assert!(caller.may(&Task::Read));
    let by = caller.key_name().map_or_else(|| "herself".to_owned(), |name| format!("key {name}"));
    format!("{} by {by}", caller.user().email)
}

#[protected(Task::Read, keys, live)]
async fn live(user: Clerk) -> String {
    user.email
}

#[protected(Task::Read, keys, hidden)]
async fn hidden() -> &'static str {
    "hidden"
}

#[protected(Task::Pay, keys)]
async fn pay() {}

#[protected(Task::Read && Duty::Member, keys)]
async fn of_members() {}

#[protected(Task::Read || Duty::Admin, keys)]
async fn of_either() {}

#[protected(Task::Read && !Duty::Member, keys)]
async fn of_others() {}

#[protected((Task::Read && !Duty::Member) || Task::Pay, keys)]
async fn in_two_ways() {}

#[protected(Task::Read && Fresh::minutes(5), keys)]
async fn recent() {}

#[protected(Task::Read && Has::Mfa, keys)]
async fn strong() {}

#[check]
async fn is_ada(user: Clerk) -> bool {
    user.email == ADA
}

#[check]
async fn reads_claims(claims: ClerkClaims) -> bool {
    claims.sub > 0
}

#[protected(is_ada, keys)]
async fn of_ada() {}

#[protected(reads_claims, keys)]
async fn of_claims() {}

#[protected(Task::Read, keys)]
async fn of_token(token: AccessToken) -> String {
    token.expose().to_owned()
}

#[protected]
async fn mine(user: Clerk) -> String {
    user.email
}

#[protected(Task::Read)]
async fn write(body: String) -> String {
    body
}

#[protected(Task::Read, hidden)]
async fn secret() {}

#[public]
async fn greet(user: Option<Clerk>) -> String {
    user.map_or_else(|| "hello".to_owned(), |user| user.email)
}

#[public]
async fn greet_caller(claims: Option<ClerkClaims>) -> String {
    claims.map_or_else(String::new, |claims| claims.sub.to_string())
}

#[public]
async fn health() -> &'static str {
    "ok"
}

pub(crate) fn routes(auth: &Auth<Clerk>) -> Routes<Auth<Clerk>> {
    let behind = |keys: bool| {
        let inner = Routes::new().route("/read", get(read)).route("/mine", get(mine)).route("/greet", get(greet));
        if keys {
            inner.require(auth.require(rule!(Task::Read, keys)))
        } else {
            inner.require(auth.require(rule!(Task::Read)))
        }
    };
    Routes::new()
        .route("/read", get(read))
        .route("/live", get(live))
        .route("/hidden", get(hidden))
        .route("/pay", post(pay))
        .route("/of-members", get(of_members))
        .route("/of-either", get(of_either))
        .route("/of-others", get(of_others))
        .route("/in-two-ways", get(in_two_ways))
        .route("/recent", get(recent))
        .route("/strong", get(strong))
        .route("/of-ada", get(of_ada))
        .route("/of-claims", get(of_claims))
        .route("/of-token", get(of_token))
        .route("/mine", get(mine))
        .route("/write", post(write))
        .route("/secret", get(secret))
        .route("/greet", get(greet))
        .route("/greet-caller", get(greet_caller))
        .route("/health", get(health))
        .nest("/with-keys", behind(true))
        .nest("/without-keys", behind(false))
        .nest("/auth", auth.routes())
}

/// The application, somebody who may read, and a key of theirs.
pub(crate) struct Shop {
    pub(crate) stage: Stage<Clerk, Database>,
    pub(crate) router: Router,
    pub(crate) ada: Owner,
    pub(crate) key: String,
}

pub(crate) fn router<P: Place>(stage: &Stage<Clerk, P>) -> Router
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    routes(&stage.auth).into_router().with_state(stage.auth.clone())
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::on(stage().await).await
    }

    pub(crate) async fn on(stage: Stage<Clerk, Database>) -> Self {
        let router = router(&stage);
        let ada = reader(&stage, ADA).await;
        let (key, _) = key(&stage, &ada.access).await;
        Self { stage, router, ada, key }
    }

    pub(crate) async fn send(&self, call: Call) -> Answer {
        call.send(&self.router).await
    }

    /// Calls a route with the key.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Call::get(path).bearer(&self.key)).await
    }

    /// Calls a route as somebody who is signed in.
    pub(crate) async fn get_as_ada(&self, path: &str) -> Answer {
        let access = self.stage.refresh(&self.ada.refresh).await;
        let access = if access.status == 200 { access.access_token() } else { self.ada.access.clone() };
        self.send(Call::get(path).bearer(&access)).await
    }
}
