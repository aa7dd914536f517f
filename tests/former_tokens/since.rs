//! When a token was issued, and what has happened since.

use auth_tests::Database;
use auth_tests::app::PASSWORD;
use auth_tests::users::{Role, SCHEMA};
use serde_json::json;
use std::time::Duration;

use super::{DAY, HOUR, NEW_PASSWORD, hs256, now, signed, switched, switched_on};

#[tokio::test]
async fn tokens_from_before_the_last_end_are_refused() {
    let switched = switched().await;
    let own = switched.signed_in().await;
    switched.app.change_password(&own, PASSWORD, NEW_PASSWORD).await.is(204);
    let ended = now(&switched.app.clock);
    // The old code may go on for some minutes during a deployment.
    switched.app.after(HOUR);
    let issued = |at: u64| signed(&json!({ "sub": switched.id, "iat": at, "exp": ended + DAY }));
    // The clock of the former application may have been as far ahead as the leeway.
    for at in [0, ended - DAY, ended - 1, ended, ended + 5] {
        switched.refuses(&issued(at), &format!("{at}, {ended}")).await;
    }
    switched.accepts(&issued(ended + 6)).await;
    // One of tomorrow would be newer than everything of today.
    switched.refuses(&issued(now(&switched.app.clock) + 6), "issued in the future").await;
    switched.accepts(&issued(now(&switched.app.clock) + 5)).await;
}

#[tokio::test]
async fn silent_tokens_are_refused_once_anything_has_ended() {
    for lifetime in [None, Some(30 * DAY)] {
        let settings = lifetime.map_or(hs256(), |secs| hs256().lifetime(Duration::from_secs(secs)));
        let switched = switched_on(Database::with(SCHEMA).await, |builder| builder.former_tokens(settings)).await;
        let silent = |exp: u64| signed(&json!({ "sub": switched.id, "exp": exp }));
        let start = now(&switched.app.clock);
        switched.accepts(&silent(start + DAY)).await;
        switched.app.auth.accounts().end_sessions(&switched.id).await.unwrap();
        switched.refuses(&silent(start + DAY), "seen before").await;
        switched.refuses(&silent(start + 2 * DAY), "not seen before").await;
        switched.app.after(HOUR);
        let later = silent(start + 30 * DAY + 60);
        match lifetime {
            None => switched.refuses(&later, "nobody knows when it was issued").await,
            Some(_) => switched.accepts(&later).await,
        }
    }
}

#[tokio::test]
async fn changed_roles_sign_out_no_former_token() {
    let switched = switched().await;
    switched.app.auth.accounts().set_role(&switched.id, Role::Editor).await.unwrap();
    switched.app.auth.accounts().row_changed(&switched.id).await.unwrap();
    switched.accepts(&switched.token).await;
}
