//! `POST /password/change`, and its effect on current and concurrent sessions.

use std::sync::{Arc, OnceLock};

use auth::event::{EventKind, LoginFailure};
use auth::routing::{Routes, post};
use auth::testing::Faults;
use auth::{Auth, AuthError, ClientInfo, Hooks, Limits, protected};
use auth_tests::app::PASSWORD;
use auth_tests::{Answer, App, Call, Role, User, UserClaims, together};
use axum::extract::State;
use serde_json::json;

const NEW: &str = "another good password";
const SESSIONS: &str = "SELECT count(*) FROM auth_records WHERE kind = 'User:users.session'";

#[tokio::test]
async fn pwd_18_password_change_route_ends_the_other_sessions() {
    let app = App::new().await;
    let mine = app.register("ada@example.org").await.is(201);
    let other = app.login("ada@example.org", PASSWORD).await.is(200);
    let eve = app.register("eve@example.org").await.is(201);
    app.after(60);
    let answer = app.change_password(&mine.access_token(), PASSWORD, NEW).await.is(204);
    assert_eq!(answer.header("cache-control"), Some("no-store"));

    app.get("/me", &other.access_token()).await.is(401);
    app.refresh(&other.refresh_token()).await.is(401);
    app.get("/me", &mine.access_token()).await.is(200);
    let next = app.refresh(&mine.refresh_token()).await.is(200);
    app.get("/me", &next.access_token()).await.is(200);
    app.get("/me", &eve.access_token()).await.is(200);

    app.login("ada@example.org", PASSWORD).await.is(401);
    app.login("ada@example.org", NEW).await.is(200);

    let app = app.restarted(|builder| builder).await;
    app.get("/me", &mine.access_token()).await.is(200);
    app.get("/me", &other.access_token()).await.is(401);
    app.after(60);
    app.refresh(&next.refresh_token()).await.is(200);
}

#[tokio::test]
async fn spared_session_ends_with_the_next_change_elsewhere() {
    let app = App::new().await;
    let first = app.register("ada@example.org").await.is(201);
    app.change_password(&first.access_token(), PASSWORD, NEW).await.is(204);
    let second = app.login("ada@example.org", NEW).await.is(200);
    app.change_password(&second.access_token(), NEW, "and a third good one").await.is(204);
    app.get("/me", &first.access_token()).await.is(401);
    app.refresh(&first.refresh_token()).await.is(401);
    app.get("/me", &second.access_token()).await.is(200);
}

#[tokio::test]
async fn wrong_current_password_is_a_field_error() {
    let app = App::new().await;
    let mine = app.register("ada@example.org").await.is(201).access_token();
    for wrong in ["wrong password", "", &"x".repeat(2000)] {
        let answer = app.change_password(&mine, wrong, NEW).await.is(422);
        assert_eq!(answer.broken(), [("current_password".to_owned(), "wrong".to_owned())]);
    }
    app.login("ada@example.org", PASSWORD).await.is(200);
    app.login("ada@example.org", NEW).await.is(401);
}

#[tokio::test]
async fn pwd_05_the_new_password_keeps_the_rules_of_sign_up() {
    let app = App::new().await;
    let mine = app.register("ada.lovelace@example.org").await.is(201).access_token();
    for (new, rule) in [
        ("short", "too_short"),
        ("password1", "common_password"),
        ("Ada.Lovelace", "personal_password"),
        (&*"x".repeat(129), "too_long"),
    ] {
        let answer = app.change_password(&mine, PASSWORD, new).await.is(422);
        assert_eq!(answer.broken(), [("new_password".to_owned(), rule.to_owned())]);
    }
    let empty = app.send(Call::post("/auth/password/change").bearer(&mine).json(&json!({}))).await.is(422);
    let missing = |field: &str| (field.to_owned(), "missing".to_owned());
    assert_eq!(empty.broken(), [missing("current_password"), missing("new_password")]);
    app.login("ada.lovelace@example.org", PASSWORD).await.is(200);
}

