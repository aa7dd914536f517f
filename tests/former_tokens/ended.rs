//! Whatever ends sessions ends that of a former token, and the token with it.

use auth::store::sql::{SqlRow, SqlUser};
use auth_tests::app::PASSWORD;
use auth_tests::users::{SCHEMA, User};
use auth_tests::{Call, Database, Place};
use serde_json::json;

use super::{ADA, DAY, NEW_PASSWORD, Switched, accepting, claims, signed, switched, switched_on};

auth_tests::on_databases! {
    SCHEMA;
    rev_01_signed_out_former_token_stays_refused
    rev_02_whatever_ends_sessions_ends_former_tokens
}

async fn rev_01_signed_out_former_token_stays_refused<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let mut switched = switched_on(place, accepting).await;
    let token = switched.token.clone();
    let unused = signed(&json!({ "sub": switched.id, "iat": 1_799_990_001, "exp": 1_802_000_000 }));
    switched.accepts(&token).await;
    switched.app.logout(&token).await.is(204);
    // One that was never used here can be signed out, too.
    switched.app.logout(&unused).await.is(204);
    for days in [0, 1, 2, 20] {
        switched.app.after(days * DAY);
        switched.app.auth.purge_expired().await.unwrap();
        switched.refuses(&token, "it was signed out").await;
        switched.refuses(&unused, "it was signed out unused").await;
        switched.app.logout(&token).await.is(204);
        // Memory forgets, and so does an instance that starts.
        let app = switched.app.beside(accepting).await;
        switched = Switched { app, ..switched };
        switched.refuses(&token, "after a restart").await;
        switched.refuses(&unused, "after a restart").await;
    }
    assert_eq!(switched.begun(), 0);
    let other = signed(&json!({ "sub": switched.id, "iat": 1_799_990_002, "exp": 1_803_000_000 }));
    switched.accepts(&other).await;
}

/// How somebody's sessions end.
const WAYS: [&str; 8] =
    ["logout_all", "password", "set_password", "disable", "delete", "end_sessions", "end_session", "end_everything"];

async fn end<P: Place>(switched: &Switched<P>, way: &str, own: &str) {
    let (app, id) = (&switched.app, switched.id);
    let accounts = app.auth.accounts();
    match way {
        "logout_all" => drop(app.send(Call::post("/auth/logout-all").bearer(own)).await.is(204)),
        "password" => drop(app.change_password(own, PASSWORD, NEW_PASSWORD).await.is(204)),
        "set_password" => accounts.set_password(&id, NEW_PASSWORD).await.unwrap(),
        "disable" => accounts.disable(&id).await.unwrap(),
        "delete" => accounts.delete(&id).await.unwrap(),
        "end_sessions" => accounts.end_sessions(&id).await.unwrap(),
        "end_everything" => app.auth.end_everything().await.unwrap(),
        _ => {
            let listed = switched.sessions(own).await;
            let former = listed.iter().find(|session| session["former_token"] == true).unwrap();
            let path = format!("/auth/sessions/{}", former["id"].as_str().unwrap());
            app.send(Call::delete(&path).bearer(own)).await.is(204);
        }
    }
}

async fn rev_02_whatever_ends_sessions_ends_former_tokens<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let first = switched_on(place, accepting).await;
    for (n, way) in WAYS.into_iter().enumerate() {
        // Another account for each.
        let email = format!("{n}@example.org");
        let sql = format!(
            "INSERT INTO users (email, password_hash, is_active, role, display_name) SELECT '{email}', password_hash, \
             TRUE, 'member', 'x' FROM users WHERE email = '{ADA}'"
        );
        first.app.db.sql(&sql).await.unwrap();
        let app = first.app.beside(accepting).await;
        let own = app.login(&email, PASSWORD).await.is(200).access_token();
        let id: i64 = auth_tests::payload(&own)["sub"].as_str().unwrap().parse().unwrap();
        let token = signed(&claims(id, &app.clock));
        let unused = signed(&json!({ "sub": id, "iat": 1_799_990_000, "exp": 1_802_000_000 }));
        let silent = signed(&json!({ "sub": id, "exp": 1_802_000_000 }));
        let switched = Switched { app, id, token };
        switched.accepts(&switched.token).await;
        end(&switched, way, &own).await;
        switched.refuses(&switched.token, way).await;
        if way == "end_session" {
            switched.accepts(&unused).await;
            continue;
        }
        // Nobody has seen these before.
        switched.refuses(&unused, way).await;
        switched.refuses(&silent, way).await;
        if way == "disable" {
            switched.app.auth.accounts().enable(&switched.id).await.unwrap();
        }
        switched.app.after(2 * DAY);
        switched.app.auth.purge_expired().await.unwrap();
        let app = switched.app.beside(accepting).await;
        let later = Switched { app, ..switched };
        later.refuses(&later.token, way).await;
        later.refuses(&unused, way).await;
    }
}

#[tokio::test]
async fn password_change_by_former_token_spares_only_its_session() {
    let switched = switched().await;
    let other = signed(&json!({ "sub": switched.id, "iat": 1_799_990_000, "exp": 1_802_000_000 }));
    switched.accepts(&switched.token).await;
    switched.accepts(&other).await;
    switched.app.change_password(&switched.token, PASSWORD, NEW_PASSWORD).await.is(204);
    switched.accepts(&switched.token).await;
    switched.refuses(&other, "the password was changed").await;
    switched.app.logout(&switched.token).await.is(204);
    switched.refuses(&switched.token, "signed out").await;
}

#[tokio::test]
async fn former_tokens_count_among_the_sessions_of_a_user() {
    let switched = switched_on(Database::with(SCHEMA).await, |builder| accepting(builder).sessions_per_user(3)).await;
    let token = |n: u64| signed(&json!({ "sub": switched.id, "iat": 1_799_990_000 + n, "exp": 1_802_000_000 }));
    for n in 0..5 {
        switched.accepts(&token(n)).await;
        switched.app.after(60);
    }
    assert_eq!(switched.sessions(&token(4)).await.len(), 3);
    for n in 0..5 {
        let answer = switched.present(&token(n)).await;
        assert_eq!(answer.status, if n < 2 { 401 } else { 200 }, "{n}");
    }
}
