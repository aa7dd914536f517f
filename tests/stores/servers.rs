//! Behaviour that only servers have.

use std::error::Error;

use auth::store::sql::{Dialect, SqlRecords, SqlUsers};
use auth::store::{Records, StoreError, Users};
use auth::{AuthUser, NameEnum as _, NewUser};
use auth_tests::Server;
use sqlx::{AssertSqlSafe, MySql, Postgres, SqlSafeStr as _, Transaction};

use crate::backends::{Database as _, Fixture as _, OnServer};
use crate::models::{Member, Role};
use crate::records::record;

/// Always runs, and reports which databases this binary really tested, because a skipped test has not passed.
#[test]
fn db_13_missing_server_address_prints_a_skip_notice() {
    for (name, url) in [(Postgres::NAME, Postgres::url()), (MySql::NAME, MySql::url())] {
        use std::io::Write as _;
        let fate = if url.is_some() { "tested" } else { "SKIPPED" };
        drop(writeln!(std::io::stderr(), "stores: {name} {fate}"));
    }
}

/// The error and its causes, in both forms that end up in logs.
pub(crate) fn everything(error: &StoreError) -> String {
    let chain = std::iter::successors(Some(error as &dyn Error), |error| (*error).source());
    chain.map(|error| format!("{error} {error:?}")).collect::<Vec<_>>().join(" < ")
}

crate::on_every_store! { @on_postgres crate::backends::OnServer<sqlx::Postgres>, open: log_01_no_error_repeats_a_value db_02_a_statement_that_lost_a_deadlock_is_run_again db_02_a_sign_up_that_lost_a_deadlock_is_run_again }
crate::on_every_store! { @on_mysql crate::backends::OnServer<sqlx::MySql>, open: log_01_no_error_repeats_a_value db_02_a_statement_that_lost_a_deadlock_is_run_again db_02_a_sign_up_that_lost_a_deadlock_is_run_again }

async fn log_01_no_error_repeats_a_value<D: crate::backends::Database>(database: &D) {
    let members = database.members().first;
    let secret = "secret-address";
    members.create(Member::sign_up_as("ann@x.org", "ann")).await.unwrap();
    database.run("CREATE UNIQUE INDEX surprise ON members (favourite, is_active)").await;
    let conflict = members.create(Member::sign_up_as(secret, "bob")).await.unwrap_err();
    assert_eq!((conflict.taken_login(), conflict.is_unavailable()), (None, false));
    let too_long = members.create(Member::sign_up_as("eve", &secret.repeat(100))).await.unwrap_err();
    assert!(!too_long.is_unavailable(), "{too_long:?}");
    let check = members.create(Member::sign_up_as(secret, "root")).await.unwrap_err();
    assert!(!check.is_unavailable());
    for error in [conflict, too_long, check] {
        let text = everything(&error);
        assert!(!text.contains(secret) && !text.contains("editor"), "{text}");
    }
    database.run("DROP TABLE auth_records").await;
    let error = database.records().first.get("kind", "a").await.unwrap_err();
    assert!(error.is_unavailable() && everything(&error).contains("auth_records"), "but what is missing is said");
}

/// Runs a statement in another transaction.
async fn run<DB: Dialect>(theirs: &mut Transaction<'static, DB>, sql: &str) {
    DB::execute(theirs, AssertSqlSafe(sql).into_sql_str(), DB::Arguments::default()).await.unwrap();
}

/// Waits until a statement waits for a lock.
async fn somebody_waits<D: crate::backends::Database>(database: &D) {
    let waiting = match D::NAME {
        "PostgreSQL" => {
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        }
        // MySQL caches this information for a short time, hence the pause.
        _ => {
            "SELECT COUNT(*) FROM (SELECT SLEEP(0.15)) pause, information_schema.innodb_trx
             JOIN information_schema.processlist ON trx_mysql_thread_id = id
             WHERE db = DATABASE() AND trx_state = 'LOCK WAIT'"
        }
    };
    while database.count(waiting).await == 0 {
        tokio::task::yield_now().await;
    }
}

/// How often a deadlock is made, because the database may choose the other transaction.
const DEADLOCKS: usize = 20;

/// Runs what closes the circle. Returns whether it was the other transaction that the database aborted.
async fn closes<DB: Dialect>(mut theirs: Transaction<'static, DB>, sql: &str, keep: bool) -> bool {
    let done = DB::execute(&mut theirs, AssertSqlSafe(sql).into_sql_str(), DB::Arguments::default()).await.is_ok();
    let ended = if done && keep { theirs.commit().await } else { theirs.rollback().await };
    ended.unwrap();
    done
}

