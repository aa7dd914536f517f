//! The statements of a sign-up and of an account's life, on the copy.

use sqlx::error::{DatabaseError, ErrorKind};

use super::read_back::{Wrong, read_back};
use super::refusal::{Constraints, Reference, Refusal};
use super::sample::{LONGEST_HASH, Sample};
use super::{Table, TrialFindings};
use crate::PasswordHash;
use crate::model::permission::HeldPermissions as _;
use crate::model::role::HeldRoles as _;
use crate::model::schema::{MarkForm, Sql};
use crate::model::user::NewUser;
use crate::store::sql::check::columns::Severity;
use crate::store::sql::check::{catalogue, quoted_table};
use crate::store::sql::ddl::Change;
use crate::store::sql::error_kind::SqlErrorKind;
use crate::store::sql::table_name::audited;
use crate::store::sql::{Dialect, SqlRow, SqlUser};

/// How many constraints are taken off the copy to find the next one.
const MOST: usize = 8;

pub(super) struct Steps<'a, DB: Dialect> {
    pub(super) table: &'a Table<'a>,
    /// The copy, quoted.
    pub(super) name: &'a str,
    pub(super) constraints: &'a Constraints<'a>,
    pub(super) trial: &'a mut TrialFindings,
    pub(super) database: std::marker::PhantomData<fn() -> DB>,
}

