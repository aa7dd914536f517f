//! Which pages may make requests with a browser's cookies.

use auth::CookieSettings;
use auth::event::{EventKind, Refusal};
use auth_tests::app::PASSWORD;
use auth_tests::{Answer, App, Call};
use serde_json::json;

async fn cookies(app: &App) -> String {
    app.register("ada@example.org").await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    app.send(Call::post("/auth/login?cookies=true").same_origin().json(&body)).await.is(200).cookies()
}

/// Sends an unsafe request with valid cookies and these headers.
async fn act(app: &App, cookies: &str, headers: &[(&str, &str)]) -> Answer {
    let call = Call::new("PUT".parse().unwrap(), "/posts/1").cookie(cookies);
    app.send(headers.iter().fold(call, |call, (name, value)| call.header(name, value))).await
}

/// Whether the request passed the origin check. A member may not edit, so the rule then refuses it.
fn passes(answer: &Answer) -> bool {
    match answer.code().as_str() {
        "forbidden" => true,
        "cross_site" => false,
        code => panic!("{code}"),
    }
}

#[tokio::test]
async fn csrf_01_fetch_metadata_decides_for_unsafe_requests() {
    let app = App::new().await;
    let cookies = cookies(&app).await;
    for (site, mode, fine) in [
        ("same-origin", "cors", true),
        ("cross-site", "cors", false),
        ("same-site", "cors", false),
        ("none", "navigate", true),
        ("none", "cors", false),
        ("", "cors", false),
        ("Same-Origin", "cors", false),
        ("same-origin, cross-site", "cors", false),
    ] {
        let answer = act(&app, &cookies, &[("sec-fetch-site", site), ("sec-fetch-mode", mode)]).await;
        assert_eq!(passes(&answer.is(403)), fine, "{site} {mode}");
    }
    let twice = act(&app, &cookies, &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")]).await;
    assert!(!passes(&twice));
    let foreign = [("sec-fetch-site", "cross-site"), ("origin", "https://app.example")];
    assert!(!passes(&act(&app, &cookies, &foreign).await), "a browser that says cross-site is believed");
}

#[tokio::test]
async fn csrf_02_origin_must_match_host_without_fetch_metadata() {
    let app = App::new().await;
    let cookies = cookies(&app).await;
    for (origin, fine) in [
        ("https://app.example", true),
        ("https://APP.example", true),
        ("null", false),
        ("", false),
        ("https://evil.example", false),
        ("https://app.example.evil.example", false),
        ("https://sub.app.example", false),
        ("https://app.example:8443", false),
        ("https://example", false),
        ("app.example", false),
        ("ftp://app.example", false),
        ("https://app.example/", false),
        ("https://user@app.example", false),
        ("https://evil.example#https://app.example", false),
        ("https://app.example\\@evil.example", false),
    ] {
        assert_eq!(passes(&act(&app, &cookies, &[("origin", origin)]).await), fine, "{origin:?}");
    }
    assert!(!passes(&act(&app, &cookies, &[]).await), "neither header");
    assert!(!passes(&act(&app, &cookies, &[("referer", "https://app.example/x")]).await));
    let forwarded = [("origin", "https://evil.example"), ("x-forwarded-host", "evil.example")];
    assert!(!passes(&act(&app, &cookies, &forwarded).await), "http_16");
}

#[tokio::test]
async fn csrf_02_request_with_two_hosts_is_refused() {
    let app = App::new().await;
    let cookies = cookies(&app).await;
    for hosts in [&["app.example", "app.example"], &["app.example", "evil.example"]] {
        for origin in ["https://evil.example", "https://app.example"] {
            let call =
                Call::new("PUT".parse().unwrap(), "https://evil.example/posts/1").cookie(&cookies).without("host");
            let call = hosts.iter().fold(call, |call, host| call.header("host", host));
            let answer = app.send(call.header("origin", origin)).await;
            assert!(!passes(&answer), "{hosts:?} from {origin}");
        }
    }
}

#[tokio::test]
async fn csrf_02_with_a_base_url_only_that_is_the_origin() {
    let settings = CookieSettings::new().origin("https://www.example").allow_origin("https://admin.www.example");
    let app = App::with(|builder| builder.cookies(settings)).await;
    let cookies = cookies(&app).await;
    for (origin, fine) in [
        ("https://www.example", true),
        ("https://admin.www.example", true),
        ("https://app.example", false),
        ("http://www.example", false),
        ("https://other.www.example", false),
        ("https://www.example:443", true),
    ] {
        assert_eq!(passes(&act(&app, &cookies, &[("origin", origin)]).await), fine, "{origin}");
    }
    let sibling = [("sec-fetch-site", "same-site"), ("origin", "https://admin.www.example")];
    assert!(passes(&act(&app, &cookies, &sibling).await), "a listed sibling");
    let sibling = [("sec-fetch-site", "same-site"), ("origin", "https://other.www.example")];
    assert!(!passes(&act(&app, &cookies, &sibling).await));
}

#[tokio::test]
async fn csrf_03_a_bearer_token_needs_no_origin() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let call = || Call::new("PUT".parse().unwrap(), "/posts/1").bearer(&token);
    assert_eq!(app.send(call()).await.is(403).code(), "forbidden");
    assert_eq!(app.send(call().header("sec-fetch-site", "cross-site")).await.is(403).code(), "forbidden");
    app.logout(&token).await.is(204);
}

