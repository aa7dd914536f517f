//! Printed statements run on tables that are in use, or the sentence says what is in the way (field B08, newcomer 1).

use auth::AuthUser;
use auth::store::{Change, Users};
use auth::{AuthRole, NameEnum as _, NewUser, PasswordHash};
use sqlx::{MySql, Postgres};

use crate::backends::{Database, OnServer};
use crate::refusing::{Clerk, clerk, columns};
use crate::schema::follow;
use crate::sign_up::HASH;

/// A table with a native enum and rows.
async fn with_native_enum(postgres: &OnServer<Postgres>, more: &str) {
    postgres.run("CREATE TYPE \"Job\" AS ENUM ('doctor', 'front_desk')").await;
    let columns =
        columns::<OnServer<Postgres>>().replace("job VARCHAR(20) NOT NULL", "job \"Job\" NOT NULL DEFAULT 'doctor'");
    postgres.run(&format!("CREATE TABLE clerks ({columns}{more})")).await;
    postgres
        .run(&format!("INSERT INTO clerks (email, password_hash, name) VALUES ('old@x.org', '{HASH}', 'Old')"))
        .await;
}

async fn becomes_text(postgres: &OnServer<Postgres>) {
    let problems = postgres.problems::<Clerk>().await;
    assert_eq!(problems.len(), 1, "{problems:#?}");
    follow(postgres, &problems, &[]).await;
    assert_eq!(postgres.problems::<Clerk>().await, [""; 0]);
    postgres.run("DROP TYPE \"Job\"").await;
    let users = postgres.users::<Clerk>();
    users.create(clerk("new@x.org")).await.unwrap();
    assert!(users.find_by_login(0, "old@x.org").await.unwrap().is_some());
    postgres.run("INSERT INTO clerks (email, password_hash, name) VALUES ('other@x.org', '', '')").await;
    assert_eq!(postgres.texts("SELECT job FROM clerks WHERE email = 'other@x.org'").await, ["doctor"], "its default");
}

#[tokio::test]
async fn b08_enum_becomes_text_and_its_type_is_droppable() {
    let Some(postgres) = OnServer::<Postgres>::without_tables().await else { return };
    with_native_enum(&postgres, "").await;
    postgres
        .run("CREATE INDEX by_job ON clerks (job); CREATE TABLE shifts (clerk BIGINT REFERENCES clerks (id))")
        .await;
    postgres.run("CREATE VIEW names AS SELECT name FROM clerks; CREATE POLICY own ON clerks USING (name <> '')").await;
    becomes_text(&postgres).await;
}

#[tokio::test]
async fn b08_what_refuses_a_new_type_is_named() {
    for (make, what, drop) in [
        ("CREATE INDEX busy ON clerks (id) WHERE job = 'doctor'", "index busy", "DROP INDEX busy"),
        ("CREATE VIEW jobs AS SELECT job FROM clerks", "view jobs", "DROP VIEW jobs"),
        ("CREATE POLICY own ON clerks USING (job = 'doctor')", "policy own", "DROP POLICY own ON clerks"),
        (
            "ALTER TABLE clerks ADD CONSTRAINT few CHECK (job <> 'front_desk' OR name <> '')",
            "constraint few",
            "ALTER TABLE clerks DROP CONSTRAINT few",
        ),
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
             CREATE TRIGGER moved BEFORE UPDATE OF job ON clerks FOR EACH ROW EXECUTE FUNCTION f()",
            "trigger moved",
            "DROP TRIGGER moved ON clerks",
        ),
        (
            "ALTER TABLE clerks ADD COLUMN is_doctor BOOLEAN GENERATED ALWAYS AS (job = 'doctor') STORED",
            "is_doctor",
            "ALTER TABLE clerks DROP COLUMN is_doctor",
        ),
    ] {
        let Some(postgres) = OnServer::<Postgres>::without_tables().await else { return };
        with_native_enum(&postgres, "").await;
        postgres.run(make).await;
        let problems = postgres.problems::<Clerk>().await;
        assert!(problems.len() == 1 && problems[0].contains(what), "{what}: {problems:#?}");
        assert!(!problems[0].contains("ALTER") && problems[0].contains("type_name = \"\\\"Job\\\"\""), "{problems:#?}");
        postgres.run(drop).await;
        becomes_text(&postgres).await;
    }
}