/// Two transactions, each of which holds one record and wants that of the other. MySQL aborts the one that has written
/// less, PostgreSQL the one that has waited longer: in both cases ours, unless a busy machine lets the other one come so
/// late that PostgreSQL no longer looks at ours.
async fn db_02_a_statement_that_lost_a_deadlock_is_run_again<D: crate::backends::Database>(database: &D) {
    let records = database.records().first;
    for n in 0..20 {
        records.insert(&record(&format!("other {n}"), "bob")).await.unwrap();
    }
    for _ in 0..DEADLOCKS {
        for key in ["a", "b"] {
            records.insert(&record(key, "ann")).await.unwrap();
        }
        let mut theirs = database.pool(1).begin().await.unwrap();
        run(&mut theirs, "UPDATE auth_records SET version = 7 WHERE owner = 'bob'").await;
        run(&mut theirs, "UPDATE auth_records SET version = 7 WHERE kind = 'kind' AND record_key = 'b'").await;
        let ours = database.records().first;
        let ours = tokio::spawn(async move { ours.delete_owned("kind", "ann", None).await });
        somebody_waits(database).await;
        let last = "UPDATE auth_records SET version = 7 WHERE kind = 'kind' AND record_key = 'a'";
        let ours_lost = closes(theirs, last, true).await;
        assert_eq!(ours.await.unwrap().unwrap(), 2);
        if ours_lost {
            assert_eq!(database.count("SELECT COUNT(*) FROM auth_records WHERE version = 7").await, 20);
            return;
        }
    }
    panic!("no statement of ours lost a deadlock");
}

/// As above, with a sign-up, which locks two logins.
async fn db_02_a_sign_up_that_lost_a_deadlock_is_run_again<D: crate::backends::Database>(database: &D) {
    let members = database.members().first;
    for n in 0..20 {
        members.create(Member::sign_up(&format!("{n}@x.org"))).await.unwrap();
    }
    let insert = "INSERT INTO members (email, nick) VALUES";
    for _ in 0..DEADLOCKS {
        let mut theirs = database.pool(1).begin().await.unwrap();
        run(&mut theirs, "UPDATE members SET roles = 'author'").await;
        run(&mut theirs, &format!("{insert} ('theirs@x.org', 'Ann')")).await;
        let ours = database.members().first;
        let ours = tokio::spawn(async move { ours.create(Member::sign_up_as("ann@x.org", "Ann")).await });
        somebody_waits(database).await;
        let ours_lost = closes(theirs, &format!("{insert} ('ann@x.org', 'Bob')"), false).await;
        assert_eq!(ours.await.unwrap().unwrap().email, "ann@x.org");
        if ours_lost {
            return;
        }
        database.run("DELETE FROM members WHERE nick = 'Ann'").await;
    }
    panic!("no sign-up of ours lost a deadlock");
}

#[tokio::test]
async fn db_03_mysql_default_collation_does_not_merge_logins() {
    let Some(mysql) = OnServer::<MySql>::without_tables().await else { return };
    mysql.run(&Member::MYSQL.replace("COLLATE {exact}", "COLLATE utf8mb4_general_ci")).await;
    let members = mysql.members().first;
    members.create(Member::sign_up_as("ann@x.org", "Ann")).await.unwrap();
    for (nick, found) in [("Ann", true), ("ann", false), ("Ann ", false), ("Änn", false), ("0", false)] {
        assert_eq!(members.find_by_login(Member::NICK, nick).await.unwrap().is_some(), found, "{nick}");
    }
    // The unique index treats them as the same, so they are taken, and the error names the login.
    for nick in ["ann", "Ann ", "Änn"] {
        let error = members.create(Member::sign_up_as(&format!("{nick}@y.org"), nick)).await.unwrap_err();
        assert_eq!(error.taken_login(), Some(Member::NICK), "{nick}");
    }
    // The name of the index does not matter.
    mysql.run("ALTER TABLE members DROP INDEX nick, ADD UNIQUE INDEX by_name (nick)").await;
    let error = members.create(Member::sign_up_as("bob@x.org", "ANN")).await.unwrap_err();
    assert_eq!(error.taken_login(), Some(Member::NICK));
    assert!(members.problems().await.unwrap().is_ready());
}

#[tokio::test]
async fn nul_in_text_is_a_clean_refusal_on_postgresql() {
    let Some(postgres) = OnServer::<Postgres>::open().await else { return };
    let members = postgres.members().first;
    assert_eq!(members.find_by_login(Member::NICK, "a\0").await.unwrap(), None);
    let error = members.create(Member::sign_up_as("ann@x.org", "a\0")).await.unwrap_err();
    assert!(!error.is_unavailable() && error.taken_login().is_none(), "{error:?}");
}

