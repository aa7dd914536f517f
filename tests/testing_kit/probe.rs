//! The probe: what it leaves alone, and who cannot send one.

use std::sync::atomic::{AtomicUsize, Ordering};

use auth::routing::delete;
use auth::testing::{TestApp, assert_protection};
use auth::{protected, public};
use auth_tests::app::routes;
use auth_tests::{App, Call, Role};
use axum::http::Request;

static ENTERED: AtomicUsize = AtomicUsize::new(0);

#[protected(Role::Admin)]
async fn drop_everything() {
    ENTERED.fetch_add(1, Ordering::SeqCst);
}

#[public]
async fn count() {
    ENTERED.fetch_add(1, Ordering::SeqCst);
}

/// The name of ours, and not its type.
#[derive(Clone)]
struct Probe;

/// What stands in the tables, but for the users that the kit made, and the sign-in of one of them that waits.
async fn rows(app: &App) -> [i64; 2] {
    [
        app.db.count("SELECT count(*) FROM users WHERE email = 'ada@example.org'").await,
        app.db.count("SELECT count(*) FROM auth_records WHERE kind NOT LIKE '%.mail_token'").await,
    ]
}

#[tokio::test]
async fn mac_12_probes_enter_no_handler_or_builtin_route() {
    let app = App::new().await;
    app.user("ada@example.org").await;
    let all = || routes(&app.auth).route("/everything", delete(drop_everything).post(count));
    let test = TestApp::new(&app.auth, all().into_router().with_state(app.auth.clone()));
    let before = rows(&app).await;
    assert_protection(&all().table(), &test).await;
    assert_eq!(ENTERED.load(Ordering::SeqCst), 0);
    assert_eq!(rows(&app).await, before, "no session began or ended");
    test.as_role(Role::Admin).await.delete("/everything").await.expect_status(200);
    test.anonymous().post("/everything").await.expect_status(200);
    assert_eq!(ENTERED.load(Ordering::SeqCst), 2, "and without a probe they are");
}

#[tokio::test]
async fn a_probe_cannot_be_sent() {
    let app = App::new().await;
    let test = TestApp::new(&app.auth, app.router.clone());
    let admin = test.as_role(Role::Admin).await;
    // By name, as a header or as an extension of another type.
    for value in ["passed", "1", "true", ""] {
        let answer = admin.get("/stats").header("x-auth-probe", value).await.expect_status(200);
        assert!(answer.text().starts_with("admin") && answer.header("x-auth-probe").is_none());
        let call = Call::get("/stats").header("x-auth-probe", value);
        assert!(app.send(call).await.is(401).header("x-auth-probe").is_none());
    }
    let request = Request::get("/stats").extension(Probe).body("").unwrap();
    assert!(admin.execute(request).await.expect_status(200).header("x-auth-probe").is_none());
}
