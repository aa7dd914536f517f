//! Our own client asks our own route, over a socket.

use std::time::Duration;

use auth::issuer::{IntrospectionClient, Issuer};
use auth::testing::ManualClock;
use auth::{AuthClaims, AuthError, AuthPermission, Permissions};
use auth_tests::clerk::Clerk;
use auth_tests::stage::Stage;
use auth_tests::{Call, Database};

use super::asked;
use crate::{ADA, key, reader, revoke};

/// What the other service calls the permissions of clerks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AuthPermission)]
enum Scope {
    Read,
    Pay,
}

#[derive(Clone, Debug, AuthClaims)]
struct Visitor {
    #[auth(subject)]
    sub: String,
    #[auth(permissions("scope"))]
    scope: Permissions<Scope>,
}

/// Serves the routes on this machine, and returns their address.
async fn serve(stage: &Stage<Clerk, Database>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = stage.router.clone();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/introspect")
}

fn client(url: &str, key: &str, audience: &str, clock: &ManualClock) -> Issuer<Visitor> {
    let client = Issuer::introspect(url, IntrospectionClient::bearer(key)).audience(audience);
    client.clock(clock.clone()).build().unwrap()
}

#[tokio::test]
async fn another_service_learns_of_a_logout_by_asking() {
    let (stage, asking) = asked().await;
    let url = serve(&stage).await;
    let ada = reader(&stage, ADA).await;
    let (text, id) = key(&stage, &ada.access).await;
    let issuer = client(&url, &asking, "Clerk", &stage.clock);
    for token in [&ada.access, &text] {
        let verified = issuer.verify(token).await.unwrap();
        assert_eq!((verified.sub.clone(), verified.registered.issuer()), (ada.id.to_string(), "Clerk"));
        assert!(issuer.still_valid(&verified));
    }
    // A key says as `scope` what it may.
    let of_key = issuer.verify(&text).await.unwrap();
    assert!(of_key.scope.contains(&Scope::Read) && !of_key.scope.contains(&Scope::Pay));
    let elsewhere = client(&url, &asking, "https://elsewhere.example", &stage.clock);
    assert!(matches!(elsewhere.verify(&ada.access).await, Err(AuthError::InvalidToken)), "for another audience");
    revoke(&stage, &ada.access, &id).await.is(204);
    stage.send(Call::post("/logout").bearer(&ada.access)).await.is(204);
    // An answer is used for a minute, by this client.
    stage.clock.advance(Duration::from_mins(1));
    for token in [&ada.access, &text, &ada.refresh] {
        assert!(matches!(issuer.verify(token).await, Err(AuthError::InvalidToken)));
    }
    // Whoever may not ask is not told that nobody is there.
    let stranger = client(&url, &text, "Clerk", &stage.clock);
    assert_eq!(stranger.verify(&ada.access).await.unwrap_err().status(), 503);
}

/// In the last seconds of its life, in which guards still give it leeway.
#[tokio::test]
async fn a_token_that_has_just_expired_is_no_outage() {
    let (stage, asking) = asked().await;
    let url = serve(&stage).await;
    let ada = reader(&stage, ADA).await;
    stage.clock.advance(Duration::from_secs(15 * 60 + 2));
    let issuer = client(&url, &asking, "Clerk", &stage.clock);
    assert!(matches!(issuer.verify(&ada.access).await, Err(AuthError::InvalidToken)));
}
