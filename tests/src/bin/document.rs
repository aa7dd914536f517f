//! Prints an `OpenAPI` document for a validator: `document shop`, `document two`, `document empty`. With `serve`, serves
//! it and the routes it is about, for a fuzzer: at `/openapi.json` on port `PORT` of the loopback interface.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::Duration;

use auth::{AuthBuilder, ClientInfo, Limits};
use auth_tests::app::PASSWORD;
use auth_tests::documented::{CustomerRegistration, Plan, Shop, Two, shop_with_accounts};
use auth_tests::{App, User, UserRegistration};
use axum::{Json, Router};
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