#[tokio::test]
async fn pwd_18_password_change_requires_a_session() {
    let app = App::new().await;
    let mine = app.register("ada@example.org").await.is(201);
    let body = json!({ "current_password": PASSWORD, "new_password": NEW });
    app.send(Call::post("/auth/password/change").json(&body)).await.is(401);
    app.logout(&mine.access_token()).await.is(204);
    app.change_password(&mine.access_token(), PASSWORD, NEW).await.is(401);
    app.login("ada@example.org", PASSWORD).await.is(200);
}

/// Changes the password after a login has checked the old one and before it stores its session.
struct ChangesPassword(Arc<OnceLock<Auth<User>>>);

impl Hooks<User> for ChangesPassword {
    async fn before_login(&self, user: &User, _client: &ClientInfo) -> Result<(), AuthError> {
        self.0.get().unwrap().accounts().set_password(&user.id, NEW).await
    }
}

#[tokio::test]
async fn login_with_old_password_racing_the_change_fails() {
    let handle = Arc::new(OnceLock::new());
    let app = App::with(|builder| builder.hooks(ChangesPassword(Arc::clone(&handle)))).await;
    handle.set(app.auth.clone()).unwrap();
    app.user("ada@example.org").await;
    app.events();
    assert_eq!(app.login("ada@example.org", PASSWORD).await.is(401).code(), "invalid_credentials");
    let raced = EventKind::LoginFailed { user: Some("1".to_owned()), reason: LoginFailure::Raced };
    assert!(app.events().contains(&raced));
    assert_eq!(app.db.count(SESSIONS).await, 0);
}

#[tokio::test]
async fn password_change_during_login_leaves_no_old_session() {
    for (phase, method) in [
        ("before", "users.find_by_login"),
        ("after", "users.find_by_login"),
        ("after", "records.get"),
        ("before", "records.insert"),
        ("after", "records.insert"),
        ("before", "users.find"),
        ("after", "users.find"),
    ] {
        let faults = Faults::new();
        let app = App::with_faults(&faults).await;
        app.user("ada@example.org").await;
        let auth = app.auth.clone();
        let change = async move { auth.accounts().set_password(&1, NEW).await.unwrap() };
        if phase == "before" {
            faults.next(method).before(change);
        } else {
            faults.next(method).after(change);
        }
        let answer = app.login("ada@example.org", PASSWORD).await.is(401);
        assert!(faults.is_done(), "{phase} {method}");
        assert_eq!(answer.code(), "invalid_credentials", "{phase} {method}");
        assert_eq!(app.db.count(SESSIONS).await, 0, "{phase} {method}");
        app.login("ada@example.org", NEW).await.is(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_changes_at_once_one_wins() {
    let app = App::new().await;
    app.user("ada@example.org").await;
    let mut tokens = Vec::new();
    for _ in 0..8 {
        tokens.push(app.tokens("ada@example.org").await.0);
    }
    let password = |n: usize| format!("good password number {n}");
    let calls = tokens.iter().enumerate().map(|(n, token)| {
        let body = json!({ "current_password": PASSWORD, "new_password": password(n) });
        Call::post("/auth/password/change").bearer(token).json(&body)
    });
    let answers = together(&app.router, calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 204).count(), 1);
    assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 204 | 401 | 422)));
    let mut works = 0;
    for n in 0..8 {
        works += usize::from(app.login("ada@example.org", &password(n)).await.status == 200);
    }
    assert_eq!(works, 1);
    app.login("ada@example.org", PASSWORD).await.is(401);
    let mut alive = 0;
    for token in &tokens {
        alive += usize::from(app.get("/me", token).await.status == 200);
    }
    assert_eq!(alive, 1, "the session of the winner");
}

