//! `#[protected]` and `#[public]` over HTTP: who passes, and that nothing is read before the decision.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth_tests::app::{PASSWORD, routes};
use auth_tests::{App, Call, Role};
use axum::body::{Body, Bytes};
use http_body_util::{BodyExt as _, Full};
use serde_json::json;

/// A JSON body, and a count of reads from it.
fn watched() -> (Body, Arc<AtomicUsize>) {
    let reads = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&reads);
    let body = Full::new(Bytes::from_static(b"{}")).map_frame(move |frame| {
        counter.fetch_add(1, Ordering::SeqCst);
        frame
    });
    (Body::new(body), reads)
}

async fn signed_in(app: &App, email: &str, role: Role) -> String {
    let id = app.user(email).await;
    app.auth.accounts().set_role(&id, role).await.unwrap();
    app.tokens(email).await.0
}

/// Sends a watched body; returns the status and whether the body was read.
async fn send_watched(app: &App, call: Call) -> (u16, bool) {
    let (body, reads) = watched();
    let answer = app.send(call.text("application/json", body)).await;
    (answer.status.as_u16(), reads.load(Ordering::SeqCst) > 0)
}

#[tokio::test]
async fn mac_02_refused_requests_never_have_their_body_read() {
    let app = App::new().await;
    let put = || Call::new("PUT".parse().unwrap(), "/posts/1");
    let member = signed_in(&app, "member@example.org", Role::Member).await;
    let suspended = signed_in(&app, "suspended@example.org", Role::Suspended).await;
    let gone = signed_in(&app, "gone@example.org", Role::Editor).await;
    app.logout(&gone).await.is(204);
    let editor = signed_in(&app, "editor@example.org", Role::Editor).await;

    let cookie = format!("__Host-user-access={editor}");
    for (call, status) in [
        (put(), 401),
        (put().bearer("x"), 401),
        (put().bearer(&gone), 401),
        (put().bearer(&member), 403),
        (put().bearer(&suspended), 403),
        (put().bearer(&editor).bearer(&editor), 400),
        (put().cookie(&cookie), 403),
        (Call::post("/auth/password/change"), 401),
        (Call::post("/auth/password/change").bearer("x"), 401),
        (Call::post("/auth/logout-all"), 401),
        (Call::post("/auth/login?cookies=true"), 403),
        (Call::post("/auth/register?cookies=maybe"), 400),
        (Call::post("/auth/login").header("content-length", "70000"), 413),
        (Call::post("/auth/login").header("content-type", "text/plain"), 415),
        (Call::post("/health"), 405),
    ] {
        assert_eq!(send_watched(&app, call).await, (status, false));
    }
    assert_eq!(send_watched(&app, put().bearer(&editor)).await, (200, true), "the watch works");
    assert_eq!(send_watched(&app, Call::post("/auth/login")).await, (422, true));
}

#[tokio::test]
async fn mac_03_the_guard_decides_before_any_other_extractor() {
    let app = App::new().await;
    let member = signed_in(&app, "member@example.org", Role::Member).await;
    let admin = signed_in(&app, "admin@example.org", Role::Admin).await;
    let odd = |token: Option<&str>| {
        let call = Call::delete("/posts/not-a-number");
        token.map_or_else(|| Call::delete("/posts/not-a-number"), |token| call.bearer(token))
    };
    app.send(odd(None)).await.is(401);
    app.send(odd(Some(&member))).await.is(403);
    app.send(odd(Some(&admin))).await.is(400);
}

#[tokio::test]
async fn a_role_holds_what_it_includes_and_no_more() {
    let app = App::new().await;
    let put = |token: &str| Call::new("PUT".parse().unwrap(), "/posts/7").bearer(token).body("text");
    for (email, role, edits, admin) in [
        ("m@x.org", Role::Member, 403, 403),
        ("e@x.org", Role::Editor, 200, 403),
        ("a@x.org", Role::Admin, 200, 200),
        ("s@x.org", Role::Suspended, 403, 403),
    ] {
        let token = signed_in(&app, email, role).await;
        let answer = app.send(put(&token)).await.is(edits);
        assert!(edits != 200 || answer.text() == "7: text");
        for path in ["/stats", "/admin/row", "/admin/live"] {
            let answer = app.get(path, &token).await.is(admin);
            assert!(admin == 200 || answer.code() == "forbidden");
        }
        app.get("/me", &token).await.is(200);
    }
}

#[tokio::test]
async fn demoted_admin_is_refused_where_row_is_read() {
    let app = App::new().await;
    let token = signed_in(&app, "admin@example.org", Role::Admin).await;
    app.db.run("UPDATE users SET role = 'member'").await;
    app.get("/stats", &token).await.is(200);
    for path in ["/admin/row", "/admin/live"] {
        assert_eq!(app.get(path, &token).await.is(403).code(), "forbidden", "{path}");
    }
    app.get("/me", &token).await.is(200);
    app.db.run("UPDATE users SET role = 'editor'").await;
    app.get("/admin/row", &token).await.is(403);
    app.db.run("UPDATE users SET role = 'admin'").await;
    app.get("/admin/row", &token).await.is(200);
}

