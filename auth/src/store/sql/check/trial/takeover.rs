//! A sign-up with what another account has already: the table must refuse or drop it, and leave that account alone.
//!
//! `UNIQUE ON CONFLICT REPLACE`, a trigger or a rule can make it take the account over instead. Then whoever signs up
//! with the login of somebody else has their place.

use super::read_back::read_back;
use super::sample::{self, Sample};
use super::steps::Steps;
use crate::PasswordHash;
use crate::model::schema::Sql;
use crate::model::user::{AuthUser, NewUser, Registration as _};
use crate::store::sql::check::columns::Severity;
use crate::store::sql::check::quoted_table;
use crate::store::sql::table_name::audited;
use crate::store::sql::{Dialect, SqlRow, SqlUser, read_row};

/// A hash that no other sign-up of a trial has.
const OTHER_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE";

/// What such a table needs.
pub(super) const ADVICE: &str =
    "remove `ON CONFLICT REPLACE` from its unique columns, and check its triggers and rules: they must refuse the row";

/// Makes this the sign-up of somebody else: with another id and another password.
pub(super) fn somebody_else<U: AuthUser>(new: &mut NewUser<U>) {
    if new.id.is_some() {
        new.id = U::new_id("01890a5d-ac96-774b-bcce-b302099a80ff");
    }
    if U::SCHEMA.password.is_some() {
        new.password_hash = Some(PasswordHash::from_stored(OTHER_HASH));
    }
}

/// Gives it the login of `first`. Returns whether that has one.
fn with_login_of<U: AuthUser>(first: &U, new: &mut NewUser<U>, index: usize) -> bool {
    match (first.login(index), new.registration.login_mut(index)) {
        (Some(taken), Some(login)) => {
            taken.clone_into(login);
            true
        }
        _ => false,
    }
}

/// Inserts it, and returns whether `first` is then gone, or another.
pub(super) async fn takes_over<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect>(
    connection: &mut DB::Connection,
    first: &U,
    again: &NewUser<U>,
    text: impl Fn(&Sql) -> String,
) -> sqlx::Result<bool> {
    let sql = &U::SCHEMA.sql;
    let mut args = DB::Arguments::default();
    U::bind_new(again, &mut args).map_err(sqlx::Error::Encode)?;
    match DB::execute(connection, audited(text(&sql.insert)), args).await {
        Ok(_) => {}
        Err(sqlx::Error::Database(_)) => return Ok(false),
        Err(error) => return Err(error),
    }
    let mut args = DB::Arguments::default();
    U::bind_id(first.id(), &mut args).map_err(sqlx::Error::Encode)?;
    let rows = DB::fetch(connection, audited(text(&sql.select_by_id)), args).await?;
    let same = |user: &U| {
        user.id() == first.id()
            && user.password_hash() == first.password_hash()
            && (0..U::SCHEMA.logins.len()).all(|index| user.login(index) == first.login(index))
    };
    Ok(!rows.first().and_then(|row| read_row::user::<U, DB>(row).ok()).is_some_and(|user| same(&user)))
}

impl<DB: Dialect> Steps<'_, DB> {
    /// Signs somebody up with each login, and then others with what that one has. A copy has no triggers and no way to
    /// replace a row.
    pub(super) async fn taken_over<U: SqlUser<DB> + SqlRow<DB>>(
        &mut self,
        connection: &mut DB::Connection,
    ) -> sqlx::Result<()> {
        let schema = self.table.schema;
        if self.name != quoted_table::<DB>(schema) {
            return Ok(());
        }
        let Some(Sample { new, .. }) = sample::with_every_login::<U>(4) else { return Ok(()) };
        let mut args = DB::Arguments::default();
        U::bind_new(&new, &mut args).map_err(sqlx::Error::Encode)?;
        DB::execute(connection, audited(self.text(&schema.sql.insert)), args).await?;
        let Ok(first) = read_back::<U, DB>(connection, &new, |sql| self.text(sql)).await? else { return Ok(()) };
        // The same fields and another login, then other fields and one login.
        let logins = schema.logins.iter().enumerate().map(|(index, login)| (Some(index), login.column));
        for (login, column) in [(None, "")].into_iter().chain(logins) {
            let Some(mut other) = sample::with_every_login::<U>(if login.is_some() { 5 } else { 4 }) else { break };
            somebody_else::<U>(&mut other.new);
            if login.is_some_and(|index| !with_login_of::<U>(&first, &mut other.new, index)) {
                continue;
            }
            self.save(connection).await?;
            let taken = takes_over::<U, DB>(connection, &first, &other.new, |sql| self.text(sql)).await?;
            self.back(connection).await?;
            if taken {
                let what = if login.is_some() { format!("the `{column}`") } else { "a unique value".to_owned() };
                let table = schema.table;
                self.say(
                    Severity::Schema,
                    format!(
                        "a sign-up into `{table}` with {what} of another account takes the place of that account: {ADVICE}"
                    ),
                );
                break;
            }
        }
        Ok(())
    }
}
