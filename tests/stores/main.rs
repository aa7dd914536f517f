//! One suite for every store.
//!
//! The suite is public, `auth::testing::conformance`; here it runs on our own stores, next to tests of what only they
//! promise. A test is a generic `async fn`, from which [`on_every_store`] generates a test for each backend. A further
//! backend is a [`Fixture`](backends::Fixture) and one line in that macro. `broken` proves that the suite can fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod abandoned_statements;
mod backends;
mod bad_rows;
mod broken;
mod capitals;
mod ids;
mod keys;
mod limits;
mod lost_connections;
mod migrations;
mod models;
mod overwriting;
mod own_table;
mod problems;
mod race;
mod records;
mod records_race;
mod refusing;
mod rejected_values;
mod round_trips;
mod row_security;
mod schema;
mod send_futures;
mod server_tables;
mod servers;
mod sign_up;
mod sign_up_hook;
mod sqlite_only;
mod statements;
mod users;
mod users_suite;

/// Generates a test for each function and backend.
macro_rules! on_every_store {
    ($($test:ident)+) => {
        crate::on_every_store! { @memory crate::backends::Memory, open: $($test)+ }
        crate::on_every_store! { @sqlite crate::backends::Sqlite, open: $($test)+ }
        crate::on_every_store! { @postgres crate::backends::OnServer<sqlx::Postgres>, open: $($test)+ }
        crate::on_every_store! { @mysql crate::backends::OnServer<sqlx::MySql>, open: $($test)+ }
    };
    (@$backend:ident $fixture:ty, $open:ident: $($test:ident)+) => {
        mod $backend {
            #[allow(unused_imports, reason = "`open` or `without_tables`")]
            use crate::backends::{Database as _, Fixture as _};

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $test() {
                    // Without a server there is nothing to test; a notice has been printed.
                    let Some(store) = <$fixture>::$open().await else { return };
                    super::$test(&store).await;
                }
            )+
        }
    };
}
pub(crate) use on_every_store;

/// The same for each database, without tables.
macro_rules! on_every_database {
    ($($test:ident)+) => {
        crate::on_every_store! { @sqlite crate::backends::Sqlite, without_tables: $($test)+ }
        crate::on_every_store! { @postgres crate::backends::OnServer<sqlx::Postgres>, without_tables: $($test)+ }
        crate::on_every_store! { @mysql crate::backends::OnServer<sqlx::MySql>, without_tables: $($test)+ }
    };
}
pub(crate) use on_every_database;
