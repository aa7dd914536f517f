//! `auth.accounts()`: changes by administrators and jobs take effect at once, for tokens already issued, too.

use auth::event::EventKind;
use auth::store::Change;
use auth::testing::Faults;
use auth::{AuthError, AuthUser, PasswordHash};
use auth_tests::app::PASSWORD;
use auth_tests::{App, Role, UserRegistration, payload};

fn form(email: &str) -> UserRegistration {
    UserRegistration { email: email.to_owned(), display_name: "Ada".to_owned() }
}

/// A signed-in administrator.
async fn admin(app: &App) -> (i64, String, String) {
    let id = app.user("ada@example.org").await;
    app.auth.accounts().set_role(&id, Role::Admin).await.unwrap();
    let (access, refresh) = app.tokens("ada@example.org").await;
    app.get("/stats", &access).await.is(200);
    (id, access, refresh)
}

#[tokio::test]
async fn removed_role_is_gone_at_once_and_session_continues() {
    let app = App::new().await;
    let (id, access, refresh) = admin(&app).await;
    app.auth.accounts().set_role(&id, Role::Member).await.unwrap();
    assert_eq!(app.get("/stats", &access).await.is(401).code(), "invalid_token", "it says what is no longer true");
    app.get("/me", &access).await.is(401);
    let next = app.refresh(&refresh).await.is(200).access_token();
    app.get("/stats", &next).await.is(403);
    app.get("/me", &next).await.is(200);
    assert_eq!(app.auth.accounts().find(&id).await.unwrap().unwrap().role, Role::Member);
}

#[tokio::test]
async fn granted_role_works_after_the_next_refresh() {
    let app = App::new().await;
    let session = app.register("ada@example.org").await.is(201);
    app.auth.accounts().set_role(&1, Role::Editor).await.unwrap();
    let next = app.refresh(&session.refresh_token()).await.is(200).access_token();
    assert_eq!(payload(&next)["role"], "editor");
    app.get("/me", &next).await.is(200);
}

#[tokio::test]
async fn role_removed_during_login_is_in_no_valid_token() {
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
        let (id, ..) = admin(&app).await;
        let auth = app.auth.clone();
        let demote = async move { auth.accounts().set_role(&id, Role::Member).await.unwrap() };
        if phase == "before" {
            faults.next(method).before(demote);
        } else {
            faults.next(method).after(demote);
        }
        let answer = app.login("ada@example.org", PASSWORD).await;
        assert!(faults.is_done(), "{phase} {method}");
        if answer.status == 200 {
            let entered = app.get("/stats", &answer.access_token()).await.status;
            assert!(entered == 401 || entered == 403, "{phase} {method}: {entered}");
        }
    }
}

#[tokio::test]
async fn role_removed_during_refresh_is_in_no_valid_token() {
    for (phase, method) in [
        ("after", "records.get_with_owner"),
        ("before", "users.find"),
        ("after", "users.find"),
        ("before", "records.replace"),
        ("after", "records.replace"),
    ] {
        let faults = Faults::new();
        let app = App::with_faults(&faults).await;
        let (id, _, refresh) = admin(&app).await;
        let auth = app.auth.clone();
        let demote = async move { auth.accounts().set_role(&id, Role::Member).await.unwrap() };
        if phase == "before" {
            faults.next(method).before(demote);
        } else {
            faults.next(method).after(demote);
        }
        let answer = app.refresh(&refresh).await.is(200);
        assert!(faults.is_done(), "{phase} {method}");
        let entered = app.get("/stats", &answer.access_token()).await.status;
        assert!(entered == 401 || entered == 403, "{phase} {method}: {entered}");
        let next = app.refresh(&answer.refresh_token()).await.is(200);
        app.get("/me", &next.access_token()).await.is(200);
    }
}

#[tokio::test]
async fn jwt_28_disabling_ends_all_sessions_and_enabling_revives_none() {
    let app = App::new().await;
    let (id, access, refresh) = admin(&app).await;
    app.auth.accounts().disable(&id).await.unwrap();
    for path in ["/me", "/claims", "/stats", "/auth/me"] {
        app.get(path, &access).await.is(401);
    }
    app.refresh(&refresh).await.is(401);
    app.auth.accounts().enable(&id).await.unwrap();
    app.get("/claims", &access).await.is(401);
    app.refresh(&refresh).await.is(401);
    let (access, _) = app.tokens("ada@example.org").await;
    app.get("/stats", &access).await.is(200);
}

