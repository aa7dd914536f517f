//! Tables that refuse or lose what the library writes: found at start, without leaving a trace (field B02, B08).

use auth::AuthUser;
use auth::store::sql::{SqlRow, SqlUser, SqlUsers};
use auth::store::{Change, Users};
use auth::{AuthRole, NewUser, PasswordHash};
use sqlx::{MySql, Postgres};

use crate::backends::{Database, OnServer, Sqlite, all};
use crate::schema::{counted, follow};
use crate::sign_up::HASH;

crate::on_every_database! {
    b02_constraints_on_hash_and_role_are_found_at_start
    b02_a_constraint_on_made_up_values_is_a_note
    b02_a_constant_that_must_be_unique_is_found
    b02_a_default_that_refers_to_no_row_is_found
    b02_foreign_key_of_invented_values_is_a_note
    an_update_that_is_refused_halfway_changes_nothing
    start_check_uses_no_number_and_leaves_no_row
    trial_sign_up_leaves_no_row_and_reports_problems
}

#[derive(Clone, Copy, Debug, PartialEq, AuthRole)]
pub(crate) enum Job {
    Doctor,
    FrontDesk,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "clerks")]
pub(crate) struct Clerk {
    #[auth(id)]
    pub(crate) id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(role, default = Job::Doctor)]
    job: Job,
    #[auth(register)]
    #[expect(dead_code, reason = "only constraints look at it")]
    name: String,
}

/// The columns of a good table.
pub(crate) fn columns<D: Database>() -> String {
    format!(
        "{}, email VARCHAR(254) NOT NULL UNIQUE, password_hash VARCHAR(255) NOT NULL, job VARCHAR(20) NOT NULL, \
         name VARCHAR(99) NOT NULL",
        counted::<D>()
    )
}

/// Creates the table with more after its columns.
pub(crate) async fn table<D: Database>(database: &D, more: &str) {
    database.run(&format!("CREATE TABLE clerks ({}{more})", columns::<D>())).await;
}

pub(crate) fn clerk(email: &str) -> NewUser<Clerk> {
    let registration = ClerkRegistration { email: email.to_owned(), name: "Dr. Who".to_owned() };
    NewUser::new(None, Some(PasswordHash::from_stored(HASH)), registration)
}

async fn b02_constraints_on_hash_and_role_are_found_at_start<D: Database>(database: &D)
where
    Clerk: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    table(database, ", CONSTRAINT short CHECK (length(password_hash) < 60), CHECK (job IN ('doctor', 'nurse'))").await;
    let report = database.report::<Clerk>().await;
    let said = report.schema.join("\n");
    assert!(said.contains("refuses what every sign-up writes, by the constraint `short`"), "{report:#?}");
    assert!(said.contains("password_hash") && said.contains("< 60"), "with its text: {said}");
    if D::NAME != "SQLite" {
        assert!(said.contains("`clerks.job` does not take `front_desk`"), "both at once: {said}");
        assert_eq!(report.schema.len(), 2, "{report:#?}");
    }
    assert!(SqlUsers::<Clerk, _>::new(database.pool(0)).create(clerk("ann@x.org")).await.is_err(), "it is true");
}

async fn an_update_that_is_refused_halfway_changes_nothing<D: Database>(database: &D)
where
    Clerk: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    table(database, ", CHECK (job <> 'front_desk')").await;
    let users = database.users::<Clerk>();
    let id = users.create(clerk("ann@x.org")).await.unwrap().id;
    let password = Change::PasswordHash(PasswordHash::from_stored("second"));
    let refused = users.update(&id, &[password.clone(), Change::Roles(Job::FrontDesk)]).await.unwrap_err();
    assert!(refused.is_refused(), "{refused:?}");
    assert_eq!(users.find(&id).await.unwrap().unwrap().password_hash, PasswordHash::from_stored(HASH));
    assert!(users.update(&id, &[password, Change::Roles(Job::Doctor)]).await.unwrap(), "without the refused value");
    assert_eq!(users.find(&id).await.unwrap().unwrap().password_hash, PasswordHash::from_stored("second"));
}

