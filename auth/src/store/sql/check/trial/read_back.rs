//! Reading a new row back.

use crate::PasswordHash;
use crate::model::schema::Sql;
use crate::model::user::{NewUser, Registration as _};
use crate::store::sql::table_name::audited;
use crate::store::sql::{Dialect, SqlRow, SqlUser, read_row};

/// What is wrong with a stored row.
pub(super) struct Wrong {
    pub(super) column: Option<&'static str>,
    pub(super) what: String,
}

/// Reads a new row by its login and by its id, and compares it byte by byte with what was written.
pub(super) async fn read_back<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect>(
    connection: &mut DB::Connection,
    new: &NewUser<U>,
    text: impl Fn(&Sql) -> String,
) -> sqlx::Result<Result<U, Wrong>> {
    let schema = U::SCHEMA;
    let wrong = |column, what: String| Ok(Err(Wrong { column, what }));
    let by_id = |id: &U::Id| {
        let mut args = DB::Arguments::default();
        U::bind_id(id, &mut args).map(|()| args).map_err(sqlx::Error::Encode)
    };
    let logins = schema.logins.iter().enumerate();
    let mut named = logins.filter_map(|(index, login)| Some((login, new.registration.login(index)?)));
    let login = named.next();
    let (column, select, args) = match (login, &new.id) {
        (Some((field, login)), _) => {
            let mut args = DB::Arguments::default();
            DB::bind_text(&mut args, Some(login)).map_err(sqlx::Error::Encode)?;
            (field.column, &field.select, args)
        }
        (None, Some(id)) => (schema.id, &schema.sql.select_by_id, by_id(id)?),
        (None, None) => return wrong(None, "it has neither a login nor an id".to_owned()),
    };
    let rows = DB::fetch(connection, audited(text(select)), args).await?;
    let Some(row) = rows.first() else {
        return wrong(
            Some(column),
            format!("not found again by its `{column}`: it is changed on the way (a trigger?), or hidden (a policy?)"),
        );
    };
    let user = match read_row::user::<U, DB>(row) {
        Ok(user) => user,
        Err(sqlx::Error::ColumnDecode { index, .. }) => {
            let name = index.trim_matches('"').to_owned();
            let column = schema.columns.iter().find(|column| **column == name).copied();
            return wrong(column, format!("its `{name}` cannot be read as the type of the field"));
        }
        Err(_) => return wrong(None, "the row cannot be read".to_owned()),
    };
    for (index, login) in schema.logins.iter().enumerate() {
        if new.registration.login(index).is_some_and(|given| user.login(index) != Some(given)) {
            return wrong(Some(login.column), format!("its `{}` is not what was written", login.column));
        }
    }
    let given = new.password_hash.as_ref().map(PasswordHash::expose);
    if given.is_some() && schema.password.is_some() && user.password_hash() != given {
        return wrong(schema.password, "its hash is not what was written".to_owned());
    }
    if new.id.as_ref().is_some_and(|id| user.id() != id) {
        return wrong(Some(schema.id), "its id is not what was written".to_owned());
    }
    let rows = DB::fetch(connection, audited(text(&schema.sql.select_by_id)), by_id(user.id())?).await?;
    let again = rows.first().and_then(|row| read_row::user::<U, DB>(row).ok());
    if again.is_none_or(|again| again.id() != user.id()) {
        return wrong(Some(schema.id), "it is not found again by its id".to_owned());
    }
    Ok(Ok(user))
}
