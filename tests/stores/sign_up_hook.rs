//! Statements of the application in the transaction of a sign-up: stored with the account, or not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth::event::{EventKind, RegistrationRefusal};
use auth::store::Change;
use auth::store::sql::{Dialect, SignUpHook, SignUpHookError, SqlBackend, SqlRow, SqlUser};
use auth::{Auth, AuthError, AuthUser as _, ClientInfo, Roles, Secret};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords};
use sqlx::{AssertSqlSafe, Postgres, SqlSafeStr as _};

use crate::backends::{Database, OnServer};
use crate::sign_up::{Person, PersonRegistration, Role, columns};

crate::on_every_database! {
    what_a_hook_writes_is_stored_with_the_account
    an_error_of_a_hook_undoes_the_sign_up
    what_the_database_refuses_a_hook_is_no_taken_login
    a_hook_that_goes_on_after_a_failure_creates_nothing
    a_hook_that_hangs_or_panics_creates_nothing
    account_and_its_roles_begin_together
}

/// What the hook does, beside counting its runs.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Does {
    /// Adds a profile, and a number to the name.
    Profile,
    /// Adds a profile, then refuses.
    Refuse,
    /// Adds a profile twice.
    Twice,
    /// The same, and takes no notice.
    TwiceUnnoticed,
    Hang,
    Panic,
}

struct Profiles {
    does: Does,
    runs: Arc<AtomicUsize>,
}

async fn run<DB: Dialect>(connection: &mut DB::Connection, sql: &str) -> sqlx::Result<u64> {
    DB::execute(connection, AssertSqlSafe(sql.to_owned()).into_sql_str(), DB::Arguments::default()).await
}

impl<DB: Dialect> SignUpHook<Person, DB> for Profiles {
    async fn signed_up(&self, user: &Person, connection: &mut DB::Connection) -> Result<(), SignUpHookError> {
        self.runs.fetch_add(1, Ordering::SeqCst);
        let id = user.id();
        let roles = user.roles_text();
        let insert = format!("INSERT INTO profiles (user_id, roles) VALUES ({id}, '{roles}')");
        run::<DB>(connection, &insert).await?;
        match self.does {
            Does::Profile => {
                run::<DB>(connection, &format!("UPDATE people SET display_name = 'One' WHERE id = {id}")).await?;
            }
            Does::Refuse => {
                Err(AuthError::Denied { code: "no_invitation", message: "ask for one".to_owned() })?;
            }
            Does::Twice => drop(run::<DB>(connection, &insert).await?),
            Does::TwiceUnnoticed => drop(run::<DB>(connection, &insert).await),
            Does::Hang => std::future::pending::<()>().await,
            Does::Panic => panic!("a fault of the application"),
        }
        Ok(())
    }
}

struct World {
    auth: Auth<Person>,
    runs: Arc<AtomicUsize>,
    events: Arc<std::sync::Mutex<Vec<EventKind>>>,
}

async fn tables<D: Database>(database: &D) {
    // A rule for one account, which the check at the start cannot find.
    let rule = "CHECK (NOT (roles = 'member,admin' AND email = 'bob@x.org'))";
    database.run(&format!("CREATE TABLE people ({}, {rule})", columns::<D>())).await;
    database.run("CREATE TABLE profiles (user_id BIGINT NOT NULL PRIMARY KEY, roles VARCHAR(99) NOT NULL)").await;
}

async fn world<D: Database>(database: &D, does: Does) -> World
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let runs = Arc::new(AtomicUsize::new(0));
    let backend = SqlBackend::new(database.pool(0)).in_sign_up(Profiles { does, runs: Arc::clone(&runs) });
    let events = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = Arc::clone(&events);
    let auth = Auth::<Person>::builder(backend)
        .secret(Secret::new(SECRET).unwrap())
        .passwords(quick_passwords())
        .store_timeout(if does == Does::Hang { Duration::from_secs(1) } else { Duration::from_secs(5) })
        .observer(move |event: &auth::event::Event| seen.lock().unwrap().push(event.kind.clone()))
        .build()
        .await
        .unwrap();
    World { auth, runs, events }
}

