//! Whether there is an account is told by no query: those of known, unknown and disabled accounts are the same, in the
//! same order, on every database.

use auth::store::sql::{SqlBackend, SqlRecords, SqlRow, SqlUser, SqlUsers};
use auth::testing::Faults;
use auth::{Auth, Limits};
use auth_tests::app::PASSWORD;
use auth_tests::stage::{Customer, CustomerRegistration, Reader, ReaderRegistration, Stage, TABLES};
use auth_tests::{Call, Place, on_databases};
use serde_json::{Value, json};
use sqlx::Pool;
use sqlx::pool::PoolOptions;

use crate::statements::statements_of;
use crate::{ADA, EVE, NEW};

on_databases! {
    [super::TABLES[0], super::TABLES[1], super::TABLES[2]];
    sign_10_queries_tell_nobody_who_has_an_account
    sign_10_queries_of_sign_ups_tell_nobody_either
}

/// Somebody else, who has an account, and nobody.
const OTHERS: [&str; 2] = ["other@example.org", "stranger@example.org"];

/// What somebody can observe of one request, who sees the load of the database.
#[derive(Debug, PartialEq)]
struct Seen {
    status: u16,
    length: usize,
    calls: Vec<&'static str>,
    statements: Vec<String>,
}

/// How an application is set up, and what it was asked before.
#[derive(Clone, Copy, Debug)]
struct Setting {
    /// Users and records change in one transaction, and counters are kept among the records.
    together: bool,
    /// Who was asked about before, at the same door: counters are then in memory.
    before: Option<&'static str>,
}

/// A database that is reached through one connection: to open another one in between would be a statement, too.
struct Narrow<P: Place>(P, Pool<P::Driver>);

impl<P: Place + Clone> Clone for Narrow<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), self.1.clone())
    }
}

impl<P: Place> Narrow<P> {
    async fn new(place: P) -> Self {
        let options = PoolOptions::new().max_connections(1);
        let pool = options.connect_with((*place.pool().connect_options()).clone()).await.unwrap();
        Self(place, pool)
    }
}

impl<P: Place + Sync> Place for Narrow<P> {
    type Driver = P::Driver;

    fn pool(&self) -> Pool<P::Driver> {
        self.1.clone()
    }

    async fn sql(&self, sql: &str) -> sqlx::Result<()> {
        self.0.sql(sql).await
    }
}

/// In a process that has just started.
async fn seen<U, P>(place: &P, setting: Setting, request: impl Fn(&str) -> (&'static str, Value), who: &str) -> Seen
where
    P: Place + Clone,
    U: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    // The epochs of disabled accounts stay.
    place.sql("DELETE FROM auth_records WHERE kind NOT LIKE '%.mark'").await.unwrap();
    let faults = Faults::new();
    let (builder, limits) = if setting.together {
        (Auth::<U>::builder(faults.wrap(SqlBackend::new(place.pool()))), Limits::default())
    } else {
        let stores = faults.over(SqlUsers::new(place.pool()), SqlRecords::new(place.pool()));
        (Auth::<U>::builder(stores), Limits::default().in_memory())
    };
    let builder = builder.skip_table_check();
    let stage = Stage::over(place.clone(), builder, |builder| builder.limits(limits).mail_sign_in(true)).await;
    let call = |who| {
        let (path, body) = request(who);
        Call::post(path).coming_from("192.0.2.1").json(&body)
    };
    if let Some(before) = setting.before {
        stage.send(call(before)).await;
    }
    drop(faults.take_calls());
    let (answer, statements) = statements_of(stage.send(call(who))).await;
    let (status, length) = (answer.status.as_u16(), answer.body.len());
    Seen { status, length, calls: faults.take_calls(), statements }
}

/// Asks about everybody, and compares with the last one, who has no account.
async fn all_look_alike<U, P>(place: &P, request: impl Fn(&str) -> (&'static str, Value), people: &[&str], status: u16)
where
    P: Place + Clone,
    U: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let nobody = people[people.len() - 1];
    for (together, before) in [true, false].into_iter().flat_map(|together| [(together, false), (together, true)]) {
        // Nor does the next request show about whom the one before it was.
        let before: &[Option<&str>] = if before { &OTHERS.map(Some) } else { &[None] };
        let expected = seen::<U, P>(place, Setting { together, before: before[0] }, &request, nobody).await;
        let path = request(nobody).0;
        assert_eq!(expected.status, status, "{path}");
        assert!(expected.calls.len() > 1 && expected.statements.len() >= expected.calls.len(), "{path} {expected:#?}");
        let people = if before.len() > 1 { &people[..1] } else { people };
        for before in before {
            let setting = Setting { together, before: *before };
            for who in people.iter().chain([&nobody]) {
                assert_eq!(seen::<U, P>(place, setting, &request, who).await, expected, "{path} {who} {setting:?}");
            }
        }
    }
}

fn reader(email: &str) -> ReaderRegistration {
    ReaderRegistration { email: email.to_owned() }
}

async fn sign_10_queries_tell_nobody_who_has_an_account<P: Place + Clone + Sync>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let place = Narrow::new(place).await;
    let stage = Stage::<Reader, _>::new(place.clone()).await;
    let accounts = stage.auth.accounts();
    for email in [ADA, EVE, OTHERS[0]] {
        accounts.create(reader(email), PASSWORD).await.unwrap();
    }
    accounts.set_verified(&1, true).await.unwrap();
    accounts.disable(&2).await.unwrap();
    accounts.import(reader("guest@example.org"), Some(auth::PasswordHash::from_stored("!"))).await.unwrap();
    for people in [
        // Confirmed, disabled, without a password, without an account.
        &[ADA, EVE, "guest@example.org", "nobody@example.org"][..],
        &[" Ada@EXAMPLE.org", " Eda@EXAMPLE.org"],
    ] {
        let login = |who: &str| ("/login", json!({ "email": who, "password": NEW }));
        all_look_alike::<Reader, _>(&place, login, people, 401).await;
        let forgot = |who: &str| ("/password/forgot", json!({ "email": who }));
        all_look_alike::<Reader, _>(&place, forgot, people, 202).await;
        let mail = |who: &str| ("/sign-in/mail", json!({ "email": who }));
        all_look_alike::<Reader, _>(&place, mail, people, 202).await;
    }
}

async fn sign_10_queries_of_sign_ups_tell_nobody_either<P: Place + Clone + Sync>(place: P)
where
    Customer: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let place = Narrow::new(place).await;
    let stage = Stage::<Customer, _>::new(place.clone()).await;
    let accounts = stage.auth.accounts();
    for (nick, contact) in [("ada", ADA), ("eve", EVE), ("new", "new@example.org"), ("other", OTHERS[0])] {
        let form = CustomerRegistration { nick: nick.to_owned(), contact: contact.to_owned(), shoe_size: None };
        accounts.create(form, PASSWORD).await.unwrap();
    }
    accounts.set_verified(&1, true).await.unwrap();
    accounts.disable(&2).await.unwrap();
    let sign_up = |who: &str| ("/register", json!({ "nick": "chosen", "contact": who, "password": NEW }));
    let login = |who: &str| ("/login", json!({ "contact": who, "password": NEW }));
    for people in [
        // Confirmed, disabled, not confirmed, without an account.
        &[ADA, EVE, "new@example.org", "nobody@example.org"][..],
        &["Ada@EXAMPLE.org", "Eda@EXAMPLE.org"],
    ] {
        all_look_alike::<Customer, _>(&place, sign_up, people, 202).await;
        all_look_alike::<Customer, _>(&place, login, people, 401).await;
    }
}
