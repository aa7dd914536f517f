//! Row-level security, and registration that is closed by privileges (field B02).

use auth::store::Users;
use auth::store::sql::SqlUsers;
use sqlx::Postgres;

use crate::backends::{Database, OnServer};
use crate::refusing::{Clerk, clerk, table};
use crate::schema::follow;
use crate::server_tables::connected_as;

#[tokio::test]
async fn b02_policies_that_shut_us_out_are_found_at_start() {
    let Some(postgres) = OnServer::<Postgres>::without_tables().await else { return };
    let role = format!("auth_rls_{}", std::process::id());
    table(&postgres, "").await;
    postgres.run("ALTER TABLE clerks ENABLE ROW LEVEL SECURITY").await;
    postgres.run(&format!("CREATE ROLE {role} LOGIN; GRANT ALL ON clerks TO {role}")).await;
    let app = connected_as(&postgres, &role).await;
    let users = SqlUsers::<Clerk, _>::new(app.clone());
    let report = users.problems().await.unwrap();
    assert_eq!((report.schema.len(), report.notes.len()), (2, 1), "{report:#?}");
    for (found, command) in report.schema.iter().chain(&report.notes).zip(["SELECT", "UPDATE", "INSERT"]) {
        assert!(found.contains(&format!("no policy lets it {command}")), "{command}: {report:#?}");
    }

    // The smallest case of the report: sign-up and login work, every change does nothing.
    postgres.run("CREATE POLICY a ON clerks FOR INSERT WITH CHECK (true)").await;
    postgres.run("CREATE POLICY b ON clerks FOR SELECT USING (true)").await;
    let report = users.problems().await.unwrap();
    assert!(report.schema.len() == 1 && report.schema[0].contains("lets it UPDATE"), "{report:#?}");
    follow(&postgres, &report.schema, &[]).await;
    assert!(users.problems().await.unwrap().is_empty());
    users.create(clerk("ann@x.org")).await.unwrap();

    // One that depends on something cannot be judged from outside.
    postgres
        .run("CREATE POLICY c ON clerks AS RESTRICTIVE FOR SELECT USING (current_setting('app.tenant', true) = name)")
        .await;
    let report = users.problems().await.unwrap();
    assert!(
        report.is_ready() && report.notes.len() == 1 && report.notes[0].contains("the policies b, c"),
        "{report:#?}"
    );
    let wrong = users.try_create(clerk("bob@x.org")).await.unwrap();
    assert!(wrong.len() == 1 && wrong[0].contains("not found again"), "{wrong:?}");

    // The owner and superusers are not concerned.
    assert!(postgres.report::<Clerk>().await.is_empty());
    app.close().await;
    postgres.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

#[tokio::test]
async fn a_closed_registration_starts_with_a_warning() {
    let Some(postgres) = OnServer::<Postgres>::without_tables().await else { return };
    let role = format!("auth_closed_{}", std::process::id());
    table(&postgres, "").await;
    postgres.run(&format!("CREATE ROLE {role} LOGIN; GRANT SELECT, UPDATE, DELETE ON clerks TO {role}")).await;
    let app = connected_as(&postgres, &role).await;
    let users = SqlUsers::<Clerk, _>::new(app.clone());
    let report = users.problems().await.unwrap();
    assert!(report.is_ready() && report.notes.len() == 1, "{report:#?}");
    assert!(report.notes[0].contains("nobody can sign up") && report.notes[0].contains("GRANT INSERT"), "{report:#?}");
    follow(&postgres, &report.notes, &[]).await;
    let report = users.problems().await.unwrap();
    assert_eq!(report.schema.len() + report.notes.len(), 0, "an identity needs no right: {report:#?}");
    app.close().await;
    postgres.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

#[tokio::test]
async fn a_copy_that_may_not_be_made_refuses_no_start() {
    let Some(postgres) = OnServer::<Postgres>::without_tables().await else { return };
    let role = format!("auth_notemp_{}", std::process::id());
    table(&postgres, ", CHECK (length(password_hash) < 60)").await;
    let name = &postgres.texts("SELECT current_database()::text").await[0];
    postgres.run(&format!("REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC")).await;
    postgres.run(&format!("CREATE ROLE {role} LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON clerks TO {role}")).await;
    let app = connected_as(&postgres, &role).await;
    let users = SqlUsers::<Clerk, _>::new(app.clone());
    assert!(users.problems().await.unwrap().is_empty());
    let wrong = users.try_create(clerk("ann@x.org")).await.unwrap();
    assert!(wrong.len() == 1 && wrong[0].contains("constraint"), "{wrong:?}");
    app.close().await;
    postgres.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}
