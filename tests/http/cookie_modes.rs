//! Cookie modes: always, never, and for development.

use auth::{Auth, CookieSettings, Secret};
use auth_tests::app::{PASSWORD, SECRET};
use auth_tests::{App, Call, Database, User};
use serde_json::json;

fn login(path: &str) -> Call {
    Call::post(path).json(&json!({ "email": "ada@example.org", "password": PASSWORD }))
}

async fn app(settings: CookieSettings) -> App {
    let app = App::with(|builder| builder.cookies(settings)).await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD, "display_name": "Ada" });
    let host = Call::post("/auth/register").without("host").header("host", "localhost:3000");
    app.send(host.header("sec-fetch-site", "same-origin").json(&body)).await.is(201);
    app
}

#[tokio::test]
async fn always_means_that_no_body_ever_holds_a_token() {
    let app = app(CookieSettings::new().always()).await;
    for query in ["", "?cookies=true", "?cookies=false"] {
        let answer = app.send(login(&format!("/auth/login{query}")).same_origin()).await.is(200);
        assert_eq!(answer.set_cookies().len(), 2);
        assert!(answer.json().get("refresh_token").is_none());
    }
    assert_eq!(app.send(login("/auth/login")).await.is(403).code(), "cross_site", "then every client is a browser");
    let cookies = app.send(login("/auth/login").same_origin()).await.is(200).cookies();
    let refresh = cookies.split("refresh=").nth(1).unwrap();
    let body = json!({ "refresh_token": refresh });
    let refreshed = app.send(Call::post("/auth/refresh").json(&body).same_origin()).await.is(200);
    assert_eq!(refreshed.set_cookies().len(), 2);
}

/// Somebody who has a token of another handle, from a time before the setting, or of the application's own making.
#[tokio::test]
async fn always_keeps_a_fresh_token_out_of_the_body() {
    let app = app(CookieSettings::new().always()).await;
    let cookies = app.send(login("/auth/login").same_origin()).await.is(200).cookies();
    let token = cookies.split("access=").nth(1).unwrap().split(';').next().unwrap().to_owned();
    app.get("/me", &token).await.is(200);
    let again = || Call::post("/auth/reauthenticate").bearer(&token).json(&json!({ "password": PASSWORD }));
    assert_eq!(app.send(again()).await.is(403).code(), "cross_site", "no other site gets the browser a cookie");
    let fresh = app.send(again().same_origin()).await.is(200);
    assert!(fresh.json().get("access_token").is_none(), "{}", fresh.text());
    assert!(fresh.set_cookies()[0].starts_with("__Host-user-access="), "{:?}", fresh.set_cookies());
}

#[tokio::test]
async fn two_applications_on_one_host_keep_their_cookies_apart() {
    let shop = app(CookieSettings::new().name_prefix("shop")).await;
    let wiki = app(CookieSettings::new()).await;
    let browser = async |app: &App| app.send(login("/auth/login?cookies=true").same_origin()).await.is(200);
    let (of_shop, of_wiki) = (browser(&shop).await, browser(&wiki).await);
    let names = |answer: &auth_tests::Answer| {
        let cookies = answer.set_cookies();
        cookies.iter().map(|cookie| cookie.split('=').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&of_shop), ["__Host-shop-user-access", "__Host-shop-user-refresh"]);
    assert_eq!(names(&of_wiki), ["__Host-user-access", "__Host-user-refresh"]);
    let both = format!("{}; {}", of_shop.cookies(), of_wiki.cookies());
    for app in [&shop, &wiki] {
        app.send(Call::get("/me").cookie(&both)).await.is(200);
    }
    assert_eq!(shop.send(Call::get("/me").cookie(&of_wiki.cookies())).await.is(401).code(), "not_signed_in");
    let gone = shop.send(Call::post("/auth/logout").cookie(&both).same_origin()).await.is(204);
    assert_eq!(names(&gone), names(&of_shop), "only its own are cleared");
    wiki.send(Call::get("/me").cookie(&both)).await.is(200);
}

