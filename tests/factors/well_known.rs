//! What browsers and password managers ask without being told an address, and the script of pages.

use auth::routing::Routes;
use auth::testing::{TestApp, assert_protection, assert_public_routes};
use auth::{Auth, PasskeySettings};
use auth_tests::stage::{Reader, Stage, TABLES};
use auth_tests::{Answer, Call, Database};
use serde_json::json;

use super::with_factors;

async fn stage(settings: PasskeySettings) -> Stage<Reader, Database> {
    let with = |builder| with_factors(builder).passkeys(settings).change_password_page("/account#password");
    Stage::with(Database::with(TABLES[0]).await, with).await
}

fn shop() -> PasskeySettings {
    PasskeySettings::new("Example Shop")
}

async fn get(stage: &Stage<Reader, Database>, path: &str) -> Answer {
    let router = stage.auth.well_known::<()>().into_router();
    Call::get(path).send(&router).await
}

#[tokio::test]
async fn password_managers_find_the_pages_of_passkeys_and_passwords() {
    let stage = stage(shop().enrolment_page("/passkeys").management_page("https://id.app.example/passkeys")).await;
    let pages = get(&stage, "/.well-known/passkey-endpoints").await.is(200);
    assert_eq!(pages.header("content-type"), Some("application/json"));
    assert_eq!(pages.header("cache-control"), Some("public, max-age=3600"));
    let expected = json!({ "enroll": "https://app.example/passkeys", "manage": "https://id.app.example/passkeys" });
    assert_eq!(pages.json(), expected);
    let change = get(&stage, "/.well-known/change-password").await.is(303);
    assert_eq!(change.header("location"), Some("/account#password"));
    get(&stage, "/.well-known/resource-that-should-not-exist").await.is(404);
}

#[tokio::test]
async fn related_origins_are_told_to_browsers_and_sign_in() {
    let stage = stage(shop().related_origin("https://shop.example")).await;
    let told = get(&stage, "/.well-known/webauthn").await.is(200);
    assert_eq!(
        (told.header("content-type"), told.json()),
        (Some("application/json"), json!({ "origins": ["https://shop.example"] }))
    );
    let (access, _) = super::signed_up(&stage, super::ADA).await;
    for (origin, status) in [("https://shop.example", 201), ("https://other.example", 422)] {
        let mut device = auth::testing::SoftwareAuthenticator::at(origin);
        let options = stage.post_as(&access, "/factors/passkeys/options", json!({})).await.is(200).json();
        let body = json!({ "credential": device.create(&options), "name": "Phone" });
        stage.post_as(&access, "/factors/passkeys", body).await.is(status);
    }
}

/// What nobody has set is not there: an empty list would let nobody in either, but a browser asks for it each time.
#[tokio::test]
async fn unset_addresses_do_not_exist() {
    let stage = stage(shop()).await;
    get(&stage, "/.well-known/webauthn").await.is(404);
    assert_eq!(get(&stage, "/.well-known/passkey-endpoints").await.is(200).json(), json!({}));
    let plain: Stage<Reader, Database> = Stage::with(Database::with(TABLES[0]).await, with_factors).await;
    assert_eq!(plain.auth.well_known::<()>().table().to_string().lines().count(), 1, "the heads");
}

#[tokio::test]
async fn well_known_routes_are_public_and_in_the_table() {
    let settings = shop().related_origin("https://shop.example");
    let stage = stage(settings).await;
    let routes = |auth: &Auth<Reader>| -> Routes<Auth<Reader>> { auth.well_known() };
    let app = TestApp::new(&stage.auth, routes(&stage.auth).into_router().with_state(stage.auth.clone()));
    assert_protection(&routes(app.auth()).table(), &app).await;
    let public = "
        GET /.well-known/change-password
        GET /.well-known/passkey-endpoints
        GET /.well-known/webauthn
    ";
    assert_public_routes(&routes(app.auth()).table(), public);
}

#[tokio::test]
async fn a_page_to_change_no_password_is_refused() {
    for (page, why) in [("password", "no page"), ("//evil.example", "no page"), ("/password", "")] {
        let database = Database::with(TABLES[0]).await;
        let builder = Auth::<Reader>::builder(auth::store::sql::SqlBackend::new(database.pool.clone()));
        let builder = builder.secret(auth::Secret::generate().unwrap()).change_password_page(page);
        let problem = builder.build().await.err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(problem.contains("no page"), !why.is_empty(), "{page}: {problem}");
    }
}

#[tokio::test]
async fn the_script_of_pages_is_loaded_once() {
    let stage = stage(shop()).await;
    let first = stage.send(Call::get("/passkeys.js")).await.is(200);
    assert_eq!(first.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(
        (first.header("x-content-type-options"), first.header("cache-control")),
        (Some("nosniff"), Some("no-cache"))
    );
    assert!(first.text().contains("navigator.credentials.get"));
    let tag = first.header("etag").unwrap().to_owned();
    for known in [&*tag, "*", &format!("W/{tag}"), &format!("\"other\", {tag}")] {
        let again = stage.send(Call::get("/passkeys.js").header("if-none-match", known)).await.is(304);
        assert!(again.text().is_empty() && again.header("etag") == Some(&tag), "{known}");
    }
    stage.send(Call::get("/passkeys.js").header("if-none-match", "\"other\"")).await.is(200);
    let plain: Stage<Reader, Database> = Stage::with(Database::with(TABLES[0]).await, with_factors).await;
    plain.send(Call::get("/passkeys.js")).await.is(404);
}
