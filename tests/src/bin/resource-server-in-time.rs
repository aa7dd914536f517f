//! What `.ci/issuer` has judge the tokens of a foreign issuer: an API whose clock a script moves forward.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "for a script of tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use auth::clock::{Clock, Timestamp};
use auth::issuer::{IntrospectionClient, Issuer};
use auth::routing::{Routes, get};
use auth::{AuthClaims, AuthRole, Roles, protected};
use axum::extract::Path;

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Role {
    Member,
    Clerk,
}

#[derive(Clone, Debug, AuthClaims)]
struct Person {
    #[auth(subject)]
    sub: String,
    #[auth(roles("role"))]
    roles: Roles<Role>,
}

#[protected]
async fn me(claims: Person) -> String {
    format!("{} {:?}", claims.sub, claims.roles)
}

#[protected(Role::Clerk)]
async fn orders(claims: Person) -> String {
    claims.sub
}

/// The time of this machine, and what was added to it.
#[derive(Clone, Debug, Default)]
struct MovedClock(Arc<AtomicU64>);

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from(SystemTime::now()) + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

fn setting(name: &str) -> String {
    std::env::var(name).unwrap()
}

#[tokio::main]
async fn main() -> auth::Result<()> {
    let clock = MovedClock::default();
    let people = match std::env::var("INTROSPECTION") {
        Err(_) => Issuer::<Person>::new(&setting("ISSUER")),
        Ok(url) => Issuer::introspect(&url, IntrospectionClient::basic(&setting("CLIENT"), &setting("CLIENT_SECRET"))),
    };
    let people = match std::env::var("CLIENT_ONLY") {
        Err(_) => people.audience(setting("AUDIENCE")),
        Ok(client) => people.client_id(client),
    };
    let people = people.clock(clock.clone()).build()?;
    let routes = Routes::new().route("/me", get(me)).route("/orders", get(orders));
    let forward = move |Path(seconds): Path<u64>| {
        clock.0.fetch_add(seconds, Ordering::SeqCst);
        async {}
    };
    let router = routes.into_router().route("/forward/{seconds}", axum::routing::post(forward)).with_state(people);
    auth::serve(format!("127.0.0.1:{}", setting("PORT")), router).await
}
