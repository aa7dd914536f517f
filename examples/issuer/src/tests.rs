use auth::testing::{TestApp, assert_protection, assert_routes};

use super::*;

async fn app() -> TestApp<User> {
    let pool = sqlx::SqlitePool::connect("sqlite::memory:").await.unwrap();
    sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await.unwrap();
    let builder = Auth::<User>::builder(pool)
        .secret(Secret::generate().unwrap())
        .issuer("https://issuer.example.org")
        .audience(AUDIENCE)
        .managed_keys(ManagedKeys::es256())
        .api_keys(KEY_PREFIX)
        .introspection(rule!(Permission::TokensIntrospect, keys));
    TestApp::start(builder, |auth| routes(auth).into_router().with_state(auth.clone())).await
}

#[tokio::test]
async fn every_route_decides_as_its_rule_says() {
    let app = app().await;
    assert_protection(&routes(app.auth()).table(), &app).await;
}

#[tokio::test]
async fn route_table_matches_the_committed_file() {
    let app = app().await;
    assert_routes(&routes(app.auth()).table(), include_str!("routes.txt"));
}
