//! Futures of the concrete store types are `Send` with every driver, so they can be spawned. (`Auth` boxes them as
//! `Send`; a bound that holds for a generic driver may fail once the compiler sees the concrete one.)

use std::sync::Arc;

use auth::clock::Timestamp;
use auth::store::sql::{SqlRecords, SqlUsers};
use auth::store::{Change, Record, Records as _, Users as _};
use auth::{PasswordHash, Roles};

use crate::models::Member;

fn spawnable(_: impl Future + Send + 'static) {}

macro_rules! every_method {
    ($store:ident: $($call:expr),+ $(,)?) => {
        $(spawnable({
            let $store = Arc::clone(&$store);
            async move { drop($call.await) }
        });)+
    };
}

macro_rules! on {
    ($($driver:ident)+) => {$(
        #[allow(non_snake_case, reason = "the name of the driver")]
        fn $driver(pool: sqlx::Pool<sqlx::$driver>) {
            let now = Timestamp::from_secs(1);
            let users = Arc::new(SqlUsers::<Member, sqlx::$driver>::new(pool.clone()));
            every_method! { users:
                users.find(&1),
                users.find_by_login(0, "ann"),
                users.create(Member::sign_up("ann")),
                users.update(&1, &[Change::Active(true, now), Change::Roles(Roles::new())]),
                users.replace_password(&1, "a", &PasswordHash::from_stored("b")),
                users.delete(&1),
                users.problems(),
            }
            let records = Arc::new(SqlRecords::<sqlx::$driver>::new(pool));
            every_method! { records:
                records.problems(),
                records.prepare(),
                records.insert(&record()),
                records.get("kind", "key"),
                records.replace(&record()),
                records.delete("kind", "key"),
                records.list("kind", "owner"),
                records.get_with_owner("kind", "key", "other"),
                records.get_and_list(("other", "key"), ("kind", "owner")),
                records.delete_owned("kind", "owner", Some("key")),
                records.changed_since("kind", now, None, 1),
                records.purge_expired(now, 1),
            }
        }
    )+};
}

on! { Sqlite Postgres MySql }

fn record() -> Record {
    crate::records::record("key", "owner")
}

#[tokio::test]
async fn every_call_to_a_store_can_be_spawned() {
    // The test is that this compiles.
    Sqlite(sqlx::Pool::connect_lazy("sqlite::memory:").unwrap());
    Postgres(sqlx::Pool::connect_lazy("postgres://nobody@127.0.0.1:1/nothing").unwrap());
    MySql(sqlx::Pool::connect_lazy("mysql://nobody@127.0.0.1:1/nothing").unwrap());
}
