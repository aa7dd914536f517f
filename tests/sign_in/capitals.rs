//! Rows that another program wrote with capitals, blanks or full-width letters: their owners keep them.

use auth::event::EventKind;
use auth::store::sql::{SqlRow, SqlUser};
use auth::testing::Faults;
use auth_tests::app::PASSWORD;
use auth_tests::users::SCHEMA;
use auth_tests::{App, Database, Place, User, on_databases};

on_databases! {
    SCHEMA;
    nobody_signs_up_with_login_of_a_legacy_row
    owners_of_legacy_rows_sign_in
    of_two_legacy_rows_only_the_typed_one_opens
    a_legacy_row_that_is_gone_frees_its_login
}

/// What another program stored, and the login in canonical form.
const LEGACY: [(&str, &str); 3] =
    [("User.10@Example.COM", "user.10@example.com"), (" blank@x.org", "blank@x.org"), ("ＦＵＬＬ@x.org", "full@x.org")];

/// An application that starts on a table with those rows; each has [`PASSWORD`].
async fn started_on<P: Place + Clone>(place: P, rows: &[(&str, &str)]) -> App<P>
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let before = App::in_place(place, |builder| builder).await;
    for (n, (stored, _)) in rows.iter().enumerate() {
        before.register(&format!("then{n}@x.org")).await.is(201);
        before.db.sql(&format!("UPDATE users SET email = '{stored}' WHERE email = 'then{n}@x.org'")).await.unwrap();
    }
    before.beside(|builder| builder).await
}

async fn nobody_signs_up_with_login_of_a_legacy_row<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let app = started_on(place, &LEGACY).await;
    for (stored, canonical) in LEGACY {
        for spelling in [canonical.to_owned(), canonical.to_uppercase(), stored.to_owned()] {
            assert_eq!(app.register(&spelling).await.is(409).code(), "taken", "{spelling:?}");
        }
    }
    app.register("somebody@else.org").await.is(201);
}

async fn owners_of_legacy_rows_sign_in<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let app = started_on(place, &LEGACY).await;
    for (n, (stored, canonical)) in LEGACY.iter().enumerate() {
        for spelling in [canonical, stored] {
            app.login(spelling, "not the password of anybody").await.is(401);
            app.events.lock().unwrap().clear();
            app.login(spelling, PASSWORD).await.is(200);
            let id = (n + 1).to_string();
            let signed_in = |event: &EventKind| matches!(event, EventKind::LoginSucceeded { user, .. } if *user == id);
            assert!(app.events().iter().any(signed_in), "{spelling:?}");
        }
    }
    app.login("nobody@x.org", PASSWORD).await.is(401);
}

async fn of_two_legacy_rows_only_the_typed_one_opens<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    // A collation that ignores case holds only one of them.
    let _ = place
        .sql("ALTER TABLE users MODIFY email VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL")
        .await;
    let app = started_on(place, &[("Ada@x.org", ""), ("ADA@x.org", "")]).await;
    app.login("Ada@x.org", PASSWORD).await.is(200);
    app.login("ADA@x.org", PASSWORD).await.is(200);
    app.login("ada@x.org", PASSWORD).await.is(401);
    app.register("ada@x.org").await.is(409);
}

async fn a_legacy_row_that_is_gone_frees_its_login<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let app = started_on(place, &LEGACY).await;
    app.db.sql("DELETE FROM users WHERE email LIKE 'User.10%'").await.unwrap();
    app.login("user.10@example.com", PASSWORD).await.is(401);
    app.register("user.10@example.com").await.is(201);
    app.login("User.10@example.com", PASSWORD).await.is(200);
}

#[tokio::test]
async fn lookups_do_not_reveal_legacy_rows() {
    let before = started_on(Database::with(SCHEMA).await, &LEGACY).await;
    before.register("ada@x.org").await.is(201);
    let faults = Faults::new();
    let app = before.restarted_as_a_pair(&faults, |builder| builder).await;
    for login in ["user.10@example.com", "ada@x.org", "nobody@x.org", "User.10@Example.COM"] {
        assert_eq!(crate::spellings::look_ups(&app, &faults, login).await, 2, "{login}: one more for everybody");
    }
    app.db.sql("UPDATE users SET email = lower(email) WHERE email LIKE 'User%'").await.unwrap();
    app.db.sql("DELETE FROM users WHERE email LIKE ' blank%' OR email LIKE 'Ｆ%'").await.unwrap();
    assert!(app.auth.check_schema().await.unwrap().rows.is_empty());
    assert_eq!(crate::spellings::look_ups(&app, &faults, "user.10@example.com").await, 1, "a look ends it");
}