#[tokio::test]
async fn b08_referenced_key_is_widened_or_left_alone() {
    if let Some(postgres) = OnServer::<Postgres>::without_tables().await {
        let columns = columns::<OnServer<Postgres>>().replace("id BIGINT", "id INT");
        postgres
            .run(&format!("CREATE TABLE clerks ({columns}); CREATE TABLE shifts (clerk INT REFERENCES clerks (id))"))
            .await;
        postgres.users::<Clerk>();
        let problems = postgres.problems::<Clerk>().await;
        assert!(problems.len() == 1 && problems[0].contains("declare the field as `i32`"), "{problems:#?}");
        follow(&postgres, &problems, &[]).await;
        assert_eq!(postgres.problems::<Clerk>().await, [""; 0]);
    }
    let Some(mysql) = OnServer::<MySql>::without_tables().await else { return };
    let columns = columns::<OnServer<MySql>>().replace("id BIGINT", "id BIGINT UNSIGNED");
    mysql.run(&format!("CREATE TABLE clerks ({columns})")).await;
    mysql
        .run("CREATE TABLE shifts (clerk BIGINT UNSIGNED, CONSTRAINT whose FOREIGN KEY (clerk) REFERENCES clerks (id))")
        .await;
    let problems = mysql.problems::<Clerk>().await;
    assert!(problems.len() == 1 && problems[0].contains("the foreign key `whose` of `shifts`"), "{problems:#?}");
    assert!(problems[0].contains("declare the field as `u64`") && !problems[0].contains("ALTER"), "{problems:#?}");
    mysql.run("DROP TABLE shifts").await;
    follow(&mysql, &mysql.problems::<Clerk>().await, &[]).await;
    assert_eq!(mysql.problems::<Clerk>().await, [""; 0]);
    mysql.users::<Clerk>().create(clerk("new@x.org")).await.unwrap();
}

/// An enum that sqlx writes, as the message says.
#[derive(Clone, Copy, Debug, PartialEq, AuthRole, sqlx::Type)]
#[role(manual(sqlx))]
#[sqlx(type_name = "hr.job_kind", rename_all = "SCREAMING_SNAKE_CASE")]
enum Kind {
    Doctor,
    FrontDesk,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "hr.staff")]
struct Staff {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(role, default = Kind::Doctor)]
    kind: Kind,
}

/// The same table with a role that the library writes as text.
#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "hr.staff")]
struct AsText {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(role, default = crate::refusing::Job::Doctor)]
    kind: crate::refusing::Job,
}

fn staff(email: &str) -> NewUser<Staff> {
    NewUser::new(None, Some(PasswordHash::from_stored(HASH)), StaffRegistration { email: email.to_owned() })
}

#[tokio::test]
async fn native_enum_works_with_the_printed_statements() {
    let Some(postgres) = OnServer::<Postgres>::without_tables().await else { return };
    postgres.run("CREATE SCHEMA hr; CREATE TYPE hr.job_kind AS ENUM ('DOCTOR', 'PORTER')").await;
    postgres
        .run(
            "CREATE TABLE hr.staff (id BIGSERIAL PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL,
                kind hr.job_kind NOT NULL DEFAULT 'DOCTOR')",
        )
        .await;
    let problems = postgres.problems::<AsText>().await;
    assert_eq!(problems.len(), 1, "{problems:#?}");
    for line in [
        "#[derive(Clone, Debug, PartialEq, auth::AuthRole, sqlx::Type)]",
        "#[role(manual(sqlx))]",
        "#[sqlx(type_name = \"hr.job_kind\", rename_all = \"SCREAMING_SNAKE_CASE\")]",
    ] {
        assert!(problems[0].contains(line), "{line}: {problems:#?}");
    }

    // A name that the type lacks is found, and the statement adds it.
    let report = postgres.report::<Staff>().await;
    let expected = "does not take `FRONT_DESK`: ALTER TYPE hr.job_kind ADD VALUE 'FRONT_DESK';";
    assert!(report.schema.len() == 1 && report.schema[0].contains(expected), "{report:#?}");
    follow(&postgres, &report.schema, &[]).await;
    assert_eq!(postgres.problems::<Staff>().await, [""; 0]);

    let users = postgres.users::<Staff>();
    let ann = users.create(staff("ann@x.org")).await.unwrap();
    assert!(users.update(&ann.id, &[Change::Roles(Kind::FrontDesk)]).await.unwrap());
    let ann = users.find_by_login(0, "ann@x.org").await.unwrap().unwrap();
    assert_eq!((ann.kind, ann.kind.name()), (Kind::FrontDesk, "front_desk"));

    // So is one that the program lacks.
    postgres.run("UPDATE hr.staff SET kind = 'PORTER'").await;
    let report = postgres.report::<Staff>().await;
    assert!(
        report.is_ready() && report.rows.len() == 1 && report.rows[0].contains("1 row with `PORTER`"),
        "{report:#?}"
    );
    follow(&postgres, &report.rows, &["'DOCTOR'"]).await;
    assert_eq!(postgres.problems::<Staff>().await, [""; 0]);
}