async fn b02_a_constraint_on_made_up_values_is_a_note<D: Database>(database: &D)
where
    Clerk: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    table(database, ", CONSTRAINT titled CHECK (name LIKE 'Dr. %')").await;
    let report = database.report::<Clerk>().await;
    assert!(report.is_ready() && report.notes.len() == 1, "{report:#?}");
    assert!(report.notes[0].contains("made-up values, by the constraint `titled`"), "{report:#?}");
    let users = database.users::<Clerk>();
    assert_eq!(users.try_create(clerk("ann@x.org")).await.unwrap(), [""; 0], "with real values");
    users.create(clerk("ann@x.org")).await.unwrap();
}

async fn b02_a_constant_that_must_be_unique_is_found<D: Database>(database: &D)
where
    Clerk: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    table(database, ", code VARCHAR(9) NOT NULL DEFAULT '' UNIQUE").await;
    let report = database.report::<Clerk>().await;
    assert_eq!(report.schema.len(), 1, "{report:#?}");
    assert!(report.schema[0].contains("takes one sign-up and refuses the next"), "{report:#?}");
    assert!(report.schema[0].contains("`code`"), "{report:#?}");
}

async fn b02_a_default_that_refers_to_no_row_is_found<D: Database>(database: &D)
where
    Clerk: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    database.run("CREATE TABLE teams (id INT PRIMARY KEY)").await;
    let late = if D::NAME == "MySQL" { "" } else { " DEFERRABLE INITIALLY DEFERRED" };
    table(database, &format!(", team INT NOT NULL DEFAULT 1, FOREIGN KEY (team) REFERENCES teams (id){late}")).await;
    let report = database.report::<Clerk>().await;
    assert!(report.schema.len() == 1 && report.schema[0].contains("refers to a row"), "{report:#?}");
    if D::NAME == "PostgreSQL" {
        let wrong = database.users::<Clerk>().try_create(clerk("ann@x.org")).await.unwrap();
        assert!(wrong.len() == 1 && wrong[0].contains("foreign key"), "{wrong:?}");
    }
    database.run("INSERT INTO teams VALUES (1)").await;
    assert_eq!(database.problems::<Clerk>().await, [""; 0]);
}

async fn b02_foreign_key_of_invented_values_is_a_note<D: Database>(database: &D)
where
    Clerk: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let people = "email VARCHAR(254) NOT NULL, name VARCHAR(99) NOT NULL, PRIMARY KEY (email, name)";
    database.run(&format!("CREATE TABLE people ({people})")).await;
    table(database, ", FOREIGN KEY (email, name) REFERENCES people (email, name)").await;
    let report = database.report::<Clerk>().await;
    assert!(report.is_ready(), "{report:#?}");
    assert!(report.notes.iter().all(|note| note.contains("made-up values, by a foreign key;")), "{report:#?}");
    let wrong = database.users::<Clerk>().try_create(clerk("ann@x.org")).await.unwrap();
    assert!(wrong.len() == 1 && wrong[0].ends_with("by a foreign key"), "{wrong:?}");
}

async fn start_check_uses_no_number_and_leaves_no_row<D: Database>(database: &D)
where
    Clerk: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let id = match D::NAME {
        "PostgreSQL" => "id BIGSERIAL PRIMARY KEY",
        "SQLite" => "id INTEGER PRIMARY KEY AUTOINCREMENT",
        _ => counted::<D>(),
    };
    database.run(&format!("CREATE TABLE clerks ({})", columns::<D>().replace(counted::<D>(), id))).await;
    for _ in 0..3 {
        assert_eq!(database.problems::<Clerk>().await, [""; 0]);
    }
    assert_eq!(database.count("SELECT COUNT(*) FROM clerks").await, 0);
    assert_eq!(database.users::<Clerk>().create(clerk("ann@x.org")).await.unwrap().id, 1);
    if D::NAME == "PostgreSQL" {
        let left = "SELECT count(*) FROM pg_class WHERE relname LIKE 'auth_check%'";
        assert_eq!(database.count(left).await, 0);
    }
}

