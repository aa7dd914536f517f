//! Problems of an existing column. All of them go into one sentence with one statement, because two statements that
//! change the same column would undo each other.

use super::super::ddl::{CatalogueColumn, Change};
use super::catalogue::Dependent;
use super::expected::{CHOOSE_DEFAULT, CHOOSE_VALUE, ExpectedColumn};
use super::row_queries::counted;
use super::{native_enum, quoted_table};
use crate::model::schema::Schema;
use crate::store::sql::Dialect;

/// A column, and what is known about it.
pub(super) struct ExistingColumn<'a, DB: Dialect> {
    pub(super) found: &'a CatalogueColumn,
    pub(super) expected: Option<&'a ExpectedColumn<DB>>,
    /// The type met when reading a row, if sqlx was asked.
    pub(super) actual: Option<&'a DB::TypeInfo>,
    /// Whether no two rows can share a value.
    pub(super) is_unique: bool,
    /// The number of rows in which it is NULL, and the ids of a few; `None` if they were not counted.
    pub(super) nulls: Option<(i64, String)>,
    /// What uses it.
    pub(super) dependents: &'a [Dependent],
    /// The missing column that this one may be under another name.
    pub(super) may_be: Option<&'static str>,
    /// The trigger that may fill it before a row is inserted.
    pub(super) filled_by: Option<&'a str>,
    /// Whether it holds logins in a form that is not looked up.
    pub(super) has_unfindable: bool,
}

/// What a problem means for a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    /// It may be meant, or harms nobody yet.
    Note,
    /// Some people cannot sign in.
    Rows,
    /// Nobody can sign up, or sign in.
    Schema,
}