#[tokio::test]
async fn jwt_28_a_deleted_account_is_out_at_once() {
    let app = App::new().await;
    let (id, access, refresh) = admin(&app).await;
    app.auth.accounts().delete(&id).await.unwrap();
    app.get("/claims", &access).await.is(401);
    app.get("/me", &access).await.is(401);
    app.refresh(&refresh).await.is(401);
    app.login("ada@example.org", PASSWORD).await.is(401);
    assert!(app.auth.accounts().find(&id).await.unwrap().is_none());
    app.register("ada@example.org").await.is(201);
    app.get("/claims", &access).await.is(401);
}

#[tokio::test]
async fn reused_id_inherits_no_token() {
    let app = App::new().await;
    let session = app.register("ada@example.org").await.is(201);
    app.auth.accounts().delete(&1).await.unwrap();
    app.db.run("INSERT INTO users (id, email, password_hash, role, display_name) VALUES (1, 'eve@example.org', '', 'admin', 'Eve')").await;
    app.get("/me", &session.access_token()).await.is(401);
    app.refresh(&session.refresh_token()).await.is(401);
    let app = app.restarted(|builder| builder).await;
    app.refresh(&session.refresh_token()).await.is(401);
    app.get("/claims", &session.access_token()).await.is(401);

    app.db.run("DELETE FROM users; DELETE FROM sqlite_sequence").await;
    let newcomer = app.register("zoe@example.org").await.is(201);
    assert_eq!(payload(&newcomer.access_token())["sub"], "1");
    app.get("/me", &newcomer.access_token()).await.is(200);
    app.get("/claims", &session.access_token()).await.is(401);
    app.after(24 * 60 * 60);
    app.refresh(&session.refresh_token()).await.is(401);
    app.refresh(&newcomer.refresh_token()).await.is(200);
}

#[tokio::test]
async fn a_password_set_by_an_administrator_ends_every_session() {
    let app = App::new().await;
    let (id, access, refresh) = admin(&app).await;
    app.auth.accounts().set_password(&id, "chosen for you").await.unwrap();
    app.get("/claims", &access).await.is(401);
    app.refresh(&refresh).await.is(401);
    app.login("ada@example.org", PASSWORD).await.is(401);
    app.login("ada@example.org", "chosen for you").await.is(200);
    let weak = app.auth.accounts().set_password(&id, "password1").await.unwrap_err();
    let AuthError::InvalidFields(fields) = weak else { panic!("{weak:?}") };
    assert_eq!((fields[0].field.as_str(), fields[0].code), ("password", "common_password"));
}

#[tokio::test]
async fn sessions_can_be_ended_from_outside() {
    let app = App::new().await;
    let (id, access, refresh) = admin(&app).await;
    app.auth.accounts().end_sessions(&id).await.unwrap();
    app.get("/claims", &access).await.is(401);
    app.refresh(&refresh).await.is(401);
    app.login("ada@example.org", PASSWORD).await.is(200);
}

#[tokio::test]
async fn claims_changed_makes_direct_writes_act_at_once() {
    let app = App::new().await;
    let (id, access, refresh) = admin(&app).await;
    app.db.run("UPDATE users SET role = 'member'").await;
    app.get("/stats", &access).await.is(200);
    app.auth.accounts().claims_changed(&id).await.unwrap();
    app.get("/stats", &access).await.is(401);
    let session = app.refresh(&refresh).await.is(200);
    app.get("/stats", &session.access_token()).await.is(403);

    app.db.run("UPDATE users SET is_active = FALSE").await;
    app.get("/claims", &session.access_token()).await.is(200);
    app.auth.accounts().row_changed(&id).await.unwrap();
    app.get("/claims", &session.access_token()).await.is(401);
    app.db.run("UPDATE users SET is_active = TRUE").await;
    app.refresh(&session.refresh_token()).await.is(401);
}

#[tokio::test]
async fn row_changed_keeps_tokens_unless_the_account_is_gone() {
    for gone in ["UPDATE users SET is_active = FALSE", "DELETE FROM users"] {
        let app = App::new().await;
        let (id, access, refresh) = admin(&app).await;
        app.db.run("UPDATE users SET display_name = 'Grace'").await;
        app.auth.accounts().row_changed(&id).await.unwrap();
        app.get("/stats", &access).await.is(200);
        app.get("/me", &access).await.is(200);
        let refresh = app.refresh(&refresh).await.is(200).refresh_token();
        app.get("/stats", &access).await.is(200);
        app.db.run(gone).await;
        app.auth.accounts().row_changed(&id).await.unwrap();
        app.get("/claims", &access).await.is(401);
        app.refresh(&refresh).await.is(401);
    }
}

