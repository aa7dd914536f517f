//! Prints an `OpenAPI` document for a validator: `document shop`, `document two`, `document empty`, `document readers`,
//! `document customers`. With `serve`, serves it and the routes it is about, for a fuzzer: at `/openapi.json` on port `PORT`
//! of the loopback interface; and prints for each who calls them their headers, as a line.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::time::Duration;

use auth::clock::Clock as _;
use auth::store::sql::{SqlRow, SqlUser};
use auth::testing::totp_code;
use auth::{Auth, AuthBuilder, AuthUser, ClientInfo, CookieSettings, Limits};
use auth_tests::app::PASSWORD;
use auth_tests::documented::{CustomerRegistration, Plan, Shop, Two, shop_with_accounts};
use auth_tests::stage::{Customer, Reader, Stage, TABLES};
use auth_tests::{App, Database, User, UserRegistration};
use axum::{Json, Router};
use serde_json::json;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (document, serving) = match arguments.first().map(String::as_str) {
        // One user type, handlers described in every way.
        Some("shop") => shop().await,
        // Two user types, nothing described.
        Some("two") => two().await,
        // Only the library's routes.
        Some("empty") => empty().await,
        // With mail, cookies and second factors; addresses may be confirmed.
        Some("readers") => readers().await,
        // Addresses must be.
        Some("customers") => customers().await,
        other => panic!("{other:?}?"),
    };
    if arguments.get(1).is_some_and(|word| word == "serve") {
        let router = serving.route("/openapi.json", axum::routing::get(async || Json(document)));
        let port = std::env::var("PORT").unwrap();
        auth::serve(format!("127.0.0.1:{port}"), router).await.unwrap();
    } else {
        println!("{}", document.to_pretty_json().unwrap());
    }
}

/// Prints the header of somebody who is signed in, for the fuzzer.
fn print_header(serve: bool, name: &str, value: &str) {
    if serve {
        println!("{name}{value}");
    }
}

fn serves() -> bool {
    std::env::args().nth(2).is_some()
}

/// Keeps the file of the database, which goes with the application: a new connection would find none.
fn kept(app: App) -> &'static App {
    Box::leak(Box::new(app))
}

async fn shop() -> (Document, Router) {
    // A machine that is busy with other things is not what the fuzzer looks for.
    let patient = |builder: AuthBuilder<User>| builder.store_timeout(Duration::from_secs(20));
    let app = App::with(|builder| patient(builder.limits(Limits::default()))).await;
    let routes = shop_with_accounts(&app.auth);
    let ada = UserRegistration { email: "ada@example.org".to_owned(), display_name: "Ada".to_owned() };
    let (_, tokens) = app.auth.register(ada, PASSWORD, &ClientInfo::default()).await.unwrap().signed_in().unwrap();
    print_header(serves(), "Authorization: Bearer ", &tokens.access_token);
    (routes.openapi(Shop::openapi()), routes.into_router().with_state(kept(app).auth.clone()))
}

async fn two() -> (Document, Router) {
    let two = Two::new().await;
    let routes = two.routes();
    let ada = CustomerRegistration { email: "ada@example.org".to_owned(), plan: Plan::Free, age: None };
    let (_, tokens) = two.customers.register(ada, PASSWORD, &ClientInfo::default()).await.unwrap().signed_in().unwrap();
    print_header(serves(), "Cookie: __Host-customer-access=", &tokens.access_token);
    (routes.openapi(Document::default()), routes.into_router().with_state(two.clone()))
}

async fn empty() -> (Document, Router) {
    let app = App::new().await;
    let routes = app.auth.routes();
    (routes.openapi(Document::default()), routes.into_router().with_state(kept(app).auth.clone()))
}

/// With everything that can be switched on.
async fn stage<U: AuthUser + SqlUser<sqlx::Sqlite> + SqlRow<sqlx::Sqlite>>() -> &'static Stage<U, Database> {
    let everything = |builder: AuthBuilder<U>| {
        let builder = builder.totp("Shop").mail_sign_in(true).cookies(CookieSettings::new());
        builder.store_timeout(Duration::from_secs(20))
    };
    Box::leak(Box::new(Stage::with(Database::with(TABLES[0]).await, everything).await))
}

fn documented<U: AuthUser>(stage: &'static Stage<U, Database>) -> (Document, Router) {
    let routes = stage.auth.routes::<Auth<U>>();
    (routes.openapi(Document::default()), routes.into_router().with_state(stage.auth.clone()))
}

/// What is asked of pages alone comes from one of ours.
fn print_cookie(name: &str, value: &str) {
    print_header(serves(), "", &format!("Cookie: {name}={value}\tSec-Fetch-Site: same-origin"));
}

async fn readers() -> (Document, Router) {
    let stage = stage::<Reader>().await;
    let client = ClientInfo::default();
    // May add a second factor.
    let eve = stage.sign_up("eve@example.org").await.is(201);
    let id = auth_tests::payload(&eve.access_token())["sub"].as_str().unwrap().parse().unwrap();
    stage.auth.accounts().set_verified(&id, true).await.unwrap();
    let eve = stage.refresh(&eve.refresh_token()).await.is(200);
    print_header(serves(), "Authorization: Bearer ", &eve.access_token());
    // Has one, and is between two steps of a sign-in.
    let ada = stage.sign_up("ada@example.org").await.is(201);
    let id = auth_tests::payload(&ada.access_token())["sub"].as_str().unwrap().parse().unwrap();
    stage.auth.accounts().set_verified(&id, true).await.unwrap();
    let ada = stage.refresh(&ada.refresh_token()).await.is(200);
    let claims = stage.auth.verify(&ada.access_token()).unwrap();
    let app = stage.auth.begin_totp(&claims).await.unwrap();
    stage.auth.confirm_totp(&claims, &totp_code(&app.secret, stage.clock.now()), &client).await.unwrap();
    let ada = stage.refresh(&ada.refresh_token()).await.is(200);
    print_header(serves(), "Authorization: Bearer ", &ada.access_token());
    let waiting = stage.login("ada@example.org", PASSWORD).await.is(401);
    print_cookie("__Host-reader-sign-in", waiting.json()["sign_in"].as_str().unwrap());
    // Waits for the mail.
    let waiting = stage.post("/sign-in/mail", json!({ "email": "eve@example.org" })).await.is(202);
    print_cookie("__Host-reader-sign-in", waiting.json()["sign_in"].as_str().unwrap());
    documented(stage)
}

async fn customers() -> (Document, Router) {
    let stage = stage::<Customer>().await;
    let waiting = stage.sign_up("ada", "ada@example.org", PASSWORD).await.is(202);
    print_cookie("__Host-customer-sign-in", waiting.json()["sign_in"].as_str().unwrap());
    documented(stage)
}
