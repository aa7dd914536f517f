//! Ids of every kind, in columns of the types that each database offers for them.

use auth::clock::Timestamp;
use auth::store::sql::{SqlRow, SqlUser};
use auth::store::{Change, Users};
use auth::{AuthRole, AuthUser, NewUser, PasswordHash, Roles};
use sqlx::error::BoxDynError;
use sqlx::{Decode, Type};

use crate::backends::Database;

crate::on_every_database! {
    an_i32_is_an_id
    an_i64_in_a_newtype_is_an_id
    text_is_an_id
    a_uuid_is_an_id
    the_database_may_write_the_time_of_leaving
}

/// Creates two users, then finds, changes and deletes one of them.
async fn lives<U, D>(database: &D, id: impl Fn(&str) -> Option<U::Id>, registration: impl Fn(&str) -> U::Registration)
where
    U: AuthUser + SqlUser<D::Driver> + SqlRow<D::Driver>,
    D: Database,
{
    assert_eq!(database.problems::<U>().await, [""; 0]);
    let users = database.users::<U>();
    let create = async |login: &str, uuid: &str| {
        let hash = PasswordHash::from_stored("hash");
        users.create(NewUser::new(id(uuid), Some(hash), registration(login))).await
    };
    let ann = create("ann", "67e55044-10b1-426f-9247-bb680e5fe0c8").await.unwrap();
    let bob = create("bob", "67e55044-10b1-426f-9247-bb680e5fe0c9").await.unwrap();
    assert_ne!(ann.id(), bob.id());
    let taken = create("ann", "67e55044-10b1-426f-9247-bb680e5fe0ca").await.err().unwrap();
    assert_eq!(taken.taken_login(), Some(0));

    assert_eq!(users.find(ann.id()).await.unwrap().unwrap().login(0), Some("ann"));
    assert_eq!(users.find_by_login(0, "bob").await.unwrap().unwrap().id(), bob.id());
    assert!(users.update(ann.id(), &[Change::PasswordHash(PasswordHash::from_stored("new"))]).await.unwrap());
    assert_eq!(users.find(ann.id()).await.unwrap().unwrap().password_hash(), Some("new"));
    assert_eq!(users.find(bob.id()).await.unwrap().unwrap().password_hash(), Some("hash"));
    assert!(users.delete(ann.id()).await.unwrap());
    assert!(users.find(ann.id()).await.unwrap().is_none());
    assert_eq!(database.problems::<U>().await, [""; 0]);
}

/// The text for the database under test.
fn spelled<D: Database>(sqlite: &str, postgres: &str, mysql: &str) -> String {
    match D::NAME {
        "SQLite" => sqlite,
        "PostgreSQL" => postgres,
        _ => mysql,
    }
    .to_owned()
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "small")]
struct Small {
    #[auth(id)]
    id: i32,
    #[auth(login)]
    name: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
}

async fn an_i32_is_an_id<D: Database>(database: &D)
where
    Small: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let table = spelled::<D>(
        "CREATE TABLE small (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL)",
        "CREATE TABLE small (id SERIAL PRIMARY KEY, name VARCHAR(254) NOT NULL UNIQUE, password_hash VARCHAR(200) NOT NULL)",
        "CREATE TABLE small (id INT AUTO_INCREMENT PRIMARY KEY, name TINYTEXT NOT NULL, password_hash TEXT NOT NULL, UNIQUE KEY (name(99)))",
    );
    database.run(&table).await;
    lives::<Small, D>(database, |_| None, |name| SmallRegistration { name: name.to_owned() }).await;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
struct AccountId(i64);

impl std::fmt::Display for AccountId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for AccountId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, AuthRole)]
enum Duty {
    Reader,
    Author,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "accounts")]
struct Account {
    #[auth(id)]
    #[sqlx(rename = "No")]
    id: AccountId,
    #[auth(login)]
    #[sqlx(rename = "order")]
    name: String,
    #[auth(password_hash)]
    #[sqlx(rename = "group")]
    password_hash: Option<PasswordHash>,
    #[auth(roles, default = Roles::from([Duty::Reader]))]
    duties: Roles<Duty>,
}