#[tokio::test]
async fn csrf_04_nobody_elses_page_signs_a_browser_in_or_out() {
    let app = App::new().await;
    let cookies = cookies(&app).await;
    let login = json!({ "email": "ada@example.org", "password": PASSWORD });
    let sign_up = json!({ "email": "eve@example.org", "password": PASSWORD, "display_name": "Eve" });
    for site in [Some("cross-site"), Some("same-site"), None] {
        let from = |call: Call| match site {
            Some(site) => call.header("sec-fetch-site", site),
            None => call,
        };
        let calls = [
            Call::post("/auth/login?cookies=true").json(&login),
            Call::post("/auth/register?cookies=true").json(&sign_up),
            Call::post("/auth/refresh").cookie(&cookies),
            Call::post("/auth/logout").cookie(&cookies),
            Call::post("/auth/logout-all").cookie(&cookies),
            Call::delete("/auth/sessions/x").cookie(&cookies),
        ];
        for call in calls {
            let answer = app.send(from(call)).await.is(403);
            assert_eq!(answer.code(), "cross_site");
            assert!(answer.set_cookies().is_empty());
        }
    }
    assert_eq!(app.db.count("SELECT count(*) FROM users").await, 1);
    assert_eq!(app.db.count("SELECT count(*) FROM auth_records WHERE kind = 'User:users.session'").await, 2);
    app.send(Call::get("/me").cookie(&cookies)).await.is(200);
}

#[tokio::test]
async fn csrf_07_what_a_form_can_send_is_refused() {
    let app = App::new().await;
    app.register("ada@example.org").await.is(201);
    let body = json!({ "email": "ada@example.org", "password": PASSWORD }).to_string();
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "application/jsonp",
        "text/plain; application/json",
        "application/json, text/plain",
    ] {
        let call = Call::post("/auth/login").text(content_type, body.clone());
        assert_eq!(app.send(call).await.is(415).code(), "unsupported_media_type", "{content_type}");
    }
    app.send(Call::post("/auth/login").body(body.clone())).await.is(415);
    let twice = Call::post("/auth/login").header("content-type", "text/plain").text("application/json", body);
    app.send(twice).await.is(415);
}

#[tokio::test]
async fn csrf_08_safe_requests_pass_from_anywhere_and_change_nothing() {
    let app = App::new().await;
    let cookies = cookies(&app).await;
    for method in ["GET", "HEAD"] {
        let call = Call::new(method.parse().unwrap(), "/me").cookie(&cookies).header("sec-fetch-site", "cross-site");
        app.send(call).await.is(200);
    }
    for path in ["/auth/logout", "/auth/logout-all", "/auth/refresh"] {
        app.send(Call::get(path).cookie(&cookies)).await.is(405);
    }
    app.send(Call::get("/me").cookie(&cookies)).await.is(200);
}

#[tokio::test]
async fn http_20_upgrade_with_cookies_must_come_from_own_pages() {
    let app = App::new().await;
    let cookies = cookies(&app).await;
    let upgrade = || Call::get("/me").cookie(&cookies).header("connection", "upgrade").header("upgrade", "websocket");
    assert_eq!(app.send(upgrade()).await.is(403).code(), "cross_site");
    assert_eq!(app.send(upgrade().header("origin", "https://evil.example")).await.is(403).code(), "cross_site");
    app.send(upgrade().header("origin", "https://app.example")).await.is(200);
}

#[tokio::test]
async fn a_refusal_for_its_origin_is_on_record() {
    let app = App::new().await;
    let cookies = cookies(&app).await;
    app.events();
    act(&app, &cookies, &[("sec-fetch-site", "cross-site")]).await.is(403);
    let refused = EventKind::Refused { user: None, reason: Refusal::CrossSite };
    assert_eq!(app.events(), std::slice::from_ref(&refused));
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    let calls = [
        Call::post("/auth/login?cookies=true").json(&body),
        Call::post("/auth/refresh").cookie(&cookies),
        Call::post("/auth/logout").cookie(&cookies),
    ];
    for call in calls {
        app.send(call.header("sec-fetch-site", "cross-site")).await.is(403);
        assert_eq!(app.events(), std::slice::from_ref(&refused));
    }
}

#[tokio::test]
async fn csrf_01_logout_without_cookies_may_come_from_anywhere() {
    let elsewhere =
        |call: Call| call.header("origin", "https://elsewhere.example").header("sec-fetch-site", "cross-site");
    let app = App::new().await;
    app.register("ada@example.org").await.is(201);
    for cookies in ["theme=dark", "__Host-other-access=x"] {
        let (access, _) = app.tokens("ada@example.org").await;
        app.send(elsewhere(Call::post("/auth/logout").bearer(&access).cookie(cookies))).await.is(204);
        app.get("/me", &access).await.is(401);
    }
    // Where no cookie is read, ours is like any other.
    let app = App::with(|builder| builder.cookies(CookieSettings::new().never())).await;
    let access = app.register("ada@example.org").await.is(201).access_token();
    let cookie = format!("__Host-user-access={access}");
    app.send(elsewhere(Call::post("/auth/logout").bearer(&access).cookie(&cookie))).await.is(204);
    app.get("/me", &access).await.is(401);
}
