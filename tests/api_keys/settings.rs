//! What `build()` says about keys.

use auth::{Auth, AuthBuilder, AuthRole, AuthUser, PasswordHash, Secret};
use auth_tests::app::SECRET;
use auth_tests::clerk::{CLERKS, Clerk, Task};
use auth_tests::{Database, User};

async fn refused<U: AuthUser>(builder: AuthBuilder<U>) -> String {
    format!("{:?}", builder.secret(Secret::new(SECRET).unwrap()).build().await.unwrap_err())
}

#[tokio::test]
async fn ak_07_a_prefix_that_no_scanner_finds_is_refused() {
    for prefix in ["", "Shop", "shop-pat", "shop__pat", "_", "shop_", "1shop", "eyJ"] {
        let db = Database::with(CLERKS[0]).await;
        let builder = Auth::<Clerk>::builder(db.pool.clone()).totp("Shop").api_keys(prefix);
        let said = refused(builder).await;
        assert!(said.contains("is no prefix for API keys") && said.contains(&format!("`{prefix}`")), "{said}");
    }
}

#[tokio::test]
async fn a_user_type_without_permissions_has_no_keys() {
    let db = Database::with(auth_tests::users::SCHEMA).await;
    let said = refused(Auth::<User>::builder(db.pool.clone()).api_keys("shop_pat")).await;
    assert!(said.contains("`User` has no permissions"), "{said}");
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, AuthRole)]
enum Post {
    #[role(grants(Task::Read))]
    Guard,
}

/// Everybody must show a second factor.
#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "guards", mfa)]
struct Sentry {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(role, default = Post::Guard)]
    post: Post,
}

#[tokio::test]
async fn where_everybody_needs_a_second_factor_nobody_has_keys() {
    let db = Database::with(
        "CREATE TABLE guards (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL, post TEXT NOT \
         NULL)",
    )
    .await;
    let said = refused(Auth::<Sentry>::builder(db.pool.clone()).totp("Shop").api_keys("shop_pat")).await;
    assert!(said.contains("everybody of `Sentry` must sign in with a second factor"), "{said}");
}
