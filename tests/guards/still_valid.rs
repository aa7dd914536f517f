//! `still_valid`, for connections that outlive their request.

use auth_tests::{App, Role, UserClaims};

async fn stage() -> (App, UserClaims, String) {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let claims = app.auth.verify(&token).unwrap();
    assert!(app.auth.still_valid(&claims));
    (app, claims, token)
}

#[tokio::test]
async fn claims_of_ended_session_are_no_longer_valid() {
    let (app, claims, token) = stage().await;
    app.logout(&token).await.is(204);
    assert!(!app.auth.still_valid(&claims));
}

#[tokio::test]
async fn claims_that_became_untrue_are_no_longer_valid() {
    let (app, claims, _) = stage().await;
    app.auth.accounts().set_role(&1, Role::Editor).await.unwrap();
    assert!(!app.auth.still_valid(&claims));
    let (app, claims, _) = stage().await;
    app.auth.accounts().disable(&1).await.unwrap();
    assert!(!app.auth.still_valid(&claims));
}

#[tokio::test]
async fn claims_are_valid_exactly_as_long_as_their_token() {
    let (app, claims, token) = stage().await;
    for _ in 0..20 {
        app.after(60);
        assert_eq!(app.auth.still_valid(&claims), app.auth.verify(&token).is_ok());
    }
    assert!(!app.auth.still_valid(&claims));
}

#[tokio::test]
async fn another_session_of_the_same_user_does_not_matter() {
    let (app, claims, _) = stage().await;
    let (other, _) = app.tokens("ada@example.org").await;
    app.logout(&other).await.is(204);
    assert!(app.auth.still_valid(&claims));
}
