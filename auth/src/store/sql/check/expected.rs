//! What the user type requires of each column.

use super::super::SqlUser;
use super::super::column_type::ColumnType;
use super::super::ddl::Ddl;
use super::suggest::{self, Kind};
use crate::model::permission::HeldPermissions as _;
use crate::model::role::HeldRoles as _;
use crate::model::schema::Schema;
use crate::store::sql::Dialect;

/// The longest login (RFC 5321 §4.5.3.1.3), for columns that we define; longer ones are refused before they are looked
/// up.
const LOGIN: usize = 254;

/// The longest hash that we write: the default has 97 characters; with the largest parameters that start-up accepts and
/// the name of a pepper it has 118. Hashes of other schemes belong to the application and are already in the column.
const HASH: usize = 128;

/// Placeholders for values that only the application knows.
pub(super) const CHOOSE_DEFAULT: &str = "/* choose a default */";
pub(super) const CHOOSE_VALUE: &str = "/* choose a value */";

/// A column of the user type.
pub(super) struct ExpectedColumn<DB: Dialect> {
    pub(super) name: &'static str,
    /// The type, or `None` if nothing is known about it.
    pub(super) ty: Option<ColumnType<DB>>,
    part: Part,
    /// Whether sign-up writes it.
    pub(super) inserted: bool,
    /// Whether it is written later.
    pub(super) updated: bool,
    /// Whether it says if an account is active.
    is_active: bool,
    /// The length of the longest text that we write, and what that is.
    pub(super) text: Option<(usize, &'static str)>,
    /// What its names are names of: roles or permissions.
    pub(super) names: Option<&'static str>,
    /// A default that is right for every user.
    pub(super) default: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Id,
    Login,
    Other,
}

/// Returns all of them: the id, the logins and the password first.
pub(super) fn expected_columns<U: SqlUser<DB>, DB: Dialect>() -> Vec<ExpectedColumn<DB>> {
    let schema = U::SCHEMA;
    let mut types: Vec<_> = U::columns();
    let logins = schema.logins.iter().map(|login| login.column);
    let mut expected: Vec<ExpectedColumn<DB>> = Vec::new();
    for name in std::iter::once(schema.id).chain(logins).chain(schema.password).chain(schema.columns.iter().copied()) {
        if expected.iter().any(|column| column.name == name) {
            continue;
        }
        let place = types.iter().position(|column| column.name == name);
        let ty = place.and_then(|place| types.swap_remove(place).ty);
        expected.push(expected_column::<U, DB>(schema, name, ty));
    }
    expected
}

fn expected_column<U: SqlUser<DB>, DB: Dialect>(
    schema: &Schema,
    name: &'static str,
    ty: Option<ColumnType<DB>>,
) -> ExpectedColumn<DB> {
    let is = |column: Option<&str>| column == Some(name);
    let is_login = schema.logins.iter().any(|login| login.column == name);
    let names = match (is(schema.roles), is(schema.permissions)) {
        (true, _) => {
            Some((U::Roles::TEXT, if U::Roles::TEXT.may_be_empty { "the list of all roles" } else { "a role" }))
        }
        (_, true) => Some((U::Permissions::TEXT, "the list of all permissions")),
        _ => None,
    };
    let text = match names {
        Some((text, what)) => Some((text.longest, what)),
        None if is_login => Some((LOGIN, "a login")),
        None if is(schema.password) => Some((HASH, "a hash")),
        None => None,
    };
    let default = match &ty {
        Some(ty) if !ty.nullable => {
            let ty = DB::column_type(&ty.preferred, 0);
            match names {
                Some((names, _)) => names.may_be_empty.then_some("''"),
                None if ty.starts_with("BOOL") => Some(if is(schema.active) { "TRUE" } else { "FALSE" }),
                None if ty.starts_with("TIMESTAMP") || ty.starts_with("DATETIME") => Some(NOW),
                None => None,
            }
        }
        _ => None,
    };
    ExpectedColumn {
        name,
        ty,
        part: match is_login {
            _ if name == schema.id => Part::Id,
            true => Part::Login,
            false => Part::Other,
        },
        // Sign-up also writes that the address is not confirmed.
        inserted: schema.inserted.contains(&name) || is(schema.verified),
        updated: [schema.password, schema.active, schema.verified, schema.roles, schema.permissions]
            .contains(&Some(name)),
        is_active: is(schema.active),
        text,
        names: if is(schema.roles) { Some("role") } else { is(schema.permissions).then_some("permission") },
        default,
    }
}

/// The default of a time column.
pub(super) const NOW: &str = "CURRENT_TIMESTAMP";

impl<DB: Dialect> ExpectedColumn<DB> {
    /// Returns what the column is for.
    pub(super) fn kind(&self) -> Kind {
        match self.text {
            Some((_, "a hash")) => suggest::PASSWORD,
            _ if self.is_login() => suggest::LOGIN,
            _ if self.names.is_some() => suggest::NAMES,
            _ if self.is_active => suggest::ACTIVE,
            _ => suggest::OTHER,
        }
    }

    pub(super) fn is_id(&self) -> bool {
        self.part == Part::Id
    }

    pub(super) fn is_login(&self) -> bool {
        self.part == Part::Login
    }

    /// Whether the field may be without a value, as far as is known.
    pub(super) fn may_be_null(&self) -> bool {
        self.ty.as_ref().is_none_or(|ty| ty.nullable)
    }

    /// Returns the type that suits the field best.
    pub(super) fn preferred(&self) -> Option<String> {
        let longest = self.text.map_or(0, |(longest, _)| longest);
        self.ty.as_ref().map(|ty| DB::column_type(&ty.preferred, longest))
    }

    /// Returns the column definition for a new table; `None` if its type is not known.
    pub(super) fn definition(&self) -> Option<String> {
        let (name, ty) = (DB::quote(self.name), self.preferred()?);
        if self.is_id() {
            let counted = (!self.inserted).then(|| DB::counting(&ty)).flatten();
            // Only SQLite allows NULL in a key unless told otherwise.
            let null = if counted.is_none() && !DB::FORBIDS_NULL { " NOT NULL" } else { "" };
            let default = if self.inserted || counted.is_some() { String::new() } else { key_default::<DB>(&ty) };
            return Some(format!("{name} {}{null}{default} PRIMARY KEY", counted.unwrap_or(ty)));
        }
        let unique = if self.is_login() { " UNIQUE" } else { "" };
        Some(format!("{name} {ty}{}{}{unique}", <DB as Ddl>::null(&ty, self.may_be_null()), self.default_clause()))
    }

    /// Returns ` DEFAULT …`, or nothing.
    pub(super) fn default_clause(&self) -> String {
        match self.default {
            Some(default) => format!(" DEFAULT {default}"),
            None if self.inserted || self.may_be_null() => String::new(),
            None => format!(" DEFAULT {CHOOSE_DEFAULT}"),
        }
    }
}

fn key_default<DB: Dialect>(ty: &str) -> String {
    format!(" DEFAULT {}", DB::random_key(ty).unwrap_or(CHOOSE_DEFAULT))
}
