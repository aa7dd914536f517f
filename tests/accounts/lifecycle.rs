//! The life of an account, from sign-up to log-out.

use auth_tests::App;
use auth_tests::client::Call;

#[tokio::test]
async fn logout_after_sign_up_invalidates_the_token_at_once() {
    let app = App::new().await;
    let signed_up = app.register("ada@example.org").await.is(201);
    let token = signed_up.access_token();
    assert_eq!(app.get("/me", &token).await.is(200).text(), "hello Ada");
    assert_eq!(app.get("/stats", &token).await.is(403).code(), "forbidden");
    app.send(Call::post("/auth/logout").bearer(&token)).await.is(204);
    assert_eq!(app.get("/me", &token).await.is(401).code(), "invalid_token");
    assert_eq!(app.refresh(&signed_up.refresh_token()).await.is(401).code(), "invalid_refresh_token");
}