fn form(email: &str) -> PersonRegistration {
    PersonRegistration { email: email.to_owned(), display_name: "Ada".to_owned() }
}

/// How many accounts and how many profiles there are.
async fn stored<D: Database>(database: &D) -> (i64, i64) {
    (database.count("SELECT count(*) FROM people").await, database.count("SELECT count(*) FROM profiles").await)
}

async fn what_a_hook_writes_is_stored_with_the_account<D: Database>(database: &D)
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    tables(database).await;
    let world = world(database, Does::Profile).await;
    let (ada, _) =
        world.auth.register(form("ada@x.org"), PASSWORD, &ClientInfo::default()).await.unwrap().signed_in().unwrap();
    assert_eq!(ada.display_name, "One");
    let bob = world.auth.accounts().create(form("bob@x.org"), PASSWORD).await.unwrap();
    assert_eq!(bob.display_name, "One", "the row as the hook has left it");
    world.auth.accounts().import(form("eve@x.org"), None).await.unwrap_err();
    let hash = auth::PasswordHash::from_stored(crate::sign_up::HASH);
    world.auth.accounts().import(form("eve@x.org"), Some(hash)).await.unwrap();
    assert_eq!(stored(database).await, (3, 3), "whatever makes an account");
    assert_eq!(world.runs.load(Ordering::SeqCst), 3);
    let taken = world.auth.accounts().create(form("ada@x.org"), PASSWORD).await.unwrap_err();
    assert!(matches!(taken, AuthError::Taken { .. }));
    assert_eq!((stored(database).await, world.runs.load(Ordering::SeqCst)), ((3, 3), 3), "there is no account");
}

async fn an_error_of_a_hook_undoes_the_sign_up<D: Database>(database: &D)
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    tables(database).await;
    let refusing = world(database, Does::Refuse).await;
    let refused = refusing.auth.register(form("ada@x.org"), PASSWORD, &ClientInfo::default()).await.unwrap_err();
    assert!(matches!(&refused, AuthError::Denied { code: "no_invitation", message } if message == "ask for one"));
    let event = EventKind::RegistrationRefused { reason: RegistrationRefusal::Denied };
    assert_eq!(*refusing.events.lock().unwrap(), [event]);
    assert_eq!(stored(database).await, (0, 0));
    world(database, Does::Profile).await.auth.accounts().create(form("ada@x.org"), PASSWORD).await.unwrap();
    assert_eq!(stored(database).await, (1, 1), "the login is free");
}

async fn what_the_database_refuses_a_hook_is_no_taken_login<D: Database>(database: &D)
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    tables(database).await;
    let error = world(database, Does::Twice).await.auth.accounts().create(form("ada@x.org"), PASSWORD).await;
    let error = error.unwrap_err();
    assert!(matches!(error, AuthError::Internal(_)), "{error:?}");
    assert_eq!(stored(database).await, (0, 0));
}

async fn a_hook_that_goes_on_after_a_failure_creates_nothing<D: Database>(database: &D)
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    tables(database).await;
    let world = world(database, Does::TwiceUnnoticed).await;
    let created = world.auth.accounts().create(form("ada@x.org"), PASSWORD).await;
    // PostgreSQL has aborted the transaction; elsewhere only the statement has failed.
    let survives = D::NAME != "PostgreSQL";
    assert_eq!(created.is_ok(), survives, "{created:?}");
    assert_eq!(stored(database).await, if survives { (1, 1) } else { (0, 0) });
}

async fn a_hook_that_hangs_or_panics_creates_nothing<D: Database>(database: &D)
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    tables(database).await;
    for (does, status) in [(Does::Hang, 503), (Does::Panic, 500)] {
        let world = world(database, does).await;
        let error = world.auth.accounts().create(form("ada@x.org"), PASSWORD).await.unwrap_err();
        assert_eq!(error.status().as_u16(), status, "{error:?}");
    }
    // What was abandoned lets go of its locks.
    world(database, Does::Profile).await.auth.accounts().create(form("ada@x.org"), PASSWORD).await.unwrap();
    assert_eq!(stored(database).await, (1, 1));
}