impl<DB: Dialect> Steps<'_, DB> {
    /// Runs all of them, as far as one does not need the others.
    pub(super) async fn all<U: SqlUser<DB> + SqlRow<DB>>(
        &mut self,
        connection: &mut DB::Connection,
        [first, second]: [Sample<U>; 2],
    ) -> sqlx::Result<()> {
        if !self.sign_up(connection, &first.new).await? {
            return Ok(());
        }
        let Some(user) = self.select_back(connection, &first.new).await? else { return Ok(()) };
        self.roles::<U>(connection, user.id()).await?;
        self.other_changes::<U>(connection, user.id()).await?;
        self.second(connection, &second.new).await?;
        self.references(connection).await?;
        self.taken_over::<U>(connection).await
    }

    pub(super) fn say(&mut self, weight: Severity, sentence: String) {
        self.trial.found.push((weight, sentence));
    }

    /// Returns a statement about the table as one about the copy.
    pub(super) fn text(&self, sql: &Sql) -> String {
        DB::spelling(sql).replacen(&quoted_table::<DB>(self.table.schema), self.name, 1)
    }

    async fn execute(&self, connection: &mut DB::Connection, sql: String, args: DB::Arguments) -> sqlx::Result<u64> {
        DB::execute(connection, audited(sql), args).await
    }

    /// Remembers this point of the transaction.
    pub(super) async fn save(&self, connection: &mut DB::Connection) -> sqlx::Result<()> {
        if DB::COPIES_IN_TRANSACTION {
            self.execute(connection, "SAVEPOINT auth_check".into(), DB::Arguments::default()).await?;
        }
        Ok(())
    }

    /// Goes back to it, so that the transaction can go on after an error.
    pub(super) async fn back(&self, connection: &mut DB::Connection) -> sqlx::Result<()> {
        if DB::COPIES_IN_TRANSACTION {
            self.execute(connection, "ROLLBACK TO SAVEPOINT auth_check".into(), DB::Arguments::default()).await?;
        }
        Ok(())
    }

    /// Inserts the row, and says everything that refuses it. Returns whether it is there in the end.
    async fn sign_up<U: SqlUser<DB>>(
        &mut self,
        connection: &mut DB::Connection,
        new: &NewUser<U>,
    ) -> sqlx::Result<bool> {
        let schema = self.table.schema;
        let insert = self.text(&schema.sql.insert);
        for _ in 0..MOST {
            self.save(connection).await?;
            let mut args = DB::Arguments::default();
            U::bind_new(new, &mut args).map_err(sqlx::Error::Encode)?;
            let error = match self.execute(connection, insert.clone(), args).await {
                Ok(0) => {
                    let sentence =
                        format!("the table `{}` discards new rows without an error: check its triggers", schema.table);
                    self.say(Severity::Schema, sentence);
                    return Ok(false);
                }
                Ok(_) => return Ok(true),
                Err(error) => error,
            };
            let Some(db_error) = error.as_database_error() else { return Err(error) };
            if DB::missing_label(db_error).is_some() {
                self.back(connection).await?;
                if self.missing_labels::<U>(connection).await? {
                    return Ok(false);
                }
            }
            let Some(refusal) = self.constraints.refusal::<DB>(db_error, schema.inserted) else { return Err(error) };
            if !self.is_known(db_error) {
                self.refused(&refusal);
            }
            self.back(connection).await?;
            let Some(constraint) = refusal.constraint else { return Ok(false) };
            let Some(drop) = DB::drop_check(self.name, &constraint) else { return Ok(false) };
            if self.execute(connection, drop, DB::Arguments::default()).await.is_err() {
                return Ok(false);
            }
        }
        Ok(false)
    }

    /// Says which roles a native enum does not take, after a sign-up has met one. Returns whether there are any: the sign-up
    /// may have met another column. No row is needed to find out.
    async fn missing_labels<U: SqlUser<DB>>(&mut self, connection: &mut DB::Connection) -> sqlx::Result<bool> {
        let schema = self.table.schema;
        let Some(column) = schema.roles.filter(|column| schema.inserted.contains(column)) else { return Ok(false) };
        let sql = format!("UPDATE {} SET {} = {} WHERE 1 = 0", self.name, DB::quote(column), DB::parameter(1));
        let mut refused = Vec::new();
        self.save(connection).await?;
        for roles in U::Roles::each() {
            let mut args = DB::Arguments::default();
            U::bind_roles(&roles, &mut args).map_err(sqlx::Error::Encode)?;
            if let Err(sqlx::Error::Database(db_error)) = self.execute(connection, sql.clone(), args).await {
                self.back(connection).await?;
                let refusal = self.constraints.refusal::<DB>(&*db_error, &[column]);
                refused.extend(DB::missing_label(&*db_error).zip(refusal));
            }
        }
        self.refused_names(column, &refused);
        Ok(!refused.is_empty())
    }

    /// Returns whether the catalogue has told it before: a column that must have a value, or one with another problem.
    fn is_known(&self, db_error: &dyn DatabaseError) -> bool {
        if db_error.kind() == ErrorKind::NotNullViolation {
            return true;
        }
        let known = self.table.known;
        let column = DB::refused_column(db_error, self.table.schema);
        let columns: Vec<_> = self.constraints.columns::<DB>(db_error).into_iter().chain(column).collect();
        !known.is_empty()
            && (columns.is_empty() || columns.iter().any(|column| known.iter().any(|known| known == column)))
    }

    fn refused(&mut self, refusal: &Refusal) {
        let table = self.table.schema.table;
        let by = &refusal.by;
        let sentence = match refusal.weight {
            Severity::Schema => format!(
                "the table `{table}` refuses what every sign-up writes, {by}: change that, or what the user type writes \
                 (`default = …`)"
            ),
            _ => format!(
                "the table `{table}` refuses a sign-up with made-up values, {by}; see `try_sign_up` for one with real values"
            ),
        };
        self.say(refusal.weight, sentence);
    }

    /// Reads the row as a login does.
    async fn select_back<U: SqlUser<DB> + SqlRow<DB>>(
        &mut self,
        connection: &mut DB::Connection,
        new: &NewUser<U>,
    ) -> sqlx::Result<Option<U>> {
        match read_back::<U, DB>(connection, new, |sql| self.text(sql)).await? {
            Ok(user) => Ok(Some(user)),
            Err(Wrong { column, what }) => {
                let is_made_up = column.is_some_and(|column| !self.constraints.is_certain(&[column]))
                    && !self.table.schema.logins.iter().any(|login| Some(login.column) == column);
                let is_known = column.is_some_and(|column| self.table.known.iter().any(|known| known == column));
                if !is_made_up && !is_known {
                    let table = self.table.schema.table;
                    self.say(
                        Severity::Schema,
                        format!("a sign-up into `{table}` is stored, and {what}, so that nobody could sign in"),
                    );
                }
                Ok(None)
            }
        }
    }

    /// Sets each role and each set of permissions.
    async fn roles<U: SqlUser<DB> + SqlRow<DB>>(
        &mut self,
        connection: &mut DB::Connection,
        id: &U::Id,
    ) -> sqlx::Result<()> {
        let schema = self.table.schema;
        self.save(connection).await?;
        if let (Some(column), Some(sql)) = (schema.roles, &schema.sql.set_roles) {
            let mut refused: Vec<(String, Refusal)> = Vec::new();
            let names = if U::Roles::TEXT.may_be_empty { &[][..] } else { U::Roles::KNOWN };
            for (place, roles) in U::Roles::each().iter().enumerate() {
                let mut args = DB::Arguments::default();
                U::bind_roles(roles, &mut args)
                    .and_then(|()| U::bind_id(id, &mut args))
                    .map_err(sqlx::Error::Encode)?;
                let name = names.get(place).copied().unwrap_or("a list of roles");
                if let Some((refusal, label)) = self.change(connection, sql, args, column).await? {
                    refused.push((label.unwrap_or_else(|| name.to_owned()), refusal));
                }
            }
            self.refused_names(column, &refused);
        }
        if let (Some(column), Some(sql)) = (schema.permissions, &schema.sql.set_permissions) {
            for permissions in U::Permissions::each() {
                let mut args = DB::Arguments::default();
                U::bind_permissions(&permissions, &mut args)
                    .and_then(|()| U::bind_id(id, &mut args))
                    .map_err(sqlx::Error::Encode)?;
                if let Some((refusal, _)) = self.change(connection, sql, args, column).await? {
                    self.refused_names(column, &[("a list of permissions".to_owned(), refusal)]);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Runs one change. Returns the refusal, and the value if the database names it as one that an enum lacks.
    async fn change(
        &mut self,
        connection: &mut DB::Connection,
        sql: &Sql,
        args: DB::Arguments,
        column: &str,
    ) -> sqlx::Result<Option<(Refusal, Option<String>)>> {
        match self.execute(connection, self.text(sql), args).await {
            Ok(_) => Ok(None),
            Err(sqlx::Error::Database(db_error)) => {
                self.back(connection).await?;
                // Somebody else may have what only one row may have.
                if DB::error_kind(&*db_error) == SqlErrorKind::Conflict {
                    return Ok(None);
                }
                let refusal = self.constraints.refusal::<DB>(&*db_error, &[column]);
                Ok(refusal.map(|refusal| (refusal, DB::missing_label(&*db_error))))
            }
            // A value that the driver cannot write, such as one of another type.
            Err(error) => Err(error),
        }
    }

    /// Says which names the column does not take, and how it does.
    fn refused_names(&mut self, column: &str, refused: &[(String, Refusal)]) {
        let Some((_, first)) = refused.first() else { return };
        let weight = refused.iter().map(|(_, refusal)| refusal.weight).max().unwrap_or(Severity::Note);
        let names: Vec<_> = refused.iter().map(|(name, _)| name.as_str()).collect();
        let table = self.table.schema.table;
        let found = catalogue::find(self.table.found, column);
        let labels = found.and_then(|found| DB::add_labels(found, &names));
        let statement = match (found, labels) {
            (_, Some(Ok(statement))) => format!(": {statement}"),
            (Some(found), Some(Err(ty))) => {
                let change = Change { ty: Some(ty), ..Change::of(found) };
                DB::change(&quoted_table::<DB>(self.table.schema), &change)
                    .map_or(String::new(), |sql| format!(": {sql}"))
            }
            _ => format!(", {}", first.by),
        };
        self.say(weight, format!("the column `{table}.{column}` does not take `{}`{statement}", names.join("`, `")));
    }

    /// Disables the account, and stores the longest hash.
    async fn other_changes<U: SqlUser<DB> + SqlRow<DB>>(
        &mut self,
        connection: &mut DB::Connection,
        id: &U::Id,
    ) -> sqlx::Result<()> {
        let sql = &self.table.schema.sql;
        self.save(connection).await?;
        let known = self.table.known;
        let is_fine = |column: &&'static str| !known.iter().any(|known| known == column);
        if let (Some(column), Some(disable)) = (self.table.schema.active.filter(is_fine), &sql.disable) {
            let mut args = DB::Arguments::default();
            let seconds = if sql.disable_binds_seconds { DB::bind_integer(&mut args, 1_700_000_000) } else { Ok(()) };
            seconds.and_then(|()| U::bind_id(id, &mut args)).map_err(sqlx::Error::Encode)?;
            if let Some((refusal, _)) = self.change(connection, disable, args, column).await? {
                let table = self.table.schema.table;
                self.say(Severity::Note, format!("accounts in `{table}` cannot be disabled, {}", refusal.by));
            }
        }
        if let (Some(column), Some(set)) = (self.table.schema.verified.filter(is_fine), &sql.set_verified) {
            let mut args = DB::Arguments::default();
            let in_seconds = sql.verified_form == Some(MarkForm::Seconds);
            let seconds = if in_seconds { DB::bind_integer(&mut args, 1_700_000_000) } else { Ok(()) };
            seconds.and_then(|()| U::bind_id(id, &mut args)).map_err(sqlx::Error::Encode)?;
            if let Some((refusal, _)) = self.change(connection, set, args, column).await? {
                let table = self.table.schema.table;
                let (weight, ends) = if self.table.schema.verified_required {
                    (Severity::Schema, ": nobody could sign up")
                } else {
                    (Severity::Note, "")
                };
                self.say(weight, format!("addresses in `{table}` cannot be confirmed, {}{ends}", refusal.by));
            }
        }
        if let (Some(column), Some(set)) = (self.table.schema.password.filter(is_fine), &sql.set_password) {
            let mut args = DB::Arguments::default();
            let hash = PasswordHash::from_stored(LONGEST_HASH);
            DB::bind_text(&mut args, Some(hash.expose()))
                .and_then(|()| U::bind_id(id, &mut args))
                .map_err(sqlx::Error::Encode)?;
            if let Some((refusal, _)) = self.change(connection, set, args, column).await? {
                let table = self.table.schema.table;
                self.say(Severity::Note, format!("the table `{table}` refuses the longest hash, {}", refusal.by));
            }
        }
        Ok(())
    }

    /// Inserts another row: a constant may be unique.
    async fn second<U: SqlUser<DB>>(&mut self, connection: &mut DB::Connection, new: &NewUser<U>) -> sqlx::Result<()> {
        self.save(connection).await?;
        let mut args = DB::Arguments::default();
        U::bind_new(new, &mut args).map_err(sqlx::Error::Encode)?;
        let done = self.execute(connection, self.text(&self.table.schema.sql.insert), args).await;
        let Err(sqlx::Error::Database(db_error)) = done else { return Ok(()) };
        let refusal = self.constraints.refusal::<DB>(&*db_error, self.table.schema.inserted);
        // Within one transaction, the time is a constant, too.
        let is_constant = self.constraints.is_constant(&self.constraints.columns::<DB>(&*db_error));
        self.back(connection).await?;
        if let Some(refusal) = refusal.filter(|refusal| refusal.weight == Severity::Schema && is_constant) {
            let (table, by) = (self.table.schema.table, &refusal.by);
            self.say(Severity::Schema, format!("the table `{table}` takes one sign-up and refuses the next, {by}: each row has the same value there"));
        }
        Ok(())
    }

    /// Looks for rows that the new one refers to.
    async fn references(&mut self, connection: &mut DB::Connection) -> sqlx::Result<()> {
        for Reference { name, column, parent, parents_column } in self.constraints.references() {
            if !self.constraints.is_certain(&[column]) {
                continue;
            }
            let (mine, theirs) = (DB::quote(column), DB::quote(parents_column));
            let there = format!("SELECT 1 FROM {parent} AS theirs WHERE theirs.{theirs} = mine.{mine}");
            let query = format!(
                "SELECT COUNT(*) FROM {} AS mine WHERE {} AND mine.{mine} IS NOT NULL AND NOT EXISTS ({there})",
                self.name,
                DB::NEWEST,
            );
            let rows = DB::fetch(connection, audited(query), DB::Arguments::default()).await;
            // A table that we cannot read, or one without row numbers.
            let Ok(rows) = rows else {
                self.back(connection).await?;
                continue;
            };
            if rows.first().map(|row| DB::integer(row, 0)).transpose()?.unwrap_or(0) > 0 {
                let table = self.table.schema.table;
                self.say(
                    Severity::Schema,
                    format!(
                        "every sign-up into `{table}` refers to a row that {parent} does not have, by `{column}` (the foreign key \
                         `{name}`): insert that row, or change the default"
                    ),
                );
            }
        }
        Ok(())
    }
}
