//! Two instances on one database.

use auth::store::sql::{SqlRow, SqlUser};
use auth_tests::Database;
use auth_tests::users::{SCHEMA, User};
use auth_tests::{Call, Place};

use super::{Switched, accepting, switched_on};

auth_tests::on_databases! {
    SCHEMA;
    rev_03_what_one_instance_ends_no_other_accepts
}

async fn rev_03_what_one_instance_ends_no_other_accepts<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    for way in ["logout", "logout_all", "disable"] {
        let here = switched_on(place.clone(), accepting).await;
        let there = Switched { app: here.app.beside(accepting).await, id: here.id, token: here.token.clone() };
        here.accepts(&here.token).await;
        there.accepts(&there.token).await;
        assert_eq!((here.begun(), there.begun()), (1, 0), "one session for both");
        match way {
            "logout" => drop(here.app.logout(&here.token).await.is(204)),
            "logout_all" => drop(here.app.send(Call::post("/auth/logout-all").bearer(&here.token)).await.is(204)),
            _ => here.app.auth.accounts().disable(&here.id).await.unwrap(),
        }
        // What the poller does twice a second.
        there.app.auth.sync_revocations().await.unwrap();
        there.refuses(&there.token, way).await;
        here.app.db.sql("DELETE FROM users").await.unwrap();
    }
}

#[tokio::test]
async fn an_instance_without_the_setting_accepts_none() {
    let here = switched_on(Database::with(SCHEMA).await, accepting).await;
    here.accepts(&here.token).await;
    let app = here.app.beside(|builder| builder).await;
    let without = Switched { app, id: here.id, token: here.token.clone() };
    without.refuses(&here.token, "there is no setting").await;
    here.accepts(&here.token).await;
}