#[tokio::test]
async fn prefix_that_no_cookie_can_have_refuses_the_start() {
    let db = Database::with(auth_tests::users::SCHEMA).await;
    for prefix in ["", "__Host-x", "a b", "a=b", "sh\u{f6}p", &"x".repeat(33)] {
        let builder = Auth::<User>::builder(db.pool.clone()).secret(Secret::new(SECRET).unwrap());
        let refused = builder.cookies(CookieSettings::new().name_prefix(prefix)).build().await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(&format!("`name_prefix({prefix:?})`")), "{refused}");
    }
}

#[tokio::test]
async fn cookie_mode_never_sets_and_reads_none() {
    let app = app(CookieSettings::new().never()).await;
    let refused = app.send(login("/auth/login?cookies=true").same_origin()).await.is(400);
    assert_eq!(refused.code(), "invalid_request");
    assert!(refused.text().contains("tokens in cookies are disabled"), "{}", refused.text());
    let answer = app.send(login("/auth/login").same_origin()).await.is(200);
    let cookie =
        format!("__Host-user-access={}; __Host-user-refresh={}", answer.access_token(), answer.refresh_token());
    assert_eq!(app.send(Call::get("/me").cookie(&cookie)).await.is(401).code(), "not_signed_in");
    app.send(Call::post("/auth/refresh").cookie(&cookie).same_origin()).await.is(401);
    app.send(Call::post("/auth/logout").cookie(&cookie).same_origin()).await.is(204);
    app.get("/me", &answer.access_token()).await.is(200);
}

#[tokio::test]
async fn cook_08_plain_http_cookies_work_on_loopback_only() {
    let app = app(CookieSettings::new().insecure_for_localhost()).await;
    let at = |call: Call, host: &str| call.without("host").header("host", host).same_origin();
    let mut cookies = String::new();
    for host in [
        "localhost",
        "LocalHost:3000",
        "tenant.localhost:3000",
        "127.0.0.1:3000",
        "[::1]:3000",
        "[::ffff:127.0.0.1]",
        "127.1.2.3",
    ] {
        let answer = app.send(at(login("/auth/login?cookies=true"), host)).await.is(200);
        for cookie in answer.set_cookies() {
            assert!(cookie.starts_with("user-") && !cookie.contains("Secure"), "{cookie}");
            assert!(
                cookie.contains("HttpOnly") && cookie.contains("SameSite=") && cookie.contains("Path=/"),
                "{cookie}"
            );
        }
        cookies = answer.cookies();
        app.send(at(Call::get("/me"), host).cookie(&cookies)).await.is(200);
    }
    for host in [
        "app.example",
        "localhost.evil.example",
        "192.0.2.1",
        "0.0.0.0",
        "127.0.0.1.evil.example",
        "[::2]",
        "",
        "evil@localhost",
        "localhost:x",
        "localhost:99999",
    ] {
        assert_eq!(
            app.send(at(login("/auth/login?cookies=true"), host)).await.is(400).code(),
            "invalid_request",
            "{host}"
        );
        app.send(at(Call::get("/me"), host).cookie(&cookies)).await.is(401);
    }
    let proxied = at(Call::get("/me"), "app.example").header("x-forwarded-host", "localhost").cookie(&cookies);
    app.send(proxied).await.is(401);
}

#[tokio::test]
async fn cook_02_invalid_origin_is_refused_at_start_up() {
    let db = Database::with(auth_tests::users::SCHEMA).await;
    for wrong in [
        "app.example",
        "https://app.example/",
        "https://app.example/path",
        "http://app.example",
        "*",
        "null",
        "",
        "https://",
        "https://user@app.example",
        "https://app.example?x",
    ] {
        let settings = CookieSettings::new().allow_origin(wrong);
        let builder = Auth::<User>::builder(db.pool.clone()).secret(Secret::new(SECRET).unwrap());
        let error = builder.cookies(settings).build().await.unwrap_err().to_string();
        assert!(error.contains(&format!("`{wrong}` is ")), "{error}");
    }
    for good in ["https://app.example", "https://app.example:8443", "http://localhost:5173", "http://127.0.0.1"] {
        let settings = CookieSettings::new().insecure_for_localhost().origin(good).allow_origin(good);
        let builder = Auth::<User>::builder(db.pool.clone()).secret(Secret::new(SECRET).unwrap());
        builder.cookies(settings).build().await.unwrap();
    }
}