impl<DB: Dialect> ExistingColumn<'_, DB> {
    /// Returns whether the field cannot be read from the column.
    pub(super) fn is_of_wrong_type(&self) -> bool {
        let ty = self.expected.and_then(|expected| expected.ty.as_ref());
        ty.zip(self.actual).is_some_and(|(ty, actual)| !DB::is_loose(actual) && !(ty.is_compatible)(actual))
    }

    /// Returns the sentence, if there is a problem.
    pub(super) fn problem(&self, schema: &Schema) -> Option<(Severity, String)> {
        let change = Change::of(self.found);
        let mut findings = Findings { says: Vec::new(), weight: Severity::Note, fill: None, instead: None, change };
        match self.expected {
            None => self.check_foreign(&mut findings),
            Some(expected) => {
                self.check_type(expected, &mut findings);
                self.check_filled(expected, &mut findings);
                self.check_null(expected, &mut findings);
            }
        }
        (!findings.says.is_empty()).then(|| (findings.weight, self.sentence(schema, &findings)))
    }

    /// A column that is not in the user type must not need a value from sign-up.
    fn check_foreign(&self, findings: &mut Findings<'_>) {
        if self.found.nullable || !self.found.stays_empty() {
            return;
        }
        let text = "must have a value, has no default, and is no field of the user type, so that every sign-up fails";
        if let Some(missing) = self.may_be {
            findings.schema(format!("{text}; unless it is what the missing `{missing}` means (above)"));
            return;
        }
        if let Some(trigger) = self.filled_by {
            return findings.says.push(maybe_filled(trigger));
        }
        // Another program may rely on a value, so NULL is no advice.
        findings.schema(format!(
            "{text} (make it a field with `#[auth(register)]` or `default = …`, or give it a default)"
        ));
        let default = DB::harmless_default(self.found).unwrap_or_else(|| choose::<DB>(self.found));
        findings.change.default = Some(default);
    }

    fn check_type(&self, expected: &ExpectedColumn<DB>, findings: &mut Findings<'_>) {
        let Some(preferred) = expected.preferred() else { return };
        let found = self.found;
        // The table may restrict logins more than we do: a sign-up with a longer one is a 422.
        let short = expected
            .text
            .filter(|_| !expected.is_login() && !found.ty.starts_with("enum("))
            .zip(found.length)
            .filter(|((longest, _), length)| i64::try_from(*longest).is_ok_and(|longest| *length < longest));
        let text = expected.text.and_then(|_| DB::text_problem(found, expected.is_login(), self.is_unique));
        if self.is_of_wrong_type() {
            let ty = &found.ty;
            findings.schema(format!("is of the type `{ty}`, which the field cannot be (it needs `{preferred}`)"));
            findings.instead = native_enum::three_lines(found, expected.names.is_some())
                .or_else(|| DB::field_type(found).map(|ty| format!("declare the field as `{ty}`")));
        } else if short.is_none() && text.is_none() {
            return;
        } else {
            let short = short.map(|((longest, what), length)| {
                format!("has room for {length} characters, and {what} has up to {longest}")
            });
            text.into_iter().chain(short).for_each(|says| findings.schema(says));
        }
        findings.change.ty = Some(preferred);
    }

    /// Checks that sign-up or the table fills the column.
    fn check_filled(&self, expected: &ExpectedColumn<DB>, findings: &mut Findings<'_>) {
        let found = self.found;
        if expected.inserted {
            if found.filled.takes_no_value() {
                findings.schema("is generated by the database, and sign-up writes it".to_owned());
                findings.change.plain = true;
            }
        } else if !found.stays_empty() {
            // The table fills it.
        } else if let Some(trigger) = self.filled_by.filter(|_| !found.nullable) {
            findings.says.push(maybe_filled(trigger));
        } else if expected.is_id() {
            findings.schema("is made by nobody, neither by the database nor by sign-up".into());
            let ty = findings.change.ty.as_ref().unwrap_or(&found.ty);
            findings.change.counted = DB::counting(ty).is_some();
            findings.change.nullable = found.nullable.then_some(false);
            if !findings.change.counted {
                findings.change.default = Some(DB::random_key(ty).unwrap_or(CHOOSE_DEFAULT).to_owned());
            }
        } else if !found.nullable && expected.may_be_null() {
            let text = "must have a value, has no default, and sign-up does not write it, so that every sign-up fails";
            findings.schema(text.to_owned());
            // Another program may rely on a value.
            findings.change.default = DB::harmless_default(found);
            findings.change.nullable = findings.change.default.is_none().then_some(true);
        } else if !expected.may_be_null() {
            let text = "has no default, and sign-up does not write it, so that every sign-up fails";
            findings.schema(format!("{text} (or say `#[auth(register)]` or `#[auth(default = …)]` on the field)"));
            findings.change.default = Some(expected.default.map_or_else(|| choose::<DB>(found), str::to_owned));
        }
    }

    fn check_null(&self, expected: &ExpectedColumn<DB>, findings: &mut Findings<'_>) {
        let found = self.found;
        if !found.nullable || expected.may_be_null() {
            return;
        }
        let rows = self.nulls.as_ref().filter(|(rows, _)| *rows > 0).map(|(rows, examples)| {
            let examples = if examples.is_empty() { String::new() } else { format!(" ({examples})") };
            format!("is NULL in {}{examples}", counted(*rows))
        });
        if rows.is_some() {
            findings.weight = findings.weight.max(Severity::Rows);
        }
        let is_computed = found.filled.is_computed();
        let can_be_forbidden = DB::FORBIDS_NULL && (!is_computed || findings.change.plain);
        match rows {
            // Useless before the column is a key or accepts values.
            Some(rows) if expected.is_id() || is_computed => return findings.says.push(rows),
            Some(rows) => {
                findings.says.push(format!("{rows}, and the field is no `Option`"));
                // Only the application knows whether an account is active.
                let default = expected.default.filter(|default| !["TRUE", "FALSE"].contains(default));
                let value = found.default.as_deref().or(default).unwrap_or(CHOOSE_VALUE);
                findings.fill = Some(value.to_owned());
            }
            None if can_be_forbidden => findings.says.push("may be NULL, and the field is no `Option`".to_owned()),
            None => return,
        }
        if can_be_forbidden {
            findings.change.nullable = Some(false);
        }
    }

    fn sentence(&self, schema: &Schema, findings: &Findings<'_>) -> String {
        let name = &self.found.name;
        let (table, quoted) = (quoted_table::<DB>(schema), DB::quote(name));
        let fill = findings
            .fill
            .as_ref()
            .map(|value| format!("UPDATE {table} SET {quoted} = {value} WHERE {quoted} IS NULL;"));
        if self.has_unfindable && self.found.text == "citext" && findings.change.ty.is_some() {
            return format!(
                "the column `{}.{name}` {}: first call `auth::store::sql::canonicalize_logins::<{}, _>(&pool)`, because some rows \
                 are not, and this type is what keeps two spellings of one login apart; the next start says the statement that \
                 changes it",
                schema.table,
                findings.says.join(", "),
                schema.name
            );
        }
        if let Some(obstacle) = self.obstacle(&findings.change) {
            let instead = findings.instead.as_ref().map_or(String::new(), |instead| format!("{instead}; or "));
            let says = findings.says.join(", ");
            return format!(
                "the column `{}.{name}` {says}: {instead}first take away what refuses the change of its type, namely {obstacle}, \
                 and the next start says the statement that changes it",
                schema.table
            );
        }
        let change = if findings.change.is_none() { None } else { DB::change(&table, &findings.change) };
        let anew = if findings.change.is_none() || change.is_some() { String::new() } else { self.recreate_advice() };
        let anew = findings.instead.as_ref().map_or(anew.clone(), |instead| {
            let or = if change.is_some() { ", or change the column" } else { "" };
            format!("; {instead}{or}{anew}")
        });
        let statements: Vec<_> = fill.into_iter().chain(change).collect();
        let statements = if statements.is_empty() { String::new() } else { format!(": {}", statements.join(" ")) };
        format!("the column `{}.{name}` {}{anew}{statements}", schema.table, findings.says.join(", and "))
    }

    /// Returns what makes the database refuse to change the type.
    fn obstacle(&self, change: &Change<'_>) -> Option<String> {
        let ty = change.ty.as_deref()?;
        let alike = DB::are_alike(self.found, ty);
        let those = self.dependents.iter().filter(|dependent| dependent.column == self.found.name);
        let those: Vec<_> =
            those.filter(|dependent| !(alike && dependent.if_unlike)).map(|it| it.what.as_str()).collect();
        (!those.is_empty()).then(|| those.join(", "))
    }

    /// For databases that cannot alter columns.
    fn recreate_advice(&self) -> String {
        let why = if DB::CANNOT_ALTER.is_empty() { "this cannot be changed" } else { DB::CANNOT_ALTER };
        let definition = self.expected.and_then(ExpectedColumn::definition);
        let with = definition.map_or(String::new(), |definition| format!(" with `{definition}`"));
        format!("; {why}, so recreate the table{with}")
    }
}