#[tokio::test]
async fn second_concurrent_change_reports_wrong_current_password() {
    let faults = Faults::new();
    let app = App::with_faults(&faults).await;
    let mine = app.register("ada@example.org").await.is(201).access_token();
    let auth = app.auth.clone();
    faults.next("users.replace_password").before(async move { auth.accounts().set_password(&1, NEW).await.unwrap() });
    let answer = app.change_password(&mine, PASSWORD, "a third good password").await.is(422);
    assert_eq!(answer.broken(), [("current_password".to_owned(), "wrong".to_owned())]);
    app.login("ada@example.org", NEW).await.is(200);
}

#[tokio::test]
async fn late_password_change_keeps_session_of_the_earlier_one() {
    // Where the other change interrupts the late one: before it reads its session, and after.
    for method in ["records.get_with_owner", "records.insert"] {
        let faults = Faults::new();
        let app = App::with_faults(&faults).await;
        let late = app.register("ada@example.org").await.is(201);
        let early = app.login("ada@example.org", PASSWORD).await.is(200);
        let calls = (app.router.clone(), early.access_token());
        let change = async move {
            let body = json!({ "current_password": PASSWORD, "new_password": NEW });
            let call = Call::post("/auth/password/change").bearer(&calls.1).json(&body);
            assert_eq!(call.send(&calls.0).await.status, 204);
        };
        faults.next(method).before(change);
        let answer = app.change_password(&late.access_token(), PASSWORD, "a third good password").await.is(401);
        assert!(faults.is_done(), "{method}");
        assert_eq!(answer.code(), "invalid_token", "{method}");
        app.get("/me", &early.access_token()).await.is(200);
        app.refresh(&early.refresh_token()).await.is(200);
        app.get("/me", &late.access_token()).await.is(401);
        app.login("ada@example.org", NEW).await.is(200);
    }
}

#[tokio::test]
async fn session_ended_meanwhile_cannot_change_the_password() {
    let faults = Faults::new();
    let app = App::with_faults(&faults).await;
    let mine = app.register("ada@example.org").await.is(201);
    let (auth, token) = (app.auth.clone(), mine.refresh_token());
    let out = async move { auth.logout(&token, &ClientInfo::default()).await.unwrap() };
    faults.next("records.get_with_owner").before(out);
    app.change_password(&mine.access_token(), PASSWORD, NEW).await.is(401);
    assert!(faults.is_done());
    app.login("ada@example.org", PASSWORD).await.is(200);
}

#[tokio::test]
async fn password_change_revives_no_token_from_before_demotion() {
    let app = App::new().await;
    app.register("ada@example.org").await.is(201);
    app.auth.accounts().set_role(&1, Role::Admin).await.unwrap();
    let admin = app.login("ada@example.org", PASSWORD).await.is(200);
    app.get("/stats", &admin.access_token()).await.is(200);
    app.auth.accounts().set_role(&1, Role::Member).await.unwrap();
    app.get("/stats", &admin.access_token()).await.is(401);
    let member = app.refresh(&admin.refresh_token()).await.is(200);
    app.change_password(&member.access_token(), PASSWORD, NEW).await.is(204);
    app.get("/stats", &admin.access_token()).await.is(401);
    app.get("/stats", &member.access_token()).await.is(403);
    app.get("/me", &member.access_token()).await.is(200);
}

/// A page of the application's own, as in an account form: no question for the current password.
#[protected]
async fn choose(
    claims: UserClaims,
    client: ClientInfo,
    State(auth): State<Auth<User>>,
    password: String,
) -> Result<(), AuthError> {
    auth.set_own_password(&claims, &password, &client).await
}

async fn chooses(app: &App, token: &str, password: &str) -> Answer {
    let routes: Routes<Auth<User>> = Routes::new().route("/choose", post(choose));
    let router = routes.into_router().with_state(app.auth.clone());
    Call::post("/choose")
        .coming_from("192.0.2.1")
        .bearer(token)
        .text("text/plain", password.to_owned())
        .send(&router)
        .await
}

