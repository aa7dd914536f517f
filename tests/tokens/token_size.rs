//! The longest token (JWT-22): what is issued is read, and nothing longer is either.

use auth_tests::app::PASSWORD;
use auth_tests::forge::Victim;

/// What fits into an `Authorization` header of 8 KiB.
const MOST: usize = 8 * 1024 - "Bearer ".len();

/// How many characters more make a payload of `token` in base64 as long as possible.
fn room(token: &str) -> usize {
    let payload = token.split('.').nth(1).unwrap().len();
    (MOST - (token.len() - payload)) * 3 / 4 - payload * 3 / 4
}

#[tokio::test]
async fn jwt_22_the_longest_token_that_a_header_holds_is_read() {
    let victim = Victim::new().await;
    let padded = |length: usize| victim.changed("padding", Some("x".repeat(length).into()));
    let length = room(&padded(0));
    assert!(MOST - padded(length).len() < 2);
    assert!(victim.accepts(&padded(length)).await);
    for longer in [length + 1, length + 2, 2 * length] {
        let answer = victim.app.get("/claims", &padded(longer)).await;
        assert_eq!(answer.is(431).code(), "header_too_large");
        // Without a header around it, too.
        assert!(victim.app.auth.verify(&padded(longer)).is_err());
    }
}

#[tokio::test]
async fn jwt_22_no_token_is_issued_that_would_not_be_read() {
    let victim = Victim::new().await;
    let name = victim.claims["display_name"].as_str().unwrap().len();
    let login = async |length: usize| {
        victim.app.db.run(format!("UPDATE users SET display_name = '{}'", "x".repeat(length)).leak()).await;
        victim.app.auth.accounts().row_changed(&1).await.unwrap();
        victim.app.login("ada@example.org", PASSWORD).await
    };
    let length = name + room(&victim.token);
    let token = login(length).await.is(200).access_token();
    assert!(MOST - token.len() < 2);
    assert!(victim.accepts(&token).await);
    let sessions = victim.app.auth.sessions(&1).await.unwrap().len();
    login(length + 1).await.is(500);
    assert_eq!(victim.app.auth.sessions(&1).await.unwrap().len(), sessions, "and no session stays");
}
