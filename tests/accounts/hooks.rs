//! Hooks of an application in sign-up and login.

use std::sync::{Arc, Mutex};

use auth::event::{EventKind, LoginFailure};
use auth::{AuthError, ClientInfo, FieldError, Hooks};
use auth_tests::app::PASSWORD;
use auth_tests::{App, Call, User, UserRegistration};
use serde_json::json;

/// Records the hooks that were called, and refuses in the one named by `closed`.
#[derive(Clone, Default)]
struct House {
    calls: Arc<Mutex<Vec<String>>>,
    closed: &'static str,
}

impl House {
    fn enter(&self, step: &str, who: &str) -> Result<(), AuthError> {
        self.calls.lock().unwrap().push(format!("{step} {who}"));
        if self.closed == step {
            return Err(AuthError::Denied { code: "closed", message: "we are closed".to_owned() });
        }
        Ok(())
    }

    fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }
}

impl Hooks<User> for House {
    async fn before_register(&self, registration: &mut UserRegistration, _: &ClientInfo) -> Result<(), AuthError> {
        self.enter("before_register", &registration.email)?;
        registration.display_name = registration.display_name.to_uppercase();
        Ok(())
    }
    async fn after_register(&self, user: &User, _: &ClientInfo) -> Result<(), AuthError> {
        self.enter("after_register", &user.email)
    }
    async fn before_login(&self, user: &User, _: &ClientInfo) -> Result<(), AuthError> {
        self.enter("before_login", &user.email)
    }
    async fn after_login(&self, user: &User, _: &ClientInfo) -> Result<(), AuthError> {
        self.enter("after_login", &user.email)
    }
}

async fn app(closed: &'static str) -> (App, House) {
    let house = House { closed, ..House::default() };
    (App::with(|builder| builder.hooks(house.clone())).await, house)
}

async fn sessions(app: &App) -> i64 {
    app.db.count("SELECT count(*) FROM auth_records WHERE kind = 'User:users.session'").await
}

#[tokio::test]
async fn hooks_run_in_order_and_may_fill_fields_in() {
    let (app, house) = app("").await;
    let token = app.register("Ada@example.org").await.is(201).access_token();
    let steps = ["before_register ada@example.org", "after_register ada@example.org", "after_login ada@example.org"];
    assert_eq!(house.calls(), steps);
    assert_eq!(app.get("/me", &token).await.is(200).text(), "hello ADA");
    app.login("ada@example.org", PASSWORD).await.is(200);
    assert_eq!(house.calls(), ["before_login ada@example.org", "after_login ada@example.org"]);
    app.login("ada@example.org", "wrong password").await.is(401);
    app.register("ada@example.org").await.is(409);
    assert_eq!(house.calls(), ["before_register ada@example.org"], "nothing runs for who is refused anyway");
}

#[tokio::test]
async fn a_sign_up_that_is_refused_beforehand_stores_nothing() {
    let (app, _) = app("before_register").await;
    let answer = app.register("ada@example.org").await.is(403);
    assert_eq!((answer.code().as_str(), answer.json()["detail"].as_str()), ("closed", Some("we are closed")));
    assert_eq!(app.db.count("SELECT count(*) FROM users").await, 0);
}

/// Has rules of its own for fields.
struct OwnRules;

impl Hooks<User> for OwnRules {
    async fn before_register(&self, form: &mut UserRegistration, _: &ClientInfo) -> Result<(), AuthError> {
        let own = |field, code| FieldError::new(field, code, "choose another");
        let mut errors = vec![own("display_name", "reserved")];
        errors.extend((form.email == "ada").then(|| own("email", "invalid")));
        Err(AuthError::InvalidFields(errors))
    }
}

#[tokio::test]
async fn errors_of_a_hook_come_with_those_of_ours() {
    let app = App::with(|builder| builder.hooks(OwnRules)).await;
    let register = async |email: &str, password: &str| {
        let body = json!({ "email": email, "password": password, "display_name": "Ada" });
        let answer = app.send(Call::post("/auth/register").json(&body)).await.is(422);
        let errors = answer.json()["errors"].as_array().unwrap().clone();
        let text = |error: &serde_json::Value, name: &str| error[name].as_str().unwrap().to_owned();
        errors.iter().map(|error| format!("{} {}", text(error, "field"), text(error, "code"))).collect::<Vec<_>>()
    };
    assert_eq!(register("ada@example.org", PASSWORD).await, ["display_name reserved"]);
    let all = ["display_name reserved", "password too_short"];
    assert_eq!(register("ada@example.org", "short").await, all);
    // Both say the same of the address: once is enough.
    let all = ["display_name reserved", "email invalid", "password too_short"];
    assert_eq!(register("ada", "short").await, all);
    assert_eq!(app.db.count("SELECT count(*) FROM users").await, 0);
}

#[tokio::test]
async fn sign_up_refused_by_later_hook_has_no_session() {
    let (app, _) = app("after_register").await;
    assert_eq!(app.register("ada@example.org").await.is(403).code(), "closed");
    assert_eq!((app.db.count("SELECT count(*) FROM users").await, sessions(&app).await), (1, 0));
    app.login("ada@example.org", PASSWORD).await.is(200);
}

#[tokio::test]
async fn hook_refusal_is_revealed_only_after_right_password() {
    let (app, house) = app("before_login").await;
    app.register("ada@example.org").await.is(201);
    house.calls();
    app.events();
    assert_eq!(app.login("ada@example.org", "wrong password").await.is(401).code(), "invalid_credentials");
    assert!(house.calls().is_empty());
    app.events();
    assert_eq!(app.login("ada@example.org", PASSWORD).await.is(403).code(), "closed");
    let denied = EventKind::LoginFailed { user: Some("1".to_owned()), reason: LoginFailure::Denied };
    assert_eq!(app.events(), [denied]);
    assert_eq!(sessions(&app).await, 1, "that of the sign-up");
}

#[tokio::test]
async fn login_refused_by_a_hook_leaves_no_session() {
    let (app, _) = app("after_login").await;
    assert_eq!(app.register("ada@example.org").await.is(403).code(), "closed");
    assert_eq!(app.login("ada@example.org", PASSWORD).await.is(403).code(), "closed");
    assert_eq!(sessions(&app).await, 0);
}

/// Gives the first user a role, as applications do at set-up.
struct FirstIsAdmin(Arc<std::sync::OnceLock<auth::Auth<User>>>);

impl Hooks<User> for FirstIsAdmin {
    async fn after_register(&self, user: &User, _: &ClientInfo) -> Result<(), AuthError> {
        self.0.get().unwrap().accounts().set_role(&user.id, auth_tests::Role::Admin).await
    }
}

#[tokio::test]
async fn role_given_by_hook_is_in_the_first_token() {
    let handle = Arc::new(std::sync::OnceLock::new());
    let app = App::with(|builder| builder.hooks(FirstIsAdmin(Arc::clone(&handle)))).await;
    handle.set(app.auth.clone()).unwrap();
    let session = app.register("ada@example.org").await.is(201);
    app.get("/stats", &session.access_token()).await.is(200);
    app.get("/admin/row", &session.access_token()).await.is(200);
}
