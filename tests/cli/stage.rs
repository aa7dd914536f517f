//! A database with the table, and commands on it.

use std::sync::{Arc, Mutex};

use auth::cli::{Outcome, run_with};
use auth::store::sql::{SqlBackend, SqlRow, SqlUser};
use auth::{Auth, AuthBuilder};
use auth_tests::app::quick_passwords;
use auth_tests::operated::{Account, SECRET, routes};
use auth_tests::{Database, OnServer, Place};
use serde_json::Value;
use sqlx::{MySql, Postgres};

/// Commands on one database. Clones share it.
pub(crate) struct Stage<P: Place> {
    pub(crate) place: P,
    /// Who acted, by every event.
    pub(crate) actors: Arc<Mutex<Vec<Option<String>>>>,
}

impl<P: Place> Stage<P>
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    pub(crate) fn new(place: P) -> Self {
        Self { place, actors: Arc::default() }
    }

    pub(crate) fn builder(&self) -> AuthBuilder<Account> {
        let actors = Arc::clone(&self.actors);
        let observer = move |event: &auth::event::Event| actors.lock().unwrap().push(event.actor.clone());
        let builder = Auth::builder(SqlBackend::new(self.place.pool())).observer(observer);
        builder.passwords(quick_passwords()).secret(SECRET.clone())
    }

    pub(crate) async fn auth(&self) -> Auth<Account> {
        self.builder().build().await.unwrap()
    }

    /// Runs `shop auth …`, with the words of `line` as arguments and this standard input.
    pub(crate) async fn given(&self, line: &str, stdin: &str) -> Outcome {
        let builder = async || Ok::<_, auth::Error>(self.builder());
        run_with(words(line), stdin.as_bytes(), builder, routes).await.expect("`auth` is the first argument")
    }

    pub(crate) async fn run(&self, line: &str) -> Outcome {
        self.given(line, "").await
    }

    /// Runs a command that must succeed, and returns its JSON.
    pub(crate) async fn json(&self, line: &str) -> Value {
        let outcome = self.run(&format!("{line} --json")).await;
        assert_eq!(outcome.code, 0, "{line}: {outcome:?}");
        serde_json::from_str(&outcome.stdout).unwrap()
    }

    /// Creates an account with a generated password, and returns what was printed.
    pub(crate) async fn create(&self, nick: &str) -> Value {
        self.json(&format!("user create --login {nick}@example.org --login nick={nick}")).await
    }
}

/// The arguments of a program called `shop`.
pub(crate) fn words(line: &str) -> Vec<String> {
    ["shop", "auth"].into_iter().chain(line.split_whitespace()).map(str::to_owned).collect()
}

pub(crate) async fn sqlite(table: &'static str) -> Option<Database> {
    Some(Database::with(table).await)
}

pub(crate) async fn postgres(table: &'static str) -> Option<OnServer<Postgres>> {
    OnServer::with(table).await
}

pub(crate) async fn mysql(table: &'static str) -> Option<OnServer<MySql>> {
    OnServer::with(table).await
}

/// Generates a test for each function and database. The functions take a [`Stage`] with the table in it.
macro_rules! on_three {
    ($($test:ident)+) => {
        $crate::stage::on_three! { @on sqlite TABLE: $($test)+ }
        $crate::stage::on_three! { @on postgres TABLE_POSTGRES: $($test)+ }
        $crate::stage::on_three! { @on mysql TABLE_MYSQL: $($test)+ }
    };
    (@on $database:ident $table:ident: $($test:ident)+) => {
        mod $database {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let table = auth_tests::operated::$table;
                let Some(place) = $crate::stage::$database(table).await else { return };
                super::$test($crate::stage::Stage::new(place)).await;
            })+
        }
    };
}
pub(crate) use on_three;