/// The trial is on a copy without triggers, so this is no more than a note.
fn maybe_filled(trigger: &str) -> String {
    format!(
        "must have a value, has no default, and sign-up does not write it, so that every sign-up fails unless the trigger \
         `{trigger}` fills it, which cannot be judged from outside: see `try_sign_up`"
    )
}

/// The problems of a column, and the change that fixes them.
struct Findings<'a> {
    says: Vec<String>,
    weight: Severity,
    /// What to write in the program instead of changing the table.
    instead: Option<String>,
    /// The value for rows that have none.
    fill: Option<String>,
    change: Change<'a>,
}

impl Findings<'_> {
    /// Adds a problem that nobody can sign up or sign in with.
    fn schema(&mut self, says: String) {
        self.says.push(says);
        self.weight = Severity::Schema;
    }
}

/// Returns a default that only the application knows. MySQL takes one for a long text only as an expression.
fn choose<DB: Dialect>(found: &CatalogueColumn) -> String {
    let ty = found.ty.split([' ', '(']).next().unwrap_or_default();
    let is_long = DB::QUOTE == '`' && ["text", "blob", "json"].iter().any(|long| ty.ends_with(long));
    if is_long { format!("({CHOOSE_DEFAULT})") } else { CHOOSE_DEFAULT.to_owned() }
}
