//! What the table refuses is logged, because the client is told no more than that.

use std::sync::LazyLock;

use auth::AuthError;
use auth_tests::{App, Role};

use crate::{LOG, logged};

#[tokio::test]
async fn a_change_that_the_table_refuses_is_logged() {
    LazyLock::force(&LOG);
    let app = App::new().await;
    app.register("ada@x.org").await.is(201);
    let trigger = "CREATE TRIGGER no_admins BEFORE UPDATE ON users WHEN new.role = 'admin'
        BEGIN SELECT RAISE(ABORT, 'no more of ada@x.org'); END";
    sqlx::raw_sql(trigger).execute(&app.pool).await.unwrap();
    let refused = app.auth.accounts().set_role(&1, Role::Admin).await;
    assert!(matches!(refused, Err(AuthError::RefusedByTable(_))), "{refused:?}");
    let log = logged();
    let line = log.lines().find(|line| line.contains("the table of users refuses a change")).unwrap();
    assert!(line.contains("WARN") && line.contains("the database answers 1811"), "{line}");
    assert!(!line.contains("ada@x.org"), "its message may repeat a value: {line}");
}
