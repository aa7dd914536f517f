//! Renewal by navigation: many tabs at once, failing stores, and a logout at the worst moment.

use auth::store::StoreError;
use auth_tests::browser::{ACCESS, Browser, REFRESH, open};
use auth_tests::memory_app::{Fault, MemoryApp};
use auth_tests::time::still;
use auth_tests::{App, together};
use axum::http::StatusCode;

const ADA: &str = "ada@example.org";

async fn away(world: &MemoryApp) -> Browser {
    let browser = Browser::away(&world.router, &world.clock, ADA).await;
    drop(world.faults.take_calls());
    browser
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ref_05_64_tabs_at_once_stay_signed_in() {
    let app = App::new().await;
    let mut browser = Browser::away(&app.router, &app.clock, ADA).await;
    app.events();
    let calls = (0..64).map(|tab| open(["/me", "/greet", "/claims"][tab % 3]).cookie(&browser.cookies()));
    let answers = together(&app.router, calls).await;
    let rotated = app
        .events()
        .into_iter()
        .filter(|event| matches!(event, auth::event::EventKind::Refreshed { rotated: true, .. }));
    assert_eq!(rotated.count(), 1);
    let mut tokens = std::collections::BTreeSet::new();
    for answer in answers {
        browser.receive(&answer.is(307));
        tokens.insert(browser.cookie(REFRESH).unwrap().to_owned());
        browser.send(open("/me")).await.is(200);
    }
    assert_eq!(tokens.len(), 1, "whichever answer comes last, the browser has the same refresh token");
    app.after(16 * 60);
    browser.drop_cookie(ACCESS);
    assert_eq!(browser.visit(|| open("/greet")).await.0.is(200).text(), "hello Ada");
}

#[tokio::test]
async fn http_19_failed_renewal_is_503_and_never_a_stranger() {
    for (path, page) in [("/me", "hello Ada"), ("/greet", "hello Ada"), ("/health", "ok"), ("/auth/me", "Ada")] {
        for fault in [Fault::Before, Fault::After] {
            let mut failures = 0;
            loop {
                let world = MemoryApp::new().await;
                let mut browser = away(&world).await;
                fault.at(failures, &world.faults);
                let (answer, redirects) = browser.visit(|| open(path)).await;
                let failed = world.mend();
                if answer.status == StatusCode::OK {
                    assert!(answer.text().contains(page), "{path}, {fault:?} at call {failures}: {}", answer.text());
                } else {
                    assert!(failed, "{path}: {}", answer.text());
                    let code = answer.clone().is(503).code();
                    assert_eq!((&*code, answer.header("cache-control")), ("unavailable", Some("no-store")), "{path}");
                    assert!(answer.set_cookies().is_empty(), "{path}");
                }
                let (answer, _) = browser.visit(|| open("/greet")).await;
                assert_eq!(answer.is(200).text(), "hello Ada", "{path}, {fault:?} at call {failures}: signed out");
                if !failed {
                    assert_eq!(redirects, 1);
                    break;
                }
                failures += 1;
                assert!(failures < 20, "this never ends");
            }
            assert!(failures > 2, "{path}: the store was not asked at all");
        }
    }
}

#[tokio::test]
async fn http_19_unreadable_row_at_renewal_is_500_for_all() {
    let world = MemoryApp::new().await;
    let browser = away(&world).await;
    for path in ["/me", "/greet"] {
        world.faults.next("users.find").fail_with(|| StoreError::corrupt("a role of the next release"));
        let answer = browser.clone().send(open(path)).await.is(500);
        assert_eq!((&*answer.code(), answer.header("cache-control")), ("internal", Some("no-store")), "{path}");
        assert!(answer.set_cookies().is_empty(), "{path}");
        assert!(world.mend(), "{path}");
    }
    assert_eq!(browser.clone().visit(|| open("/greet")).await.0.is(200).text(), "hello Ada");
}

#[tokio::test(start_paused = true)]
async fn db_12_hanging_store_delays_a_page_once() {
    let world = MemoryApp::new().await;
    let browser = still(away(&world)).await;
    for (path, status) in [("/me", 503), ("/greet", 503), ("/health", 200)] {
        world.faults.nth("*", 0).and_later().before(std::future::pending());
        let begun = tokio::time::Instant::now();
        browser.clone().send(open(path)).await.is(status);
        assert!(begun.elapsed() < std::time::Duration::from_secs(2), "{path} took {:?}", begun.elapsed());
        world.mend();
    }
}

#[tokio::test]
async fn rev_15_whatever_a_logout_races_no_renewed_cookie_survives() {
    for call in 0..5 {
        let world = MemoryApp::new().await;
        let mut browser = away(&world).await;
        let (auth, token) = (world.auth.clone(), browser.cookie(REFRESH).unwrap().to_owned());
        let logout = async move { auth.logout(&token, &auth::ClientInfo::default()).await.unwrap() };
        world.faults.nth("*", call).after(logout);
        let raced = browser.send(open("/greet")).await;
        let reached = world.mend();
        if !reached {
            assert!(call > 1, "the store was not asked at all");
            break;
        }
        assert_eq!(raced.status.as_u16(), 307, "after call {call}: {}", raced.text());
        if let Some(token) = browser.cookie(ACCESS) {
            world.get("/claims", token).await.is(401);
        }
        assert_eq!(browser.visit(|| open("/greet")).await.0.is(200).text(), "hello stranger", "after call {call}");
    }
}
