//! One suite, every store. A store that passes it is a store.
//!
//! A behaviour is a generic `async fn`; [`on_every_store`] makes a test of it for each backend. A further backend is a
//! [`Fixture`](backends::Fixture) and one line in that macro.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod backends;
mod limits;
mod migrations;
mod models;
mod problems;
mod race;
mod records;
mod records_race;
mod sqlite_only;
mod users;
mod users_race;

/// Makes a test of each function, for each backend.
macro_rules! on_every_store {
    ($($test:ident)+) => {
        crate::on_every_store! { @memory crate::backends::Memory: $($test)+ }
        crate::on_every_store! { @sqlite crate::backends::Sqlite: $($test)+ }
    };
    (@$backend:ident $fixture:ty: $($test:ident)+) => {
        mod $backend {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $test() {
                    super::$test(&<$fixture as crate::backends::Fixture>::open().await).await;
                }
            )+
        }
    };
}
pub(crate) use on_every_store;