async fn trial_sign_up_leaves_no_row_and_reports_problems<D: Database>(database: &D)
where
    Clerk: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    table(database, "").await;
    let users = database.users::<Clerk>();
    assert_eq!(users.try_create(clerk("ann@x.org")).await.unwrap(), [""; 0]);
    assert_eq!(database.count("SELECT COUNT(*) FROM clerks").await, 0);
    users.create(clerk("ann@x.org")).await.unwrap();
    assert_eq!(users.try_create(clerk("ann@x.org")).await.unwrap(), [""; 0], "its login is another");
    match D::NAME {
        "PostgreSQL" => {
            let body = "$$ BEGIN NEW.email := upper(NEW.email); RETURN NEW; END $$";
            database.run(&format!("CREATE FUNCTION up() RETURNS trigger LANGUAGE plpgsql AS {body}")).await;
            database.run("CREATE TRIGGER up BEFORE INSERT ON clerks FOR EACH ROW EXECUTE FUNCTION up()").await;
        }
        "SQLite" => {
            let body = "UPDATE clerks SET email = upper(email) WHERE id = NEW.id";
            database.run(&format!("CREATE TRIGGER up AFTER INSERT ON clerks BEGIN {body}; END")).await;
        }
        _ => {
            database
                .run("CREATE TRIGGER up BEFORE INSERT ON clerks FOR EACH ROW SET NEW.email = UPPER(NEW.email)")
                .await;
        }
    }
    let wrong = users.try_create(clerk("bob@x.org")).await.unwrap();
    assert!(wrong.len() == 1 && wrong[0].contains("`email`"), "{wrong:?}");
    let report = database.report::<Clerk>().await;
    if D::NAME == "SQLite" {
        assert!(report.schema.len() == 1 && report.schema[0].contains("`email`"), "it is tried: {report:#?}");
    } else {
        assert!(report.notes.len() == 1 && report.notes[0].contains("the trigger `up`"), "it is named: {report:#?}");
        assert!(report.notes[0].contains("changes `email`"), "{report:#?}");
    }
}

#[tokio::test]
async fn b02_triggers_of_sqlite_are_tried() {
    for (body, expected) in [
        ("BEFORE INSERT ON clerks BEGIN SELECT RAISE(IGNORE); END", "discards new rows without an error"),
        (
            "AFTER INSERT ON clerks BEGIN INSERT INTO nowhere VALUES (1); END",
            "refuses what every sign-up writes, the statement",
        ),
    ] {
        let sqlite = Sqlite::bare().await;
        table(&sqlite, "").await;
        sqlite.run(&format!("CREATE TRIGGER t {body}")).await;
        let report = sqlite.report::<Clerk>().await;
        assert!(report.schema.len() == 1 && report.schema[0].contains(expected), "{report:#?}");
    }
    let sqlite = Sqlite::bare().await;
    table(&sqlite, "").await;
    sqlite.run("CREATE TRIGGER t BEFORE INSERT ON clerks BEGIN SELECT RAISE(ROLLBACK, 'no'); END").await;
    let report = sqlite.report::<Clerk>().await;
    assert!(report.is_ready() && report.notes.len() == 1, "it may be about the values: {report:#?}");
    sqlite.run("DROP TRIGGER t").await;
    assert_eq!(sqlite.problems::<Clerk>().await, [""; 0], "the connection is as before");
    sqlite.users::<Clerk>().create(clerk("ann@x.org")).await.unwrap();
}

