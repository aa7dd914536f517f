//! A new row of the user table, and what must not be inherited from an earlier one with the same id.

use sqlx::SqlStr;

use super::connection::{Failed, TransactionEnd, Work, bind, check_deferred};
use super::records::SqlRecords;
use super::row_change::{ChangeRow, UNTOUCHED, logins, only, text, writes};
use super::sign_up_hook::DynSignUpHook;
use super::{Dialect, SqlRow, SqlUser};
use crate::model::user::{AuthUser, NewUser};
use crate::store::{Change, Created, Inherited, Record, RowChange, StoreError};

/// Inserts a user and reads the row as stored, to include the defaults of the table.
pub(super) struct InsertUser<'a, U: AuthUser, DB: Dialect> {
    pub(super) new: &'a NewUser<U>,
    /// What the account gets beside what sign-up writes.
    pub(super) changes: &'a [Change<U>],
    pub(super) hook: Option<&'a dyn DynSignUpHook<U, DB>>,
    pub(super) inherited: Option<(&'a SqlRecords<DB>, Inherited<'a>)>,
}

impl<'a, U: AuthUser, DB: Dialect> InsertUser<'a, U, DB> {
    /// Leaves the records alone.
    pub(super) const fn alone(new: &'a NewUser<U>) -> Self {
        Self { new, changes: &[], hook: None, inherited: None }
    }
}

impl<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect> InsertUser<'_, U, DB> {
    /// Returns the query for the new row: by its id if we generated it, otherwise by a login.
    fn select(&self, logins: &[Option<&str>]) -> Result<(SqlStr, DB::Arguments), StoreError> {
        let mut named = U::SCHEMA.logins.iter().zip(logins).filter_map(|(field, login)| Some((field, (*login)?)));
        match (&self.new.id, named.next()) {
            (Some(id), _) => {
                let add = |args: &mut DB::Arguments| U::bind_id(id, args);
                Ok((text::<DB>(&U::SCHEMA.sql.select_by_id), bind::<DB>(add)?))
            }
            (None, Some((field, login))) => {
                let add = |args: &mut DB::Arguments| DB::bind_text(args, Some(login));
                Ok((text::<DB>(&field.select), bind::<DB>(add)?))
            }
            (None, None) => Err(StoreError::refused("a new user needs an id or a login")),
        }
    }
}

impl<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect> Work<DB> for InsertUser<'_, U, DB> {
    type Output = Created<U>;

    async fn run(&self, connection: &mut DB::Connection) -> Result<TransactionEnd<Created<U>>, Failed> {
        let logins = logins(self.new);
        let insert = bind::<DB>(|args: &mut DB::Arguments| U::bind_new(self.new, args))?;
        let (select, args) = self.select(&logins)?;
        let inserted = DB::execute(connection, text::<DB>(&U::SCHEMA.sql.insert), insert).await? > 0;
        let rows = DB::fetch(connection, select, args).await?;
        let is_meant =
            |user: &U| logins.iter().enumerate().all(|(index, login)| login.is_none() || user.login(index) == *login);
        let other = || StoreError::corrupt("the new row was stored with another login than was given");
        let user = only::<U, DB>(&rows, is_meant)?.ok_or_else(other)?;
        // A table may drop a duplicate without an error (`ON CONFLICT IGNORE`, a rule, a trigger). Then this is the row
        // of somebody else. A hash tells, because its salt is fresh; a count alone does not, because a trigger may have
        // put the row into another table.
        let is_ours = match (&self.new.password_hash, U::SCHEMA.password) {
            (Some(hash), Some(_)) => user.password_hash() == Some(hash.expose()),
            _ => inserted,
        };
        if !is_ours {
            let index = logins.iter().position(Option::is_some).unwrap_or_default();
            return Err(StoreError::taken(index).into());
        }
        let user = self.complete(connection, user).await?;
        let ended = match self.inherited {
            Some((records, inherited)) => end_inherited(records, connection, &user.id().to_string(), inherited).await?,
            None => Ended::Nothing,
        };
        Ok(match ended {
            Ended::Nothing => TransactionEnd::Commit(Created { user, epoch: None, left: false }),
            Ended::By { epoch, left } => TransactionEnd::Commit(Created { user, epoch: Some(epoch), left }),
            Ended::EpochMoved => TransactionEnd::Retry,
        })
    }
}

impl<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect> InsertUser<'_, U, DB> {
    /// Makes the changes and lets the application add its statements. Returns the row as it is then.
    async fn complete(&self, connection: &mut DB::Connection, mut user: U) -> Result<U, Failed> {
        let confirmed = self.new.confirmed.filter(|_| user.is_verified() == Some(false));
        let confirmed = confirmed.map(|at| Change::Verified(true, at));
        let changes: Vec<Change<U>> = confirmed.into_iter().chain(self.changes.iter().cloned()).collect();
        if !changes.is_empty() {
            user = change::<U, DB>(connection, user, &changes).await?;
        }
        if let Some(hook) = self.hook {
            hook.run(&user, connection).await?;
            check_deferred::<DB>(connection).await?;
            user = read_again::<U, DB>(connection, user).await?;
        }
        Ok(user)
    }
}

/// Makes changes of the new row. Returns it as it is then.
async fn change<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect>(
    connection: &mut DB::Connection,
    user: U,
    changes: &[Change<U>],
) -> Result<U, Failed> {
    let writes = writes::<U, DB>(RowChange::Update(changes))?;
    if !(ChangeRow { id: user.id(), writes: &writes }).make::<DB>(connection).await? {
        return Err(StoreError::refused(UNTOUCHED).into());
    }
    read_again::<U, DB>(connection, user).await
}

/// Reads the row once more, which must still be there.
async fn read_again<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect>(
    connection: &mut DB::Connection,
    user: U,
) -> Result<U, Failed> {
    let args = bind::<DB>(|args: &mut DB::Arguments| U::bind_id(user.id(), args))?;
    let rows = DB::fetch(connection, text::<DB>(&U::SCHEMA.sql.select_by_id), args).await?;
    let gone =
        || StoreError::refused("the new row is gone: a trigger or a hook has deleted it, or ended the transaction");
    Ok(only::<U, DB>(&rows, |row| row.id() == user.id())?.ok_or_else(gone)?)
}

/// How ending what an earlier account left has ended.
enum Ended {
    /// Nothing was ever issued for the id.
    Nothing,
    /// The epoch was bumped. `left`: something of the earlier account was still alive.
    By { epoch: Record, left: bool },
    /// Somebody raises the epoch of the account that is gone at the same time. This transaction may go on reading the old
    /// one: MySQL reads what was there when it began.
    EpochMoved,
}

/// Ends whatever was issued for an earlier account with this id.
async fn end_inherited<DB: Dialect>(
    records: &SqlRecords<DB>,
    connection: &mut DB::Connection,
    owner: &str,
    inherited: Inherited<'_>,
) -> Result<Ended, Failed> {
    if !inherited.always && !records.has_any(connection, inherited.issued, owner).await? {
        return Ok(Ended::Nothing);
    }
    let left = records.has_any(connection, inherited.signed_in, owner).await?;
    let stored = records.get_in(connection, inherited.epochs, owner).await?;
    let epoch = (inherited.bump)(owner, stored.as_ref())?;
    if !records.write_in(connection, &epoch, stored.is_some()).await? {
        return Ok(Ended::EpochMoved);
    }
    records.delete_owned_in(connection, inherited.ends, owner).await?;
    let version = epoch.version.saturating_add(i64::from(stored.is_some()));
    Ok(Ended::By { epoch: Record { version, ..epoch }, left })
}
