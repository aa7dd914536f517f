//! Users and records in one database: changes of an account that are all or nothing.
//!
//! Row, epoch and the records that end with the account are one transaction: a change that the table refuses has
//! changed nothing, and its error says whether other rows still refer to the account or the table does not accept the
//! value. The epoch is written first, so two changes of one account wait for each other. Deferred constraints are
//! checked before the commit, while it is still known what they are about. A statement that changes no row is never
//! taken for a wrong password or a missing user: the row is read again in the same transaction.
//!
//! A sign-up is one transaction, too: the row, what an administrator gives the account with it, the statements of the
//! application's hook, and the end of what an earlier account with the id has left.
//!
//! If somebody else raises the epoch meanwhile, the whole transaction is done again, and not only the read: MySQL reads
//! what was there when the transaction began, however often it is asked.

use std::sync::Arc;

use super::connection::{Connections, Failed, TransactionEnd, Work, bind, check_deferred};
use super::error::change_refused;
use super::insert::InsertUser;
use super::records::SqlRecords;
use super::row_change::{ChangeRow, UNTOUCHED, is_untouched, text, writes};
use super::sign_up_hook::DynSignUpHook;
use super::{Dialect, SqlRow, SqlUser, SqlUsers};
use crate::model::user::{AuthUser, NewUser};
use crate::store::erased::Boxed;
use crate::store::{Bumped, Change, Changed, Created, DynAccounts, Inherited, RowChange, StoreError};

/// The users and the records of one database.
pub(super) struct SqlAccounts<U, DB: Dialect> {
    pub(super) users: SqlUsers<U, DB>,
    pub(super) records: SqlRecords<DB>,
    /// What the application does in the transaction of a sign-up.
    pub(super) hook: Option<Arc<dyn DynSignUpHook<U, DB>>>,
}

impl<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect> DynAccounts<U> for SqlAccounts<U, DB> {
    fn change<'a>(&'a self, id: &'a U::Id, change: RowChange<'a, U>, bumped: Bumped<'a>) -> Boxed<'a, Changed> {
        let work = ChangeUser { records: &self.records, id, change, bumped };
        Box::pin(async move { work.done(self.users.connections()).await })
    }

    fn create<'a>(
        &'a self,
        new: NewUser<U>,
        changes: &'a [Change<U>],
        inherited: Inherited<'a>,
    ) -> Boxed<'a, Created<U>> {
        Box::pin(async move {
            // An id that the library has just generated was never anybody's.
            let inherited = new.id.is_none().then_some((&self.records, inherited));
            let insert = InsertUser { new: &new, changes, hook: self.hook.as_deref(), inherited };
            self.users.insert(&new, &insert).await
        })
    }
}

/// Raises an epoch, and changes the row that it is about.
struct ChangeUser<'a, U: AuthUser, DB: Dialect> {
    records: &'a SqlRecords<DB>,
    id: &'a U::Id,
    change: RowChange<'a, U>,
    bumped: Bumped<'a>,
}

impl<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect> ChangeUser<'_, U, DB> {
    async fn done(&self, db: &Connections<DB>) -> Result<Changed, StoreError> {
        db.in_transaction(self).await?.map_err(|error| change_refused::<U, DB>(error, self.change))
    }

    /// A statement has changed no row: returns an error if there was one to change.
    async fn is_absent(&self, connection: &mut DB::Connection) -> Result<(), Failed> {
        let args = bind::<DB>(|args: &mut DB::Arguments| U::bind_id(self.id, args))?;
        let rows = DB::fetch(connection, text::<DB>(&U::SCHEMA.sql.select_by_id), args).await?;
        if is_untouched::<U, DB>(&rows, self.change)? {
            return Err(StoreError::refused(UNTOUCHED).into());
        }
        Ok(())
    }
}

impl<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect> Work<DB> for ChangeUser<'_, U, DB> {
    type Output = Changed;

    async fn run(&self, connection: &mut DB::Connection) -> Result<TransactionEnd<Changed>, Failed> {
        let Bumped { epoch, replaces, ends } = self.bumped;
        let writes = writes::<U, DB>(self.change)?;
        // The epoch first, always: two changes of one account then wait for each other instead of deadlocking.
        if !self.records.write_in(connection, epoch, replaces).await? {
            return Ok(TransactionEnd::Rollback(Changed::EpochMoved));
        }
        if !(ChangeRow { id: self.id, writes: &writes }).make(connection).await? {
            self.is_absent(connection).await?;
            return Ok(TransactionEnd::Rollback(Changed::NoRow));
        }
        self.records.delete_owned_in(connection, ends, &epoch.owner).await?;
        check_deferred::<DB>(connection).await?;
        Ok(TransactionEnd::Commit(Changed::Done))
    }
}
