//! Step-up (RFC 9470): a rule that requires a recent or stronger login says so, and `POST /reauthenticate` provides it.

use auth::event::{EventKind, LoginFailure, Refusal};
use auth::routing::{Routes, get, post};
use auth::{Auth, AuthError, Credentials, Fresh, Has, check, protected};
use auth_tests::app::PASSWORD;
use auth_tests::{Answer, App, Call, Role, User, payload, together};
use axum::Router;
use axum::extract::Path;
use serde_json::json;

const MINUTES: u64 = 60;

#[protected(Fresh::minutes(5))]
async fn pay() -> &'static str {
    "paid"
}

#[protected(Fresh::minutes(5))]
async fn pay_from_row(user: User) -> String {
    user.email
}

#[protected(Role::Admin && Fresh::minutes(5))]
async fn admin_pay() -> &'static str {
    "paid"
}

#[protected(Role::Admin || Fresh::hours(1))]
async fn admin_or_hour() -> &'static str {
    "in"
}

#[protected(Has::Mfa && Fresh::minutes(1))]
async fn strong() -> &'static str {
    "strong"
}

#[protected(Has::Mfa || Fresh::minutes(5))]
async fn strong_or_fresh() -> &'static str {
    "in"
}

#[check]
async fn never_to_be_asked(Path(_): Path<i64>) -> Result<bool, AuthError> {
    Err(AuthError::unavailable("whoever is refused causes no query"))
}

#[protected(never_to_be_asked && Fresh::minutes(5), hidden)]
async fn owned() -> &'static str {
    "owned"
}

struct Stage {
    app: App,
    router: Router,
}

async fn stage() -> Stage {
    let app = App::new().await;
    let routes: Routes<Auth<User>> = Routes::new()
        .route("/pay", post(pay).get(pay_from_row))
        .route("/admin-pay", get(admin_pay))
        .route("/admin-or-hour", get(admin_or_hour))
        .route("/strong", get(strong))
        .route("/strong-or-fresh", get(strong_or_fresh))
        .route("/owned/{id}", get(owned));
    let router = routes.into_router().with_state(app.auth.clone());
    Stage { app, router }
}

impl Stage {
    async fn get(&self, path: &str, token: &str) -> Answer {
        Call::get(path).bearer(token).send(&self.router).await
    }

    async fn reauthenticate(&self, token: &str, password: &str) -> Answer {
        self.app.send(Call::post("/auth/reauthenticate").bearer(token).json(&json!({ "password": password }))).await
    }
}

#[tokio::test]
async fn step_01_old_login_must_step_up_and_fresh_one_passes() {
    let stage = stage().await;
    let login = stage.app.register("ada@example.com").await.is(201);
    stage.get("/pay", &login.access_token()).await.is(200);
    stage.app.after(5 * MINUTES);
    stage.app.events();
    let refused = stage.get("/pay", &login.access_token()).await.is(401);
    assert_eq!(refused.field("code"), "step_up_required");
    assert_eq!(refused.json()["max_age"], 300);
    assert_eq!(
        refused.headers["www-authenticate"],
        "Bearer realm=\"User\", error=\"insufficient_user_authentication\", max_age=\"300\""
    );
    let id = stage.app.id("ada@example.com").await.to_string();
    assert_eq!(stage.app.events(), [EventKind::Refused { user: Some(id.clone()), reason: Refusal::StepUp }]);

    // A refresh does not prove who is there.
    let refreshed = stage.app.refresh(&login.refresh_token()).await.is(200);
    stage.get("/pay", &refreshed.access_token()).await.is(401);

    stage.app.events();
    let fresh = stage.reauthenticate(&login.access_token(), PASSWORD).await.is(200);
    assert!(fresh.json().get("refresh_token").is_none(), "the refresh token stays as it is");
    assert_eq!(fresh.json()["expires_in"], 900);
    assert_eq!(fresh.headers["cache-control"], "no-store");
    stage.get("/pay", &fresh.access_token()).await.is(200);
    let told = stage.app.events();
    let session = payload(&fresh.access_token())["sid"].as_str().unwrap().parse().unwrap();
    assert_eq!(told, [EventKind::Reauthenticated { user: id, session }]);

    // The session is fresh, not only the token, so refreshed tokens are fresh as well, until the login is old again.
    let refreshed = stage.app.refresh(&refreshed.refresh_token()).await.is(200);
    stage.get("/pay", &refreshed.access_token()).await.is(200);
    stage.app.after(5 * MINUTES);
    stage.get("/pay", &refreshed.access_token()).await.is(401);
}

