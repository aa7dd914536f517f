//! A real sign-up that is rolled back, for those who ask for it.

use std::time::Duration;

use tokio::time::timeout;

use super::read_back::read_back;
use super::refusal::Constraints;
use super::takeover::{ADVICE, somebody_else, takes_over};
use super::{Table, sample};
use crate::PasswordHash;
use crate::model::schema::Sql;
use crate::model::user::NewUser;
use crate::store::StoreError;
use crate::store::sql::check::{catalogue, split};
use crate::store::sql::error::store_error;
use crate::store::sql::table_name::audited;
use crate::store::sql::{Dialect, SqlRow, SqlUser};

/// How long it may take, and others may wait for its locks.
const TIME_LIMIT: Duration = Duration::from_secs(2);

/// Signs somebody up with these values and a login that nobody has, compares the row, and rolls back.
pub(in crate::store::sql) async fn sign_up<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect>(
    connection: &mut DB::Connection,
    mut new: NewUser<U>,
) -> Result<Vec<String>, StoreError> {
    sample::strange_logins(&mut new);
    if U::SCHEMA.password.is_some() {
        new.password_hash = Some(PasswordHash::from_stored(sample::HASH));
    }
    let place = split(U::SCHEMA.table);
    if let Some(query) = DB::TRANSACTIONAL {
        let rows = catalogue::ask::<DB>(connection, query, place).await.map_err(store_error::<DB>)?;
        if rows.is_empty() {
            return Err(StoreError::unsupported("the table has no transactions, so that the row would stay"));
        }
    }
    let found = catalogue::columns::<DB>(connection, place).await.map_err(store_error::<DB>)?;
    let indexes = catalogue::indexes::<DB>(connection, place).await.map_err(store_error::<DB>)?;
    let table = Table { schema: U::SCHEMA, place, found: &found, indexes: &indexes, known: &[] };
    let constraints = Constraints::of::<DB>(connection, &table, &[]).await.map_err(store_error::<DB>)?;
    let tried = timeout(TIME_LIMIT, tried::<U, DB>(connection, &constraints, new)).await;
    tried.map_err(StoreError::unavailable)?.map_err(store_error::<DB>)
}

async fn tried<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect>(
    connection: &mut DB::Connection,
    constraints: &Constraints<'_>,
    new: NewUser<U>,
) -> sqlx::Result<Vec<String>> {
    let mut transaction = DB::begin(connection).await?;
    let done = inserted::<U, DB>(&mut transaction, constraints, new).await;
    if let Some(reopen) = DB::REOPEN {
        drop(DB::execute(&mut transaction, audited(reopen.to_owned()), DB::Arguments::default()).await);
    }
    transaction.rollback().await?;
    done
}

async fn inserted<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect>(
    connection: &mut DB::Connection,
    constraints: &Constraints<'_>,
    mut new: NewUser<U>,
) -> sqlx::Result<Vec<String>> {
    let schema = U::SCHEMA;
    let mut args = DB::Arguments::default();
    U::bind_new(&new, &mut args).map_err(sqlx::Error::Encode)?;
    let insert = DB::spelling(&schema.sql.insert).to_owned();
    let table = schema.table;
    let refused = |error: sqlx::Error| match &error {
        sqlx::Error::Database(db_error) => match constraints.refusal::<DB>(&**db_error, schema.inserted) {
            Some(refusal) => Ok(vec![format!("the table `{table}` refuses this sign-up, {}", refusal.by)]),
            None => Err(error),
        },
        _ => Err(error),
    };
    match DB::execute(connection, audited(insert), args).await {
        Ok(0) => {
            return Ok(vec![format!(
                "the table `{table}` discards this sign-up without an error: check its triggers and rules"
            )]);
        }
        Ok(_) => {}
        Err(error) => return refused(error),
    }
    // A deferred constraint is asked now, not when it is too late to say what is wrong.
    if let Some(statement) = DB::CHECK_DEFERRED
        && let Err(error) = DB::execute(connection, audited(statement.to_owned()), DB::Arguments::default()).await
    {
        return refused(error);
    }
    let text = |sql: &Sql| DB::spelling(sql).to_owned();
    let first = match read_back::<U, DB>(connection, &new, text).await? {
        Ok(first) => first,
        Err(wrong) => return Ok(vec![format!("the sign-up into `{table}` is stored, and {}", wrong.what)]),
    };
    // Last, because it may end the transaction.
    somebody_else(&mut new);
    if !takes_over::<U, DB>(connection, &first, &new, text).await? {
        return Ok(Vec::new());
    }
    let logins: Vec<_> = schema.logins.iter().map(|login| login.column).collect();
    let logins = logins.join("`, `");
    Ok(vec![format!(
        "a sign-up into `{table}` with the `{logins}` of another account takes the place of that account: {ADVICE}"
    )])
}
