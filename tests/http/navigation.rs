//! Renewal by navigation: which requests are renewed, and what their answers are.

use auth::event::{EventKind, RefreshRefusal};
use auth::{CookieSettings, Limits, Rate};
use auth_tests::browser::{ACCESS, Browser, REFRESH, navigation, open};
use auth_tests::{Answer, App, Call};
use axum::http::Method;

const ADA: &str = "ada@example.org";

async fn away(app: &App) -> Browser {
    let browser = Browser::away(&app.router, &app.clock, ADA).await;
    app.events();
    browser
}

fn refreshes(app: &App) -> usize {
    app.events().iter().filter(|event| matches!(event, EventKind::Refreshed { .. })).count()
}

#[tokio::test]
async fn opened_page_is_asked_for_again_with_new_cookies() {
    let app = App::new().await;
    for (path, text) in [("/me", "hello Ada"), ("/claims", "1 is Member"), ("/greet", "hello Ada"), ("/auth/me", "Ada")]
    {
        let mut browser = away(&app).await;
        let spent = browser.cookie(REFRESH).unwrap().to_owned();
        let again = browser.send(open(path)).await.is(307);
        assert_eq!((again.header("location"), again.text()), (Some("?"), ""));
        assert_eq!(again.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(again.header("vary"), Some("Authorization, Cookie"), "{path}");
        let set = again.set_cookies();
        assert!(set[0].starts_with(ACCESS) && set[0].contains("SameSite=Lax"), "{set:?}");
        assert!(set[1].starts_with(REFRESH) && set[1].contains("SameSite=Strict"), "{set:?}");
        assert_ne!(browser.cookie(REFRESH), Some(&*spent));
        let page = browser.send(open(path)).await.is(200);
        assert!(page.text().contains(text) && page.set_cookies().is_empty(), "{path}: {}", page.text());
        assert_eq!(refreshes(&app), 1, "{path}");
    }
}

#[tokio::test]
async fn access_cookie_that_ended_early_is_renewed_as_well() {
    let app = App::new().await;
    let mut browser = Browser::signed_in(&app.router, ADA).await;
    app.after(15 * 60 + 10);
    assert_eq!(
        browser.visit(|| open("/greet")).await.0.is(200).text(),
        "hello Ada",
        "the clock of the browser is late"
    );
    browser.keep(ACCESS, "signed.by.nobody");
    assert_eq!(browser.visit(|| open("/me")).await.0.is(200).text(), "hello Ada");
    // Its tokens were refused, its session was not.
    app.after(20);
    let old = browser.cookie(ACCESS).unwrap().to_owned();
    app.auth.accounts().set_role(&1, auth_tests::Role::Admin).await.unwrap();
    app.get("/claims", &old).await.is(401);
    assert_eq!(browser.visit(|| open("/stats")).await.0.is(200).text(), "admin 1");
}

#[tokio::test]
async fn page_that_needs_no_renewal_gets_none() {
    let app = App::new().await;
    let mut browser = Browser::signed_in(&app.router, ADA).await;
    app.events();
    for path in ["/me", "/greet", "/health"] {
        assert_eq!(browser.visit(|| open(path)).await.1, 0, "{path}");
    }
    assert_eq!(refreshes(&app), 0);
    let mut stranger = Browser::new(&app.router);
    assert_eq!(stranger.visit(|| open("/greet")).await.0.is(200).text(), "hello stranger");
    assert_eq!(stranger.send(open("/me")).await.is(401).code(), "not_signed_in");
}

#[tokio::test]
async fn only_opening_a_page_in_a_tab_renews() {
    let app = App::new().await;
    let mut browser = away(&app).await;
    let as_said = |mode: &str, dest: &str| {
        let says = |call: Call, name, value: &str| if value.is_empty() { call } else { call.header(name, value) };
        says(says(Call::get("/me").same_origin(), "sec-fetch-mode", mode), "sec-fetch-dest", dest)
    };
    let mut calls = vec![
        navigation(Method::HEAD, "/me", "same-origin"),
        open("/me").header("sec-fetch-mode", "navigate"),
        open("/me").header("sec-fetch-dest", "document"),
        open("/me").bearer("x"),
        Call::get("/me"),
    ];
    for mode in ["cors", "no-cors", "same-origin", "websocket", "", "Navigate", "navigate, navigate"] {
        calls.push(as_said(mode, "document"));
    }
    for dest in ["iframe", "frame", "embed", "object", "empty", "image", "fencedframe", ""] {
        calls.push(as_said("navigate", dest));
    }
    for method in [Method::PUT, Method::PATCH] {
        calls.push(navigation(method, "/posts/1", "same-origin"));
    }
    for call in calls {
        let refused = browser.send(call).await;
        assert_ne!(refused.status, 307);
        assert!(refused.set_cookies().is_empty());
    }
    assert_eq!(refreshes(&app), 0);
    let proxied = || open("/me").header("authorization", "Basic YTpi");
    assert_eq!(browser.visit(proxied).await, (browser.send(proxied()).await, 1), "for a proxy on the way");
}

#[tokio::test]
async fn prefetched_page_renews_nothing_and_is_not_stored() {
    let app = App::new().await;
    for (name, value) in [
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
        ("x-moz", "prefetch"),
    ] {
        let mut browser = away(&app).await;
        for path in ["/me", "/greet"] {
            let answer = browser.send(open(path).header(name, value)).await.is(503);
            assert_eq!((&*answer.code(), answer.header("cache-control")), ("busy", Some("no-store")), "{path}");
            assert!(answer.set_cookies().is_empty());
        }
        browser.send(open("/health").header(name, value)).await.is(200);
        assert_eq!(app.events(), [], "nothing was refused, either");
        assert_eq!(browser.visit(|| open("/greet")).await.0.is(200).text(), "hello Ada");
        assert_eq!(browser.send(open("/me").header(name, value)).await.is(200).text(), "hello Ada");
    }
    let stranger = Call::get("/greet").header("sec-purpose", "prefetch");
    assert_eq!(app.send(stranger).await.is(200).text(), "hello stranger");
}

#[tokio::test]
async fn csrf_09_the_redirect_leads_to_the_same_host() {
    let app = App::new().await;
    for (path, location) in [
        ("/greet", "?"),
        ("/greet?", "?"),
        ("/greet?a=1&b=%2f%2Fevil.example", "?a=1&b=%2f%2Fevil.example"),
        ("/greet?//evil.example", "?//evil.example"),
        ("/greet?next=https://evil.example/", "?next=https://evil.example/"),
        ("/greet?@evil.example:80/%0d%0a", "?@evil.example:80/%0d%0a"),
    ] {
        let misled = ["host", "forwarded", "x-forwarded-host", "referer", "origin"];
        let call = || misled.iter().fold(open(path).without("host"), |call, name| call.header(name, "evil.example"));
        let again = away(&app).await.send(call()).await.is(307);
        assert_eq!(again.header("location"), Some(location), "{path}");
    }
}

#[tokio::test]
async fn page_linked_from_another_site_is_renewed() {
    let app = App::new().await;
    for site in ["cross-site", "same-site", "none"] {
        let mut browser = away(&app).await;
        let page = browser.visit(|| navigation(Method::GET, "/me", site)).await;
        assert_eq!((page.0.is(200).text(), page.1), ("hello Ada", 1), "{site}");
    }
}

/// A browser keeps a `SameSite=Strict` cookie to itself if the link was on a page of another site.
#[tokio::test]
async fn page_linked_elsewhere_is_opened_again_from_here() {
    let app = App::new().await;
    let linked = || navigation(Method::GET, "/me?a=1", "cross-site");
    let here = app.send(linked()).await.is(401);
    assert!(here.text().contains("http-equiv=\"refresh\"") && here.text().contains("href=\"\""), "{}", here.text());
    assert_eq!(here.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(here.header("cache-control"), Some("no-store"));
    assert!(here.header("content-security-policy").is_some());
    assert_eq!(app.events(), [], "nobody was refused yet");
    assert_eq!(here.header("www-authenticate"), app.send(open("/me")).await.header("www-authenticate"));
    let (page, redirects) = away(&app).await.visit(|| open("/me?a=1")).await;
    assert_eq!((page.is(200).text(), redirects), ("hello Ada", 1));

    let is_refusal = |answer: Answer| assert_eq!(answer.is(401).code(), "not_signed_in");
    is_refusal(app.send(open("/me")).await);
    is_refusal(app.send(navigation(Method::GET, "/me", "same-site")).await);
    is_refusal(app.send(navigation(Method::GET, "/me", "none")).await);
    is_refusal(app.send(linked().header("sec-purpose", "prefetch")).await);
    is_refusal(app.send(navigation(Method::POST, "/auth/logout-all", "cross-site")).await);
    assert_eq!(app.send(navigation(Method::GET, "/greet", "cross-site")).await.is(200).text(), "hello stranger");
}

#[tokio::test]
async fn refused_refresh_token_is_removed_with_one_request() {
    let app = App::new().await;
    let mut ended = away(&app).await;
    app.auth.accounts().end_sessions(&1).await.unwrap();
    let mut spent = away(&app).await;
    let mut thief = spent.clone();
    spent.visit(|| open("/me")).await.0.is(200);
    app.after(11);
    let mut unknown = Browser::new(&app.router);
    unknown.keep(REFRESH, "of nobody");
    for (browser, refusal) in [(&mut ended, "revoked"), (&mut thief, "reused"), (&mut unknown, "malformed")] {
        app.events();
        let again = browser.send(open("/greet")).await.is(307);
        assert_eq!(again.set_cookies().len(), 2, "{refusal}");
        assert_eq!(browser.cookies(), "", "{refusal}");
        let events = app.events();
        assert!(
            matches!(
                (refusal, &events[..]),
                (
                    "revoked",
                    [EventKind::RefreshRefused { reason: RefreshRefusal::Unknown | RefreshRefusal::Revoked, .. }]
                ) | ("malformed", [EventKind::RefreshRefused { reason: RefreshRefusal::Malformed, .. }])
                    | ("reused", [.., EventKind::RefreshReused { .. }])
            ),
            "{refusal}: {events:?}"
        );
        assert_eq!(browser.visit(|| open("/greet")).await, (app.send(Call::get("/greet")).await, 0));
        assert_eq!(browser.send(open("/me")).await.is(401).code(), "not_signed_in");
        assert_eq!(refreshes(&app), 0);
    }
    // A thief was found out, so the owner has to sign in again, too.
    spent.drop_cookie(ACCESS);
    let (page, redirects) = spent.visit(|| open("/greet")).await;
    assert_eq!((page.is(200).text(), redirects), ("hello stranger", 1));
}

#[tokio::test]
async fn too_many_renewals_are_429_and_never_a_stranger() {
    let limits = |builder: auth::AuthBuilder<_>| {
        builder.limits(Limits::default().in_memory().refreshes_per_session(Rate::per_minute(1)))
    };
    let app = App::with(limits).await;
    let browser = away(&app).await;
    browser.clone().send(open("/me")).await.is(307);
    for path in ["/me", "/greet"] {
        let limited = browser.clone().send(open(path)).await.is(429);
        assert!(limited.header("retry-after").is_some() && limited.set_cookies().is_empty());
    }
    browser.clone().send(open("/health")).await.is(200);
}

#[tokio::test]
async fn renewal_can_be_switched_off() {
    let never = CookieSettings::new().never();
    for settings in [CookieSettings::new().renew_on_navigation(false), never] {
        let on = App::new().await;
        let browser = away(&on).await;
        let off = on.beside(|builder| builder.cookies(settings)).await;
        let mut browser = browser.at(&off.router);
        assert_eq!(browser.send(open("/me")).await.is(401).code(), "not_signed_in");
        assert_eq!(browser.send(open("/greet")).await.is(200).text(), "hello stranger");
        assert_eq!(off.send(navigation(Method::GET, "/me", "cross-site")).await.is(401).code(), "not_signed_in");
        assert_eq!(refreshes(&off), 0);
        browser.at(&on.router).visit(|| open("/me")).await.0.is(200);
    }
}

#[tokio::test]
async fn cook_06_two_cookies_of_one_name_are_not_renewed() {
    let app = App::new().await;
    let browser = away(&app).await;
    let refresh = browser.cookies();
    app.send(open("/me").cookie(&format!("{refresh}; {refresh}"))).await.is(401);
    app.send(open("/me").cookie(&format!("{ACCESS}=a; {ACCESS}=b; {refresh}"))).await.is(400);
    assert_eq!(refreshes(&app), 0);
}