async fn an_i64_in_a_newtype_is_an_id<D: Database>(database: &D)
where
    Account: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let table = spelled::<D>(
        r#"CREATE TABLE accounts ("No" INTEGER PRIMARY KEY, "order" TEXT NOT NULL UNIQUE, "group" TEXT, duties TEXT NOT NULL)"#,
        r#"CREATE TABLE accounts ("No" BIGSERIAL PRIMARY KEY, "order" TEXT NOT NULL UNIQUE, "group" TEXT, duties TEXT NOT NULL)"#,
        "CREATE TABLE accounts (No BIGINT AUTO_INCREMENT PRIMARY KEY, `order` VARCHAR(254) NOT NULL UNIQUE, `group` TEXT, duties TEXT NOT NULL)",
    );
    database.run(&table).await;
    lives::<Account, D>(database, |_| None, |name| AccountRegistration { name: name.to_owned() }).await;
    let users = database.users::<Account>();
    let bob = users.find_by_login(0, "bob").await.unwrap().unwrap();
    assert_eq!(bob.duties, Roles::from([Duty::Reader]));
    assert!(users.update(&bob.id, &[Change::Roles(Roles::from([Duty::Author, Duty::Reader]))]).await.unwrap());
    assert_eq!(users.find(&bob.id).await.unwrap().unwrap().duties, Roles::from([Duty::Reader, Duty::Author]));
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "named")]
struct Named {
    #[auth(id)]
    id: String,
    #[auth(login)]
    name: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
}

async fn text_is_an_id<D: Database>(database: &D)
where
    Named: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let table = "CREATE TABLE named (id VARCHAR(36) NOT NULL PRIMARY KEY, name VARCHAR(254) NOT NULL UNIQUE, password_hash VARCHAR(200) NOT NULL)";
    database.run(table).await;
    lives::<Named, D>(database, |id| Some(id.to_owned()), |name| NamedRegistration { name: name.to_owned() }).await;
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "keyed")]
struct Keyed {
    #[auth(id)]
    id: uuid::Uuid,
    #[auth(login)]
    name: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
}

async fn a_uuid_is_an_id<D: Database>(database: &D)
where
    Keyed: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let ty = spelled::<D>("BLOB", "UUID", "BINARY(16)");
    let columns = "name VARCHAR(254) NOT NULL UNIQUE, password_hash VARCHAR(200) NOT NULL";
    database.run(&format!("CREATE TABLE keyed (id {ty} NOT NULL PRIMARY KEY, {columns})")).await;
    lives::<Keyed, D>(database, |id| id.parse().ok(), |name| KeyedRegistration { name: name.to_owned() }).await;
    database.run("UPDATE keyed SET name = 'Bob'").await;
    let problems = database.problems::<Keyed>().await;
    assert_eq!(problems.len(), 1, "{problems:#?}");
    let id = if D::NAME == "PostgreSQL" {
        "67e55044-10b1-426f-9247-bb680e5fe0c9"
    } else {
        "67E5504410B1426F9247BB680E5FE0C9"
    };
    assert!(problems[0].contains(&format!("(`id` {id})")), "{}", problems[0]);
}

/// A time whose value is ignored, so that the tests need no crate for time types.
#[derive(Clone, Debug)]
struct Moment;

impl<DB: sqlx::Database> Type<DB> for Moment
where
    String: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        String::type_info()
    }

    fn compatible(_: &DB::TypeInfo) -> bool {
        true
    }
}

impl<'r, DB: sqlx::Database> Decode<'r, DB> for Moment {
    fn decode(_: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self)
    }
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "leavers")]
struct Leaver {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    name: String,
    #[auth(active(when = "is_null"))]
    left_at: Option<Moment>,
}

async fn the_database_may_write_the_time_of_leaving<D: Database>(database: &D)
where
    Leaver: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let id = spelled::<D>(
        "INTEGER PRIMARY KEY",
        "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "BIGINT AUTO_INCREMENT PRIMARY KEY",
    );
    for ty in [spelled::<D>("TEXT", "TIMESTAMPTZ", "DATETIME"), spelled::<D>("DATETIME", "TIMESTAMP", "TIMESTAMP NULL")]
    {
        database.run(&format!("CREATE TABLE leavers (id {id}, name VARCHAR(254) NOT NULL UNIQUE, left_at {ty})")).await;
        assert_eq!(database.problems::<Leaver>().await, [""; 0]);
        let users = database.users::<Leaver>();
        let ann = users.create(NewUser::new(None, None, LeaverRegistration { name: "ann".to_owned() })).await.unwrap();
        assert!(ann.is_active());
        assert!(users.update(&ann.id, &[Change::Active(false, Timestamp::from_secs(7))]).await.unwrap());
        assert!(!users.find(&ann.id).await.unwrap().unwrap().is_active());
        assert!(users.update(&ann.id, &[Change::Active(true, Timestamp::from_secs(7))]).await.unwrap());
        assert!(users.find(&ann.id).await.unwrap().unwrap().is_active());
        database.run("DROP TABLE leavers").await;
    }
}