#[tokio::test]
async fn labels_that_every_sign_up_needs_refuse_the_start() {
    let Some(postgres) = OnServer::<Postgres>::without_tables().await else { return };
    postgres.run("CREATE SCHEMA hr; CREATE TYPE hr.job_kind AS ENUM ('DOCTOR', 'FRONT_DESK', 'PORTER')").await;
    postgres
        .run(
            "CREATE TABLE hr.staff (id BIGSERIAL PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL,
                kind hr.job_kind NOT NULL DEFAULT 'DOCTOR')",
        )
        .await;
    postgres.run("ALTER TYPE hr.job_kind RENAME VALUE 'DOCTOR' TO 'Doctor'").await;
    postgres.run("ALTER TYPE hr.job_kind RENAME VALUE 'FRONT_DESK' TO 'desk'").await;
    let report = postgres.report::<Staff>().await;
    assert!(report.schema.len() == 1, "{report:#?}");
    assert!(report.schema[0].contains("does not take `DOCTOR`, `FRONT_DESK`"), "all of them: {report:#?}");
    assert!(report.schema[0].contains("ALTER TYPE hr.job_kind ADD VALUE 'DOCTOR';"), "{report:#?}");
    for label in ["DOCTOR", "FRONT_DESK"] {
        postgres.run(&format!("ALTER TYPE hr.job_kind ADD VALUE '{label}'")).await;
    }
    assert_eq!(postgres.problems::<Staff>().await, [""; 0]);
    postgres.users::<Staff>().create(staff("ann@x.org")).await.unwrap();
}

#[tokio::test]
async fn mysql_enum_works_unchanged() {
    let Some(mysql) = OnServer::<MySql>::without_tables().await else { return };
    mysql
        .run(
            "CREATE TABLE staff (id BIGINT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(254) NOT NULL UNIQUE,
        password_hash VARCHAR(255) NOT NULL, kind ENUM('DOCTOR', 'FRONT_DESK') NOT NULL DEFAULT 'DOCTOR')",
        )
        .await;
    assert_eq!(mysql.problems::<ByName>().await, [""; 0]);
    let users = mysql.users::<ByName>();
    let new = ByNameRegistration { email: "ann@x.org".to_owned() };
    let ann = users.create(NewUser::new(None, Some(PasswordHash::from_stored(HASH)), new)).await.unwrap();
    assert!(users.update(&ann.id, &[Change::Roles(Named::FrontDesk)]).await.unwrap());
    let found = mysql.users::<ByName>().find(&ann.id).await.unwrap().unwrap();
    assert_eq!(found.kind, Named::FrontDesk);
}

/// The names that the column has.
#[derive(Clone, Copy, Debug, PartialEq, AuthRole)]
#[role(rename_all = "SCREAMING_SNAKE_CASE")]
enum Named {
    Doctor,
    FrontDesk,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "staff")]
struct ByName {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(role, default = Named::Doctor)]
    kind: Named,
}