#[tokio::test]
async fn user_disabled_directly_is_refused_where_row_is_read() {
    for change in ["UPDATE users SET is_active = FALSE", "DELETE FROM users"] {
        let app = App::new().await;
        let token = signed_in(&app, "admin@example.org", Role::Admin).await;
        app.db.run(change).await;
        for path in ["/me", "/admin/row", "/admin/live", "/greet", "/auth/me"] {
            assert_eq!(app.get(path, &token).await.is(401).code(), "invalid_token", "{change} {path}");
        }
        app.get("/claims", &token).await.is(200);
        app.after(15 * 60 + 5);
        app.get("/claims", &token).await.is(401);
    }
}

#[tokio::test]
async fn http_09_optional_user_with_a_bad_token_is_401() {
    let app = App::new().await;
    let token = signed_in(&app, "ada@example.org", Role::Member).await;
    let greeted = app.send(Call::get("/greet")).await.is(200);
    assert_eq!(greeted.text(), "hello stranger");
    assert_eq!(app.get("/greet", &token).await.is(200).text(), "hello Ada");
    let cookie = format!("__Host-user-access={token}");
    assert_eq!(app.send(Call::get("/greet").cookie(&cookie)).await.is(200).text(), "hello Ada");
    assert_eq!(
        app.send(Call::get("/greet").header("authorization", "Basic eDp5")).await.is(200).text(),
        "hello stranger"
    );
    for bad in ["x", "a.b.c", &token[1..]] {
        assert_eq!(app.get("/greet", bad).await.is(401).code(), "invalid_token");
    }
    app.send(Call::get("/greet").cookie("__Host-user-access=x")).await.is(401);
    app.send(Call::get("/greet").header("authorization", "Bearer")).await.is(401);
    app.logout(&token).await.is(204);
    app.get("/greet", &token).await.is(401);
    app.send(Call::get("/health").bearer("x")).await.is(200);
}

#[tokio::test]
async fn mac_12_every_route_of_the_table_refuses_whom_it_must() {
    let app = App::new().await;
    let expired = signed_in(&app, "expired@example.org", Role::Admin).await;
    app.after(15 * 60 + 5);
    let revoked = signed_in(&app, "revoked@example.org", Role::Admin).await;
    app.logout(&revoked).await.is(204);
    let kind = app.login("expired@example.org", PASSWORD).await.is(200).refresh_token();
    let member = signed_in(&app, "member@example.org", Role::Member).await;

    let table = routes(&app.auth).table();
    let guarded: Vec<_> = table.routes().iter().filter(|route| !route.public).collect();
    assert_eq!(guarded.len(), 13, "{table}");
    for route in guarded {
        let path = route.path.replace("{id}", "1");
        let call = || Call::new(route.method.parse().unwrap(), &path);
        let at = format!("{} {path}", route.method);
        assert_eq!(app.send(call()).await.is(401).code(), "not_signed_in", "{at}");
        for token in [&expired, &revoked, &kind] {
            assert_eq!(app.send(call().bearer(token)).await.is(401).code(), "invalid_token", "{at}");
        }
        if route.who.contains("Role::") {
            assert_eq!(app.send(call().bearer(&member)).await.is(403).code(), "forbidden", "{at}");
        }
    }
}

#[tokio::test]
async fn mac_04_no_other_spelling_of_a_path_reaches_a_handler() {
    let app = App::new().await;
    let member = signed_in(&app, "member@example.org", Role::Member).await;
    for path in [
        "//stats",
        "/./stats",
        "/x/../stats",
        "/stats/",
        "/STATS",
        "/stats;x=1",
        "/%73tats",
        "/stats%2f",
        "/stats%00",
        "/stats?x",
        "/health/../stats",
    ] {
        let status = app.get(path, &member).await.status.as_u16();
        assert!(matches!(status, 403 | 404), "{path}: {status}");
        let head = Call::new("HEAD".parse().unwrap(), path).bearer(&member);
        assert!(matches!(app.send(head).await.status.as_u16(), 403 | 404), "{path}");
    }
    app.send(Call::new("HEAD".parse().unwrap(), "/stats")).await.is(401);
    let overridden = Call::get("/health").header("x-original-url", "/stats").header("x-http-method-override", "DELETE");
    assert_eq!(app.send(overridden).await.is(200).text(), "ok");
}

#[tokio::test]
async fn handlers_are_functions_that_a_unit_test_can_call() {
    #[auth::protected(Role::Admin)]
    async fn double(axum::Json(n): axum::Json<u32>) -> axum::Json<u32> {
        axum::Json(n * 2)
    }
    assert_eq!(double(auth::Guard::for_test(), axum::Json(21)).await.0, 42);
    // As a handler it stays protected.
    let app = App::new().await;
    let router = auth::routing::Routes::new().route("/double", auth::routing::post(double));
    let router = router.into_router().with_state(app.auth.clone());
    Call::post("/double").json(&json!(21)).send(&router).await.is(401);
}
