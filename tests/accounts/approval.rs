//! Accounts that start inactive until they are approved.

use auth::event::{EventKind, LoginFailure};
use auth::{Auth, AuthError, ClientInfo, Hooks};
use auth_tests::app::PASSWORD;
use auth_tests::users::SCHEMA;
use auth_tests::{App, Database, User, UserRegistration};
use std::sync::{Arc, OnceLock};

const ADA: &str = "ada@example.org";

async fn app(hooks: impl Hooks<User>) -> App {
    let db = Database::with(SCHEMA.replace("DEFAULT TRUE", "DEFAULT FALSE").leak()).await;
    App::in_place(db, |builder| builder.hooks(hooks)).await
}

async fn sessions(app: &App) -> i64 {
    app.db.count("SELECT count(*) FROM auth_records WHERE kind = 'User:users.session'").await
}

#[tokio::test]
async fn sign_up_awaiting_approval_answers_that_account_exists() {
    let app = app(()).await;
    let answer = app.register(ADA).await.is(403);
    assert_eq!(answer.code(), "inactive_user");
    assert_eq!(answer.json()["detail"], "account created; awaiting activation");
    let failed = EventKind::LoginFailed { user: Some("1".to_owned()), reason: LoginFailure::Inactive };
    assert_eq!(app.events(), [EventKind::Registered { user: "1".to_owned() }, failed]);
    assert_eq!((app.db.count("SELECT count(*) FROM users").await, sessions(&app).await), (1, 0));

    assert_eq!(app.login(ADA, PASSWORD).await.is(403).code(), "inactive_user", "login_14");
    app.register(ADA).await.is(409);
    app.auth.accounts().enable(&1).await.unwrap();
    app.login(ADA, PASSWORD).await.is(200);
}

#[tokio::test]
async fn new_and_disabled_accounts_have_different_codes() {
    let app = app(()).await;
    let form = UserRegistration { email: ADA.to_owned(), display_name: "Ada".to_owned() };
    let error = app.auth.register(form, PASSWORD, &ClientInfo::default()).await.unwrap_err();
    assert!(matches!(error, AuthError::NotYetActive), "{error:?}");
    let login = auth::Credentials::new(ADA, PASSWORD);
    let error = app.auth.login(login, &ClientInfo::default()).await.unwrap_err();
    assert!(matches!(error, AuthError::InactiveUser), "{error:?}");
}

/// Approves every sign-up.
#[derive(Clone, Default)]
struct Generous(Arc<OnceLock<Auth<User>>>);

impl Hooks<User> for Generous {
    async fn after_register(&self, user: &User, _: &ClientInfo) -> Result<(), AuthError> {
        self.0.get().unwrap().accounts().enable(&user.id).await
    }
}

#[tokio::test]
async fn sign_up_approved_by_a_hook_is_signed_in() {
    let hooks = Generous::default();
    let app = app(hooks.clone()).await;
    assert!(hooks.0.set(app.auth.clone()).is_ok());
    app.register(ADA).await.is(201);
    assert_eq!(sessions(&app).await, 1);
}
