//! Row-level security, and registration that is closed by privileges (field B02).

use auth::PasswordHash;
use auth::store::sql::SqlUsers;
use auth::store::{Change, Users};
use sqlx::Postgres;

use crate::backends::{Database, OnServer};
use crate::refusing::{Clerk, Job, clerk, table};
use crate::schema::follow;
use crate::server_tables::connected_as;
use crate::sign_up::HASH;

#[tokio::test]
async fn b02_blocking_row_policies_are_found_at_start() {
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
async fn forbidden_trial_row_does_not_stop_the_start() {
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

/// What policies hide or refuse at run time is an error, or a row that is not there; never a success.
#[tokio::test]
async fn b02_what_a_policy_refuses_is_never_done() {
    let Some(postgres) = OnServer::<Postgres>::without_tables().await else { return };
    let role = format!("auth_run_{}", std::process::id());
    table(&postgres, "").await;
    postgres.run("ALTER TABLE clerks ENABLE ROW LEVEL SECURITY").await;
    postgres.run(&format!("CREATE ROLE {role} LOGIN; GRANT ALL ON clerks TO {role}")).await;
    let ann = postgres.users::<Clerk>().create(clerk("ann@x.org")).await.unwrap().id;
    let app = connected_as(&postgres, &role).await;
    let users = SqlUsers::<Clerk, _>::new(app.clone());
    let hash = PasswordHash::from_stored(format!("{HASH}B"));
    let rows = async || postgres.count("SELECT COUNT(*) FROM clerks").await;

    // Without a policy, nothing is there, and nothing can be added.
    assert!(users.find(&ann).await.unwrap().is_none());
    assert!(users.find_by_login(0, "ann@x.org").await.unwrap().is_none());
    assert!(users.find_hash(0, "ann@x.org").await.unwrap().is_none());
    let error = users.create(clerk("bob@x.org")).await.unwrap_err();
    assert!(!error.is_unavailable() && error.taken_login().is_none(), "it would not help to try again: {error:?}");
    assert!(
        !users.update(&ann, &[Change::PasswordHash(hash.clone())]).await.unwrap() && !users.delete(&ann).await.unwrap()
    );
    assert_eq!(rows().await, 1);

    // What can be seen and not changed is no missing row.
    postgres.run("CREATE POLICY see ON clerks FOR SELECT USING (true)").await;
    assert!(users.find_by_login(0, "ann@x.org").await.unwrap().is_some());
    for done in [users.update(&ann, &[Change::PasswordHash(hash.clone())]).await, users.delete(&ann).await] {
        assert!(done.unwrap_err().is_refused());
    }
    // Nor is what the new row may not be.
    postgres.run("CREATE POLICY change ON clerks FOR UPDATE USING (true) WITH CHECK (job <> 'front_desk')").await;
    assert!(users.update(&ann, &[Change::PasswordHash(hash)]).await.unwrap());
    assert!(users.update(&ann, &[Change::Roles(Job::FrontDesk)]).await.unwrap_err().is_refused());
    // A login of an account that cannot be seen is taken all the same.
    postgres.run("CREATE POLICY add ON clerks FOR INSERT WITH CHECK (email NOT LIKE '%@evil.example')").await;
    postgres
        .run("DROP POLICY see ON clerks; CREATE POLICY see ON clerks FOR SELECT USING (email <> 'ann@x.org')")
        .await;
    assert_eq!(users.create(clerk("ann@x.org")).await.unwrap_err().taken_login(), Some(0));
    let error = users.create(clerk("eve@evil.example")).await.unwrap_err();
    assert!(!error.is_unavailable() && error.taken_login().is_none(), "{error:?}");
    // A row that its own sign-up cannot see does not stay.
    postgres.run("DROP POLICY see ON clerks; CREATE POLICY see ON clerks FOR SELECT USING (job = 'front_desk')").await;
    assert!(users.create(clerk("bob@x.org")).await.is_err());
    assert_eq!(rows().await, 1);

    postgres.run("DROP POLICY see ON clerks; CREATE POLICY see ON clerks FOR SELECT USING (true)").await;
    postgres.run("CREATE POLICY remove ON clerks FOR DELETE USING (true)").await;
    let bob = users.create(clerk("bob@x.org")).await.unwrap().id;
    assert!(users.delete(&bob).await.unwrap());
    assert_eq!(rows().await, 1);
    app.close().await;
    postgres.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}