#[tokio::test]
async fn step_up_is_not_offered_where_it_cannot_help() {
    let stage = stage().await;
    let member = stage.app.register("ada@example.com").await.is(201).access_token();
    stage.app.after(6 * MINUTES);
    assert_eq!(stage.get("/admin-pay", &member).await.is(403).field("code"), "forbidden");
    stage.app.after(5 * MINUTES);
    stage.get("/admin-or-hour", &member).await.is(200);
}

#[tokio::test]
async fn second_factor_is_named_and_minimal_step_up_offered() {
    let stage = stage().await;
    let token = stage.app.register("ada@example.com").await.is(201).access_token();
    stage.app.after(2 * MINUTES);
    let refused = stage.get("/strong", &token).await.is(401);
    assert_eq!(
        refused.headers["www-authenticate"],
        "Bearer realm=\"User\", error=\"insufficient_user_authentication\", max_age=\"60\", acr_values=\"mfa\""
    );
    assert_eq!(refused.json()["acr_values"], "mfa");
    stage.app.after(4 * MINUTES);
    let refused = stage.get("/strong-or-fresh", &token).await.is(401);
    assert_eq!(
        refused.headers["www-authenticate"],
        "Bearer realm=\"User\", error=\"insufficient_user_authentication\", max_age=\"300\"",
        "a password again is less to ask for than a factor more"
    );
}

#[tokio::test]
async fn step_up_precedes_checks_and_reveals_no_hidden_route() {
    let stage = stage().await;
    let token = stage.app.register("ada@example.com").await.is(201).access_token();
    stage.app.after(6 * MINUTES);
    let one = stage.get("/owned/1", &token).await.is(401);
    let other = stage.get("/owned/2", &token).await.is(401);
    assert_eq!(one.body, other.body);
}

#[tokio::test]
async fn wrong_password_at_reauthentication_is_a_field_error() {
    let stage = stage().await;
    let token = stage.app.register("ada@example.com").await.is(201).access_token();
    stage.app.after(6 * MINUTES);
    stage.app.events();
    let refused = stage.reauthenticate(&token, "wrong horse battery staple").await.is(422);
    assert_eq!(refused.json()["errors"][0]["field"], "password");
    assert_eq!(refused.json()["errors"][0]["code"], "wrong");
    let user = Some(stage.app.id("ada@example.com").await.to_string());
    assert_eq!(stage.app.events(), [EventKind::LoginFailed { user, reason: LoginFailure::WrongPassword }]);
    stage.get("/pay", &token).await.is(401);
}

