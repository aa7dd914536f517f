//! Statements of the application in the transaction of a sign-up.
//!
//! What a hook returns decides about the account, so it must be what the client gets: an `AuthError` of the application
//! travels inside the `StoreError` and comes out unchanged. An error of the database is judged like one of ours: if the
//! transaction lost against another one, all of it is done again, with the hook. The row is read again after the hook. So
//! a hook that goes on after its transaction was aborted (a failed statement on PostgreSQL, a deadlock on MySQL) is found
//! out; the commit would say nothing.

use std::pin::Pin;

use sqlx::Database;

use super::Dialect;
use super::connection::Failed;
use super::error::{error_kind, store_error};
use super::error_kind::SqlErrorKind;
use crate::base::catch_panic::catch_panic;
use crate::base::error::AuthError;
use crate::model::user::AuthUser;
use crate::store::StoreError;

/// Statements of the application in the transaction of a sign-up: the account and what they write are stored together,
/// or neither is. Pass it to [`SqlBackend::in_sign_up`](super::SqlBackend::in_sign_up).
///
/// It runs for every new account (sign-up, [`create`](crate::Accounts::create), [`import`](crate::Accounts::import),
/// `auth user create`), after the row was inserted.
///
/// - **It may run several times** for one sign-up, each time in a new transaction: when the database aborts one in favour
///   of another, or somebody changes the account's records meanwhile. Do nothing in it that a rollback does not undo.
/// - **An error rolls everything back.** An [`AuthError`] is what the client gets: [`Denied`](AuthError::Denied) with a
///   code of yours, [`InvalidFields`](AuthError::InvalidFields) for a field. An error of sqlx is a failure on our side, a
///   503 or a 500. To answer a violated constraint otherwise, look at it before `?`; and do not go on after it, because
///   PostgreSQL has aborted the transaction then.
/// - **Its time counts**: the whole transaction has [`store_timeout`](crate::AuthBuilder::store_timeout), and holds a
///   connection and locks. No requests to other services here; they belong into
///   [`Hooks`](crate::Hooks::after_register).
/// - It must not commit or roll back.
///
/// [`Auth::try_sign_up`](crate::Auth::try_sign_up) does not run it.
///
/// ```
/// # #[cfg(all(feature = "macros", feature = "sqlite"))] {
/// # use auth::{AuthUser, PasswordHash};
/// # #[derive(Clone, Debug, sqlx::FromRow, AuthUser)] #[auth(table = "users")]
/// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash,
/// #     #[auth(register)] invitation: String }
/// use auth::store::sql::{SignUpHook, SignUpHookError, SqlBackend};
/// use auth::{Auth, AuthBuilder, AuthError};
/// use sqlx::{Sqlite, SqliteConnection, SqlitePool};
///
/// /// Each invitation is for one account, which gets a profile.
/// struct Invited;
///
/// impl SignUpHook<User, Sqlite> for Invited {
///     async fn signed_up(&self, user: &User, connection: &mut SqliteConnection) -> Result<(), SignUpHookError> {
///         let used = sqlx::query("DELETE FROM invitations WHERE code = $1").bind(&user.invitation);
///         if used.execute(&mut *connection).await?.rows_affected() == 0 {
///             let message = "this invitation is unknown, or was used".to_owned();
///             return Err(AuthError::Denied { code: "invitation", message }.into());
///         }
///         sqlx::query("INSERT INTO profiles (user_id) VALUES ($1)").bind(user.id).execute(connection).await?;
///         Ok(())
///     }
/// }
///
/// fn builder(pool: SqlitePool) -> AuthBuilder<User> {
///     Auth::<User>::builder(SqlBackend::new(pool).in_sign_up(Invited))
/// }
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no hook for sign-ups of `{U}` in `{DB}`",
    label = "not a `SignUpHook<{U}, {DB}>`",
    note = "implement `auth::store::sql::SignUpHook<{U}, {DB}>` for it: one method, `signed_up`"
)]
pub trait SignUpHook<U: AuthUser, DB: Database>: Send + Sync + 'static {
    /// Runs after the row of `user` was inserted, in the transaction of `connection`.
    fn signed_up(
        &self,
        user: &U,
        connection: &mut DB::Connection,
    ) -> impl Future<Output = Result<(), SignUpHookError>> + Send;
}

/// Why a [`SignUpHook`] undoes a sign-up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignUpHookError {
    /// The application refuses it: what the client gets.
    #[error(transparent)]
    Refused(#[from] AuthError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

crate::base::error::other_errors!(SignUpHookError);

impl SignUpHookError {
    /// Returns how the transaction ends.
    fn judged<DB: Dialect>(self) -> Failed {
        match self {
            Self::Refused(error) => Failed::Store(StoreError::by_hook(error)),
            Self::Database(error) => match error_kind::<DB>(&error) {
                // Not what the table of users says about the row: nobody's login is taken.
                Some(SqlErrorKind::Conflict | SqlErrorKind::Refused) => Failed::Store(store_error::<DB>(error)),
                _ => Failed::Database(error),
            },
        }
    }
}

type Running<'a> = Pin<Box<dyn Future<Output = Result<(), Failed>> + Send + 'a>>;

/// Object-safe [`SignUpHook`].
pub(super) trait DynSignUpHook<U: AuthUser, DB: Dialect>: Send + Sync {
    fn run<'a>(&'a self, user: &'a U, connection: &'a mut DB::Connection) -> Running<'a>;
}

impl<U: AuthUser, DB: Dialect, H: SignUpHook<U, DB>> DynSignUpHook<U, DB> for H {
    fn run<'a>(&'a self, user: &'a U, connection: &'a mut DB::Connection) -> Running<'a> {
        Box::pin(async move {
            let done = catch_panic(self.signed_up(user, connection)).await;
            let done = done.unwrap_or_else(|| Err(AuthError::internal("the hook in a sign-up panicked").into()));
            done.map_err(SignUpHookError::judged::<DB>)
        })
    }
}