async fn account_and_its_roles_begin_together<D: Database>(database: &D)
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    tables(database).await;
    let world = world(database, Does::Profile).await;
    let accounts = world.auth.accounts();
    let admin = [Change::Roles(Roles::from([Role::Admin]))];
    let ada = accounts.create_with(form("Ada@x.org"), Some(PASSWORD), &admin).await.unwrap();
    assert_eq!(ada.roles_text(), "admin");
    let profile = "SELECT count(*) FROM profiles WHERE roles = 'admin'";
    assert_eq!(database.count(profile).await, 1, "the hook sees them");
    let found = accounts.find_by_login("email", " ADA@X.org ").await.unwrap().unwrap();
    assert_eq!((found.id(), found.holds(&Role::Admin)), (ada.id(), true));
    assert!(accounts.find_by_login("email", "eve@x.org").await.unwrap().is_none());
    assert!(matches!(accounts.find_by_login("nick", "ada").await, Err(AuthError::InvalidRequest(_))));
    // The table does not take these roles.
    let both = [Change::Roles(Roles::from([Role::Member, Role::Admin]))];
    accounts.create_with(form("bob@x.org"), Some(PASSWORD), &both).await.unwrap_err();
    // The user type has no such column.
    let permissions = [Change::Permissions(auth::NoPermissions)];
    accounts.create_with(form("bob@x.org"), Some(PASSWORD), &permissions).await.unwrap_err();
    assert_eq!(stored(database).await, (1, 1));
    let weak = accounts.create_with(form("bob"), Some("short"), &admin).await.unwrap_err();
    assert!(matches!(weak, AuthError::InvalidFields(fields) if fields.len() == 2));
}

/// Loses against another transaction the first time.
struct Loses(Arc<AtomicUsize>);

impl SignUpHook<Person, Postgres> for Loses {
    async fn signed_up(&self, _: &Person, connection: &mut sqlx::PgConnection) -> Result<(), SignUpHookError> {
        if self.0.fetch_add(1, Ordering::SeqCst) == 0 {
            let lose = "DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$";
            sqlx::query(lose).execute(connection).await?;
        }
        Ok(())
    }
}

#[tokio::test]
async fn db_02_a_hook_that_lost_a_deadlock_runs_again() {
    let Some(database) = OnServer::<Postgres>::without_tables().await else { return };
    tables(&database).await;
    let runs = Arc::new(AtomicUsize::new(0));
    let backend = SqlBackend::new(database.pool(0)).in_sign_up(Loses(Arc::clone(&runs)));
    let builder = Auth::<Person>::builder(backend).secret(Secret::new(SECRET).unwrap());
    let auth = builder.passwords(quick_passwords()).build().await.unwrap();
    auth.accounts().create(form("ada@x.org"), PASSWORD).await.unwrap();
    assert_eq!((runs.load(Ordering::SeqCst), stored(&database).await.0), (2, 1));
}

/// A user type whose ids the library generates: nothing else is written after the hook.
#[derive(Clone, Debug, sqlx::FromRow, auth::AuthUser)]
#[auth(table = "visitors")]
struct Visitor {
    #[auth(id(generate))]
    id: String,
    #[auth(login)]
    email: String,
}

/// Takes no notice of an error.
struct Careless;

impl SignUpHook<Visitor, Postgres> for Careless {
    async fn signed_up(&self, _: &Visitor, connection: &mut sqlx::PgConnection) -> Result<(), SignUpHookError> {
        drop(sqlx::query("SELECT 1 / 0").execute(connection).await);
        Ok(())
    }
}

#[tokio::test]
async fn an_aborted_transaction_is_no_account_although_it_commits() {
    let Some(database) = OnServer::<Postgres>::without_tables().await else { return };
    database.run("CREATE TABLE visitors (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE)").await;
    let backend = SqlBackend::new(database.pool(0)).in_sign_up(Careless);
    let auth = Auth::<Visitor>::builder(backend).secret(Secret::new(SECRET).unwrap()).build().await.unwrap();
    let created = auth.accounts().import(VisitorRegistration { email: "ada@x.org".to_owned() }, None).await;
    assert!(created.is_err(), "{created:?}");
    assert_eq!(database.count("SELECT count(*) FROM visitors").await, 0);
}