#[tokio::test]
async fn create_applies_sign_up_rules_and_begins_no_session() {
    let app = App::new().await;
    let user = app.auth.accounts().create(form(" Ada@Example.org "), PASSWORD).await.unwrap();
    assert_eq!((user.email.as_str(), user.role, user.is_active), ("ada@example.org", Role::Member, true));
    assert_eq!(app.events(), [EventKind::UserCreated { user: user.id.to_string() }]);
    let taken = app.auth.accounts().create(form("ADA@example.org"), PASSWORD).await.unwrap_err();
    assert!(matches!(&taken, AuthError::Taken { field } if field == "email"));
    let bad = app.auth.accounts().create(form("nobody"), "short").await.unwrap_err();
    assert!(matches!(&bad, AuthError::InvalidFields(fields) if fields.len() == 2));
    assert_eq!(app.db.count("SELECT count(*) FROM auth_records WHERE owner <> ''").await, 0);
    app.login("ada@example.org", PASSWORD).await.is(200);
}

#[tokio::test]
async fn account_whose_roles_cannot_be_stored_is_not_there() {
    for (fails, left) in [("users.update", 0), ("users.find", 0)] {
        let faults = Faults::new();
        let app = App::with_faults(&faults).await;
        let accounts = app.auth.accounts();
        faults.next(fails).fail();
        let admin = [Change::Roles(Role::Admin)];
        let error = accounts.create_with(form("ada@example.org"), Some(PASSWORD), &admin).await.unwrap_err();
        assert!(matches!(error, AuthError::Unavailable(_)), "{fails}: {error:?}");
        assert_eq!(app.db.count("SELECT count(*) FROM users").await, left, "{fails}");
        assert_eq!(app.events(), []);
        let ada = accounts.create_with(form("Ada@example.org"), Some(PASSWORD), &admin).await.unwrap();
        assert_eq!((ada.role, ada.email.as_str()), (Role::Admin, "ada@example.org"));
        assert_eq!(app.events(), [EventKind::UserCreated { user: ada.id.to_string() }]);
        let token = app.login("ada@example.org", PASSWORD).await.is(200).access_token();
        app.get("/stats", &token).await.is(200);
        let found = accounts.find_by_login("email", " ADA@EXAMPLE.ORG").await.unwrap();
        assert_eq!(found.map(|user| user.id), Some(ada.id));
        assert!(accounts.find_by_login("email", "eve@example.org").await.unwrap().is_none());
        assert!(matches!(accounts.find_by_login("nick", "ada").await, Err(AuthError::InvalidRequest(_))));
    }
}

#[tokio::test]
async fn import_takes_a_hash_as_it_is() {
    let app = App::new().await;
    let ada = app.auth.accounts().create(form("ada@example.org"), PASSWORD).await.unwrap();
    let hash = PasswordHash::from_stored(ada.password_hash().unwrap());
    app.auth.accounts().import(form("Eve@example.org"), Some(hash)).await.unwrap();
    app.login("eve@example.org", PASSWORD).await.is(200);
    let empty = app.auth.accounts().import(form("  "), None).await.unwrap_err();
    assert!(matches!(empty, AuthError::InvalidFields(_)));
}

#[tokio::test]
async fn management_of_an_unknown_user_is_not_found() {
    let app = App::new().await;
    let users = app.auth.accounts();
    let answers = [
        users.set_role(&7, Role::Admin).await,
        users.set_password(&7, PASSWORD).await,
        users.disable(&7).await,
        users.enable(&7).await,
        users.delete(&7).await,
    ];
    for answer in answers {
        assert!(matches!(answer, Err(AuthError::NotFound)), "{answer:?}");
    }
    assert!(users.find(&7).await.unwrap().is_none());
    assert_eq!(app.events(), []);
}

#[tokio::test]
async fn reenabled_account_has_to_sign_in_again() {
    let app = App::new().await;
    let id = app.user("ada@example.org").await;
    let (access, refresh) = app.tokens("ada@example.org").await;
    app.auth.accounts().enable(&id).await.unwrap();
    app.get("/me", &access).await.is(200);
    // By the application: nothing was ended.
    app.db.run("UPDATE users SET is_active = FALSE").await;
    app.refresh(&refresh).await.is(401);
    app.auth.accounts().enable(&id).await.unwrap();
    app.refresh(&refresh).await.is(401);
    app.get("/me", &access).await.is(401);
}

#[tokio::test]
async fn claims_changed_acts_even_if_row_is_unreadable() {
    let app = App::new().await;
    let (id, access, _) = admin(&app).await;
    // An instance of the next release takes her role away, for one that this release does not know.
    app.db.run("UPDATE users SET role = 'trainee'").await;
    app.auth.accounts().claims_changed(&id).await.unwrap();
    app.get("/stats", &access).await.is(401);
}