#[tokio::test]
async fn b02_numeric_login_column_of_sqlite_is_reported() {
    let sqlite = Sqlite::bare().await;
    let columns = columns::<Sqlite>().replace("email VARCHAR(254)", "email STRING");
    sqlite.run(&format!("CREATE TABLE clerks ({columns})")).await;
    let report = sqlite.report::<Clerk>().await;
    assert!(report.schema.len() == 1 && report.schema[0].contains("stores as NUMERIC"), "{report:#?}");
}

#[tokio::test]
async fn b02_a_database_of_sqlite_without_writes_is_found() {
    let sqlite = Sqlite::bare().await;
    table(&sqlite, "").await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(sqlite.path()).read_only(true);
    let pool = sqlx::sqlite::SqlitePoolOptions::new().connect_with(options).await.unwrap();
    let report = SqlUsers::<Clerk, _>::new(pool).problems().await.unwrap();
    assert!(report.schema.len() == 1 && report.schema[0].contains("is read-only"), "{report:#?}");
}

#[tokio::test]
async fn b02_statement_adds_missing_enum_names() {
    let Some(mysql) = OnServer::<MySql>::without_tables().await else { return };
    let columns = columns::<OnServer<MySql>>()
        .replace("job VARCHAR(20) NOT NULL", "job ENUM('doctor') NOT NULL DEFAULT 'doctor'");
    mysql.run(&format!("CREATE TABLE clerks ({columns})")).await;
    mysql.users::<Clerk>().create(clerk("ann@x.org")).await.unwrap();
    let report = mysql.report::<Clerk>().await;
    assert!(report.schema.len() == 1 && report.schema[0].contains("does not take `front_desk`: ALTER"), "{report:#?}");
    follow(&mysql, &report.schema, &[]).await;
    assert_eq!(mysql.problems::<Clerk>().await, [""; 0]);
}