#[tokio::test]
async fn names_of_constraints_do_not_matter_in_postgresql() {
    let Some(postgres) = OnServer::<Postgres>::open().await else { return };
    postgres.run("ALTER TABLE members RENAME CONSTRAINT members_nick_key TO members_email_and_so_on").await;
    let members = postgres.members().first;
    members.create(Member::sign_up_as("ann@x.org", "Ann")).await.unwrap();
    let error = members.create(Member::sign_up_as("bob@x.org", "Ann")).await.unwrap_err();
    assert_eq!(error.taken_login(), Some(Member::NICK));
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "app.people")]
struct Person {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    name: String,
    #[auth(role, default = Role::Author)]
    role: Role,
}

fn person(name: &str) -> NewUser<Person> {
    NewUser::new(None, None, PersonRegistration { name: name.to_owned() })
}

#[tokio::test]
async fn native_enum_is_refused_with_conversion_statement() {
    let Some(postgres) = OnServer::<Postgres>::without_tables().await else { return };
    postgres.run("CREATE SCHEMA app").await;
    postgres.run("CREATE TYPE app.role AS ENUM ('author', 'editor')").await;
    postgres
        .run(
            "CREATE TABLE app.people (id BIGSERIAL PRIMARY KEY, name TEXT NOT NULL UNIQUE,
                role app.role NOT NULL DEFAULT 'editor')",
        )
        .await;
    postgres.run("INSERT INTO app.people (name) VALUES ('eve')").await;
    let problems = postgres.problems::<Person>().await;
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert!(problems[0].contains("`app.people.role` is of the type `app.role`"), "{}", problems[0]);
    // Without the check, the database reports it.
    let error = postgres.users::<Person>().create(person("ann")).await.unwrap_err();
    assert!(everything(&error).contains("is of type"), "{}", everything(&error));

    postgres.run(problems[0].rsplit_once(": ").unwrap().1).await;
    let people = postgres.users::<Person>();
    assert!(people.problems().await.unwrap().is_ready());
    assert_eq!(people.find_by_login(0, "eve").await.unwrap().unwrap().role.name(), "editor");
    assert_eq!(people.create(person("ann")).await.unwrap().role, Role::Author);
}

#[tokio::test]
async fn printed_statement_creates_missing_index_in_a_schema() {
    let Some(postgres) = OnServer::<Postgres>::without_tables().await else { return };
    postgres.run("CREATE SCHEMA app").await;
    postgres.run("CREATE TABLE app.people (id BIGSERIAL PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL)").await;
    // A table with the same name in another schema, with an index, does not count.
    postgres.run("CREATE TABLE people (id BIGSERIAL PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL)").await;
    postgres.run("CREATE UNIQUE INDEX partial ON app.people (name) WHERE id > 9").await;
    postgres.run("CREATE UNIQUE INDEX expression ON app.people (lower(name))").await;
    postgres.run("CREATE UNIQUE INDEX several ON app.people (name, role)").await;
    let problems = postgres.problems::<Person>().await;
    assert!(problems.len() == 1 && problems[0].contains("no unique index"), "{problems:#?}");
    postgres.run(problems[0].rsplit_once(": ").unwrap().1).await;
    assert_eq!(postgres.problems::<Person>().await, [""; 0]);
}

#[tokio::test]
async fn process_killed_during_mysql_migration_blocks_no_other() {
    let Some(mysql) = OnServer::<MySql>::open().await else { return };
    mysql.run("UPDATE _auth_records_migrations SET success = FALSE").await;
    mysql.records().second.prepare().await.unwrap();
    assert!(mysql.records().first.insert(&record("a", "ann")).await.unwrap());
    assert_eq!(mysql.count("SELECT COUNT(*) FROM _auth_records_migrations WHERE success").await, 1);
}

#[tokio::test]
async fn db_12_a_server_that_is_gone_is_unavailable() {
    let Some(postgres) = OnServer::<Postgres>::open().await else { return };
    let (records, members) = (postgres.records().first, postgres.members().first);
    postgres.pool(0).close().await;
    assert!(records.insert(&record("a", "ann")).await.unwrap_err().is_unavailable());
    assert!(members.create(Member::sign_up("ann@x.org")).await.unwrap_err().is_unavailable());
    let away = sqlx::PgPool::connect_lazy("postgres://nobody@127.0.0.1:1/nothing").unwrap();
    assert!(SqlRecords::new(away.clone()).get("kind", "a").await.unwrap_err().is_unavailable());
    assert!(SqlUsers::<Member, _>::new(away).find(&1).await.unwrap_err().is_unavailable());
}
