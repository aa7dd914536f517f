//! One test for all three databases.

/// Generates a test for each function and database. The functions take the [`Place`](crate::Place), with a table of
/// users in it: on `SQLite` the one that is named first.
#[macro_export]
macro_rules! on_databases {
    ($sqlite:ident; $($test:ident)+) => {
        $crate::on_databases! { [super::$sqlite, $crate::users::SCHEMA_POSTGRES, $crate::users::SCHEMA_MYSQL]; $($test)+ }
    };
    ([$sqlite:expr, $postgres:expr, $mysql:expr]; $($test:ident)+) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                super::$test($crate::Database::with($sqlite).await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                let schema = $postgres;
                let Some(place) = $crate::OnServer::<sqlx::Postgres>::with(schema).await else { return };
                super::$test(place).await;
            })+
        }
        mod mysql {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                let schema = $mysql;
                let Some(place) = $crate::OnServer::<sqlx::MySql>::with(schema).await else { return };
                super::$test(place).await;
            })+
        }
    };
}