#[tokio::test]
async fn b02_an_engine_without_transactions_is_refused() {
    let Some(mysql) = OnServer::<MySql>::without_tables().await else { return };
    mysql.run(&format!("CREATE TABLE clerks ({}) ENGINE = MyISAM", columns::<OnServer<MySql>>())).await;
    let report = mysql.report::<Clerk>().await;
    assert!(report.schema.len() == 1 && report.schema[0].contains("has the engine MyISAM"), "{report:#?}");
    let users = mysql.users::<Clerk>();
    assert!(users.try_create(clerk("ann@x.org")).await.is_err());
    assert_eq!(mysql.count("SELECT COUNT(*) FROM clerks").await, 0, "the row would stay");
    follow(&mysql, &report.schema, &[]).await;
    assert_eq!(mysql.problems::<Clerk>().await, [""; 0]);
    assert_eq!(users.try_create(clerk("ann@x.org")).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn b02_a_domain_that_refuses_every_hash_is_found() {
    let Some(postgres) = OnServer::<Postgres>::without_tables().await else { return };
    postgres.run("CREATE DOMAIN bcrypt AS TEXT CONSTRAINT form CHECK (VALUE LIKE '$2b$%')").await;
    let columns = columns::<OnServer<Postgres>>().replace("password_hash VARCHAR(255)", "password_hash bcrypt");
    postgres.run(&format!("CREATE TABLE clerks ({columns})")).await;
    let report = postgres.report::<Clerk>().await;
    assert!(report.schema.len() == 1 && report.schema[0].contains("constraint `form`"), "{report:#?}");
}

#[tokio::test]
async fn b02_rules_and_missing_partitions_of_postgresql_are_found() {
    let Some(postgres) = OnServer::<Postgres>::without_tables().await else { return };
    table(&postgres, "").await;
    postgres.run("CREATE RULE quiet AS ON INSERT TO clerks DO INSTEAD NOTHING").await;
    let report = postgres.report::<Clerk>().await;
    assert!(report.schema.len() == 1 && report.schema[0].contains("the rule `quiet`"), "{report:#?}");
    follow(&postgres, &report.schema, &[]).await;
    assert_eq!(postgres.problems::<Clerk>().await, [""; 0]);

    postgres.run("DROP TABLE clerks").await;
    let columns = columns::<OnServer<Postgres>>().replace(" PRIMARY KEY", "");
    postgres.run(&format!("CREATE TABLE clerks ({columns}) PARTITION BY HASH (email)")).await;
    let report = postgres.report::<Clerk>().await;
    assert!(report.schema.len() == 1 && report.schema[0].contains("has no partition"), "{report:#?}");
    postgres.run("CREATE TABLE part PARTITION OF clerks FOR VALUES WITH (MODULUS 1, REMAINDER 0)").await;
    assert_eq!(postgres.problems::<Clerk>().await, [""; 0]);
}

#[tokio::test]
async fn b02_a_read_only_postgresql_is_refused() {
    let Some(postgres) = OnServer::<Postgres>::without_tables().await else { return };
    table(&postgres, "").await;
    let name = &postgres.texts("SELECT current_database()::text").await[0];
    postgres.run(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await;
    let report = SqlUsers::<Clerk, _>::new(postgres.another_pool().await).problems().await.unwrap();
    assert!(report.schema.len() == 1 && report.schema[0].contains("is read-only"), "{report:#?}");
}

#[tokio::test]
async fn b02_harmless_triggers_are_not_mentioned() {
    let Some(postgres) = OnServer::<Postgres>::without_tables().await else { return };
    table(&postgres, ", updated_at TIMESTAMPTZ").await;
    for (name, time, body) in [
        ("stamp", "BEFORE INSERT OR UPDATE", "NEW.updated_at := now(); RETURN NEW;"),
        ("audit", "AFTER INSERT", "PERFORM NEW.email = 'x'; RETURN NULL;"),
    ] {
        postgres
            .run(&format!("CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"))
            .await;
        postgres.run(&format!("CREATE TRIGGER {name} {time} ON clerks FOR EACH ROW EXECUTE FUNCTION {name}()")).await;
    }
    assert_eq!(all(postgres.report::<Clerk>().await), [""; 0]);
    let body = "IF NEW.email LIKE '%@evil.example' THEN RETURN NULL; END IF; RETURN NEW;";
    postgres.run(&format!("CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")).await;
    postgres.run("CREATE TRIGGER gate BEFORE INSERT ON clerks FOR EACH ROW EXECUTE FUNCTION gate()").await;
    let notes = postgres.report::<Clerk>().await.notes;
    assert!(notes.len() == 1 && notes[0].contains("the trigger `gate` of `clerks` may drop a row"), "{notes:#?}");
}

#[tokio::test]
async fn b02_sequence_behind_its_rows_is_a_note() {
    for id in ["id BIGSERIAL PRIMARY KEY", "id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"] {
        let Some(postgres) = OnServer::<Postgres>::without_tables().await else { return };
        let columns = columns::<OnServer<Postgres>>().replace(counted::<OnServer<Postgres>>(), id);
        postgres.run(&format!("CREATE TABLE clerks ({columns})")).await;
        for n in [1, 2, 7] {
            let values = format!("{n}, 'a{n}@x.org', '{HASH}', 'doctor', 'A'");
            postgres.run(&format!("INSERT INTO clerks (id, email, password_hash, job, name) VALUES ({values})")).await;
        }
        let report = postgres.report::<Clerk>().await;
        assert!(report.is_ready() && report.notes.len() == 1, "{report:#?}");
        assert!(report.notes[0].contains("is 1, and a row of `clerks` has it already"), "{report:#?}");
        follow(&postgres, &report.notes, &[]).await;
        assert_eq!(postgres.problems::<Clerk>().await, [""; 0]);
        assert_eq!(postgres.users::<Clerk>().create(clerk("new@x.org")).await.unwrap().id, 8);
    }
}