#[tokio::test]
async fn reauthentication_needs_an_active_account_and_live_session() {
    let stage = stage().await;
    let app = &stage.app;
    app.send(Call::post("/auth/reauthenticate").json(&json!({ "password": PASSWORD }))).await.is(401);
    let token = app.register("ada@example.com").await.is(201).access_token();
    let id = app.id("ada@example.com").await;
    // Disabled in the table directly: the token does not show it.
    sqlx::query("UPDATE users SET is_active = FALSE").execute(&app.pool).await.unwrap();
    stage.reauthenticate(&token, PASSWORD).await.is(401);
    sqlx::query("UPDATE users SET is_active = TRUE").execute(&app.pool).await.unwrap();
    app.auth.accounts().end_sessions(&id).await.unwrap();
    stage.reauthenticate(&token, PASSWORD).await.is(401);
    // The same through the method, which has no guard in front of it.
    let client = auth::ClientInfo::default();
    let (_, tokens) =
        app.auth.login(Credentials::new("ada@example.com", PASSWORD), &client).await.unwrap().signed_in().unwrap();
    let other = app.user("bob@example.com").await;
    let refused = app.auth.reauthenticate(&other, tokens.session, PASSWORD, &client).await;
    assert!(matches!(refused, Err(AuthError::InvalidToken)), "{refused:?}");
    app.logout(&tokens.access_token).await.is(204);
    let refused = app.auth.reauthenticate(&id, tokens.session, PASSWORD, &client).await;
    assert!(matches!(refused, Err(AuthError::InvalidToken)), "{refused:?}");
}

#[tokio::test]
async fn with_cookies_the_fresh_token_is_a_cookie_again() {
    let stage = stage().await;
    let body = json!({ "email": "ada@example.com", "password": PASSWORD, "display_name": "Ada" });
    let signed_up = Call::post("/auth/register?cookies=true").same_origin().json(&body);
    let cookies = stage.app.send(signed_up).await.is(201).cookies();
    stage.app.after(6 * MINUTES);
    let body = json!({ "password": PASSWORD });
    let call = || Call::post("/auth/reauthenticate").cookie(&cookies).json(&body);
    stage.app.send(call()).await.is(403);
    let fresh = stage.app.send(call().same_origin()).await.is(200);
    assert!(fresh.json().get("access_token").is_none(), "a script cannot read it");
    let set: Vec<_> = fresh.headers.get_all("set-cookie").iter().map(|it| it.to_str().unwrap()).collect();
    assert!(matches!(*set, [one] if one.starts_with("__Host-user-access=")), "{set:?}");
    let access = set[0].split(';').next().unwrap();
    Call::get("/pay").cookie(access).send(&stage.router).await.is(200);
}

#[tokio::test]
async fn step_01_ending_a_listed_session_needs_recent_login() {
    let stage = stage().await;
    let app = &stage.app;
    let token = app.register("ada@example.com").await.is(201).access_token();
    let other = app.tokens("ada@example.com").await.0;
    let sid = payload(&other)["sid"].as_str().unwrap().to_owned();
    app.after(5 * MINUTES);
    let call = |token: &str| Call::delete(&format!("/auth/sessions/{sid}")).bearer(token);
    assert_eq!(app.send(call(&token)).await.is(401).field("code"), "step_up_required");
    app.get("/me", &other).await.is(200);
    let fresh = stage.reauthenticate(&token, PASSWORD).await.is(200).access_token();
    app.send(call(&fresh)).await.is(204);
    app.get("/me", &other).await.is(401);
}

#[tokio::test]
async fn concurrent_step_ups_and_refreshes_all_succeed() {
    let stage = stage().await;
    let app = &stage.app;
    let login = app.register("ada@example.com").await.is(201);
    app.after(6 * MINUTES);
    let body = json!({ "password": PASSWORD });
    let calls = (0..64).map(|place| {
        if place % 4 == 0 {
            Call::post("/auth/reauthenticate").bearer(&login.access_token()).json(&body)
        } else {
            Call::post("/auth/refresh").json(&json!({ "refresh_token": login.refresh_token() }))
        }
    });
    let answers = together(&app.router, calls).await;
    let failed: Vec<_> = answers.iter().filter(|answer| answer.status != 200).map(Answer::text).collect();
    assert!(failed.is_empty(), "{failed:?}");
    let refreshed = answers.iter().find(|answer| answer.json().get("refresh_token").is_some()).unwrap();
    let token = app.refresh(&refreshed.refresh_token()).await.is(200).access_token();
    stage.get("/pay", &token).await.is(200);
}