#[tokio::test]
async fn pwd_18_password_change_method_ends_the_other_sessions() {
    let app = App::new().await;
    let mine = app.register("ada@example.org").await.is(201);
    let other = app.login("ada@example.org", PASSWORD).await.is(200);
    app.events();
    let broken = chooses(&app, &mine.access_token(), "short").await.is(422);
    assert_eq!(broken.broken(), [("new_password".to_owned(), "too_short".to_owned())]);
    chooses(&app, &mine.access_token(), NEW).await.is(200);
    assert!(app.events().contains(&EventKind::PasswordChanged { user: "1".to_owned() }));

    app.get("/me", &mine.access_token()).await.is(200);
    app.refresh(&mine.refresh_token()).await.is(200);
    app.get("/me", &other.access_token()).await.is(401);
    app.refresh(&other.refresh_token()).await.is(401);
    app.login("ada@example.org", PASSWORD).await.is(401);
    app.login("ada@example.org", NEW).await.is(200);
}

#[tokio::test]
async fn pwd_18_claims_of_ended_session_set_no_password() {
    let app = App::new().await;
    let mine = app.register("ada@example.org").await.is(201);
    let claims = app.auth.verify(&mine.access_token()).unwrap();
    let client = ClientInfo::default();
    app.logout(&mine.access_token()).await.is(204);
    let refused = app.auth.set_own_password(&claims, NEW, &client).await;
    assert!(matches!(refused, Err(AuthError::InvalidToken)), "{refused:?}");
    let other = app.login("ada@example.org", PASSWORD).await.is(200);
    let claims = app.auth.verify(&other.access_token()).unwrap();
    app.auth.accounts().disable(&1).await.unwrap();
    let refused = app.auth.set_own_password(&claims, NEW, &client).await;
    assert!(matches!(refused, Err(AuthError::InvalidToken)), "{refused:?}");
    app.auth.accounts().enable(&1).await.unwrap();
    app.login("ada@example.org", PASSWORD).await.is(200);
}

/// Whatever an address has used up: what was stored is not refused, and its caller stays signed in.
#[tokio::test]
async fn pwd_18_stored_change_is_never_refused_by_a_limit() {
    let app = App::with(|builder| builder.limits(Limits::default())).await;
    let mine = app.register("ada@example.org").await.is(201).access_token();
    for number in 0..=10 {
        let failure = json!({ "email": format!("u{number}@example.org"), "password": "wrong" });
        let tried = app.send(Call::post("/auth/login").coming_from("192.0.2.1").json(&failure)).await;
        assert_eq!(tried.status, if number < 10 { 401 } else { 429 });
    }
    chooses(&app, &mine, NEW).await.is(200);
    app.get("/me", &mine).await.is(200);

    let body = json!({ "current_password": NEW, "new_password": "and a third good one" });
    let change = || Call::post("/auth/password/change").coming_from("192.0.2.1").bearer(&mine).json(&body);
    // Refused before anything was stored.
    app.send(change()).await.is(429);
    app.after(60);
    app.send(change()).await.is(204);
    app.get("/me", &mine).await.is(200);
}

#[tokio::test]
async fn pwd_18_a_session_that_ended_elsewhere_sets_no_password() {
    let app = App::new().await;
    app.register("ada@example.org").await.is(201);
    let (access, refresh) = app.tokens("ada@example.org").await;
    let claims = app.auth.verify(&access).unwrap();
    let other = app.restarted(|builder| builder).await;
    app.auth.logout(&refresh, &auth::ClientInfo::default()).await.unwrap();
    // The other instance has not read it yet, and the store knows.
    let set = other.auth.set_own_password(&claims, "a thief's long password", &auth::ClientInfo::default()).await;
    assert!(matches!(set, Err(auth::AuthError::InvalidToken)), "{set:?}");
    // Nor does a handler that waited until the token had expired.
    let (access, _) = app.tokens("ada@example.org").await;
    let claims = app.auth.verify(&access).unwrap();
    app.after(3_600);
    let set = app.auth.set_own_password(&claims, "a thief's long password", &auth::ClientInfo::default()).await;
    assert!(matches!(set, Err(auth::AuthError::InvalidToken)), "{set:?}");
    app.login("ada@example.org", PASSWORD).await.is(200);
}
