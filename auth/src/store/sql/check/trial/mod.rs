//! Tries whether the table takes what the library writes, without leaving anything behind.
//!
//! PostgreSQL and MySQL get a temporary copy of the table: it has the types, constraints, defaults and indexes of the
//! original, and neither its triggers, policies and foreign keys nor its rows, locks and numbers. SQLite has no such
//! copy, and a sign-up that is rolled back leaves nothing there. What only a made-up value met is a note.
//!
//! The meaning of a `CHECK`, an enum or a domain is known to the database alone, so it is asked. Defaults that count or
//! call functions of the application are taken off the copy. A sample is made up by reading a body until the fields
//! accept it.
//!
//! A refusal is an error only if all columns that the constraint names hold what is always written there (the hash,
//! roles, generated ids, `default = …`, defaults of the table); if one of them was made up, it is a note. Triggers and
//! policies are named, not judged: running them could leave traces. Judging them is `try_sign_up`, which somebody has
//! to ask for.

mod check_constraint;
mod read_back;
mod refusal;
mod sample;
mod sign_up;
mod steps;
mod takeover;

use std::time::Duration;

use sqlx::error::DatabaseError;
use tokio::time::timeout;

use self::refusal::Constraints;
use self::sample::Sample;
use super::catalogue::{self, Index, QualifiedName};
use super::columns::Severity;
use super::{quoted_table, split};
use crate::model::schema::Schema;
use crate::store::sql::ddl::{CatalogueColumn, Copy};
use crate::store::sql::table_name::audited;
use crate::store::sql::{Dialect, SqlRow, SqlUser};

pub(in crate::store::sql) use sign_up::sign_up;

/// How long it may take, and on SQLite also how long others may have to wait.
const TIME_LIMIT: Duration = Duration::from_secs(2);

/// The findings.
#[derive(Default)]
pub(super) struct TrialFindings {
    pub(super) found: Vec<(Severity, String)>,
    /// Whether a statement was interrupted.
    pub(super) gave_up: bool,
}

/// What the trial knows about the table.
pub(super) struct Table<'a> {
    pub(super) schema: &'static Schema,
    pub(super) place: QualifiedName<'a>,
    pub(super) found: &'a [CatalogueColumn],
    pub(super) indexes: &'a [Index],
    /// Columns of which something is known to be wrong.
    pub(super) known: &'a [String],
}

/// Tries a sign-up, and each role.
pub(super) async fn run<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect>(
    connection: &mut DB::Connection,
    table: Table<'_>,
) -> sqlx::Result<TrialFindings> {
    let mut trial = TrialFindings::default();
    let Some(samples) = sample::sign_up::<U>(1).zip(sample::sign_up::<U>(2)) else {
        skipped(table.schema, "no values could be made up for the fields of a sign-up");
        return Ok(trial);
    };
    match timeout(TIME_LIMIT, on_copy::<U, DB>(connection, &table, [samples.0, samples.1], &mut trial)).await {
        Ok(done) => done?,
        Err(late) => {
            skipped(table.schema, &late.to_string());
            trial.gave_up = true;
        }
    }
    Ok(trial)
}

fn skipped(schema: &Schema, why: &str) {
    let table = schema.table;
    tracing::info!(target: "auth::build", table, why, "not checked at start whether the table accepts a sign-up");
}

/// Returns the columns that a refused sign-up is about.
pub(in crate::store::sql) async fn columns_of<DB: Dialect>(
    connection: &mut DB::Connection,
    schema: &'static Schema,
    error: &dyn DatabaseError,
) -> sqlx::Result<Vec<String>> {
    let place = split(schema.table);
    let found = catalogue::columns::<DB>(connection, place).await?;
    let indexes = catalogue::indexes::<DB>(connection, place).await?;
    let table = Table { schema, place, found: &found, indexes: &indexes, known: &[] };
    let constraints = Constraints::of::<DB>(connection, &table, &[]).await?;
    Ok(constraints.columns::<DB>(error).into_iter().map(str::to_owned).collect())
}

async fn on_copy<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect>(
    connection: &mut DB::Connection,
    table: &Table<'_>,
    samples: [Sample<U>; 2],
    trial: &mut TrialFindings,
) -> sqlx::Result<()> {
    let original = quoted_table::<DB>(table.schema);
    let copy = DB::copy(&original, table.place.0, table.found);
    if DB::COPIES_IN_TRANSACTION {
        let mut transaction = match DB::begin(connection).await {
            Ok(transaction) => transaction,
            Err(error) => {
                skip_or_report::<DB>(table, &error, trial);
                return Ok(());
            }
        };
        let done = within::<U, DB>(&mut transaction, table, &copy, samples, trial).await;
        // A trigger may have ended the transaction; then there is nothing to roll back, which would be an error.
        if let Some(reopen) = DB::REOPEN {
            drop(DB::execute(&mut transaction, audited(reopen.to_owned()), DB::Arguments::default()).await);
        }
        transaction.rollback().await?;
        return without_database_errors::<DB>(table, done, trial);
    }
    let done = within::<U, DB>(connection, table, &copy, samples, trial).await;
    for statement in &copy.drop {
        DB::execute(connection, audited(statement.clone()), DB::Arguments::default()).await?;
    }
    without_database_errors::<DB>(table, done, trial)
}

/// A database that refuses the trial itself says nothing about sign-ups. A lost connection is an error.
fn without_database_errors<DB: Dialect>(
    table: &Table<'_>,
    done: sqlx::Result<()>,
    trial: &mut TrialFindings,
) -> sqlx::Result<()> {
    match done {
        Err(error @ (sqlx::Error::Database(_) | sqlx::Error::Encode(_))) => {
            skip_or_report::<DB>(table, &error, trial);
            Ok(())
        }
        done => done,
    }
}

/// Decides about a copy that cannot be made.
fn skip_or_report<DB: Dialect>(table: &Table<'_>, error: &sqlx::Error, trial: &mut TrialFindings) {
    match error.as_database_error() {
        Some(db_error) if DB::takes_no_writes(db_error) => {
            let sentence = format!("the database of `{}` is read-only: nobody could sign up or in", table.schema.table);
            trial.found.push((Severity::Schema, sentence));
        }
        Some(db_error) => {
            skipped(table.schema, &format!("the database answers {}", db_error.code().unwrap_or_default()));
        }
        None => skipped(table.schema, "the database did not answer"),
    }
}

async fn within<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect>(
    connection: &mut DB::Connection,
    table: &Table<'_>,
    copy: &Copy,
    samples: [Sample<U>; 2],
    trial: &mut TrialFindings,
) -> sqlx::Result<()> {
    for statement in &copy.make {
        if let Err(error) = DB::execute(connection, audited(statement.clone()), DB::Arguments::default()).await {
            skip_or_report::<DB>(table, &error, trial);
            return Ok(());
        }
    }
    let made_up = samples[0].made_up.clone();
    let constraints = Constraints::of::<DB>(connection, table, &made_up).await?;
    let mut steps = steps::Steps::<DB> {
        table,
        name: &copy.name,
        constraints: &constraints,
        trial,
        database: std::marker::PhantomData,
    };
    steps.all::<U>(connection, samples).await
}
