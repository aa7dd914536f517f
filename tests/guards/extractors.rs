//! What handlers are given besides the user.

use auth::routing::{Routes, get};
use auth::{Auth, ClientInfo, public};
use auth_tests::{App, Call, User, UserClaims};

#[public]
async fn who(claims: Option<UserClaims>) -> String {
    claims.map_or_else(|| "a stranger".to_owned(), |claims| claims.sub.to_string())
}

#[public]
async fn whence(client: ClientInfo) -> String {
    format!("{:?} with {:?}", client.ip, client.user_agent)
}

#[tokio::test]
async fn optional_claims_are_none_without_token_and_refuse_bad() {
    let app = App::new().await;
    let routes: Routes<Auth<User>> = Routes::new().route("/who", get(who));
    let router = routes.into_router().with_state(app.auth.clone());
    app.register("ada@example.org").await.is(201);
    let (access, _) = app.tokens("ada@example.org").await;
    assert_eq!(Call::get("/who").send(&router).await.is(200).text(), "a stranger");
    assert_eq!(Call::get("/who").bearer(&access).send(&router).await.is(200).text(), "1");
    app.logout(&access).await.is(204);
    assert_eq!(Call::get("/who").bearer(&access).send(&router).await.is(401).code(), "invalid_token");
}

#[tokio::test]
async fn client_info_has_address_and_user_agent() {
    let app = App::new().await;
    let routes: Routes<Auth<User>> = Routes::new().route("/whence", get(whence));
    let router = routes.into_router().with_state(app.auth.clone());
    let call = Call::get("/whence").coming_from("192.0.2.7").header("user-agent", "curl/8.5");
    let told = call.send(&router).await.is(200);
    assert_eq!(told.text(), "Some(192.0.2.7) with Some(\"curl/8.5\")");
}
