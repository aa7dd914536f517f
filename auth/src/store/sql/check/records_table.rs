//! Checks our own table, in case another tool created it.

use super::super::ddl::{CatalogueColumn, Change};
use super::super::table_name::TableName;
use super::super::{Dialect, migrations};
use super::catalogue::{self, Index, find};
use super::{begins_with, privileges};

/// The columns, and how many bytes of text each must hold; `None` for numbers. The value is never compared.
const COLUMNS: [(&str, Option<i64>); 7] = [
    ("kind", Some(255)),
    ("record_key", Some(1024)),
    ("owner", Some(1024)),
    ("value", Some(65_535)),
    ("version", None),
    ("expires_at", None),
    ("changed_at", None),
];

/// The unique key, exactly: a record is identified by both.
const KEY: [&str; 2] = ["kind", "record_key"];

/// The prefixes of the other indexes, and the suffixes of their names.
const INDEXES: [(&str, &[&str]); 3] =
    [("owner", &["kind", "owner"]), ("changed", &["kind", "changed_at"]), ("expires", &["expires_at"])];

/// The operations that we run on each column.
const PRIVILEGES: &[&str] = &["SELECT", "INSERT", "UPDATE"];

/// Returns the problems of our own table. It may be missing before `build()` creates it.
pub(in super::super) async fn own_table<DB: Dialect>(
    connection: &mut DB::Connection,
    table: &TableName,
    may_be_missing: bool,
) -> sqlx::Result<Vec<String>> {
    let place = (table.schema(), table.name());
    let text = migrations::text::<DB>(table);
    let Some(relation) = catalogue::relation::<DB>(connection, place).await? else {
        let problem =
            format!("there is no table `{}`, and `build()` is configured not to create it:\n{text}", table.plain());
        return Ok(if may_be_missing { Vec::new() } else { vec![problem] });
    };
    let found = catalogue::columns::<DB>(connection, place).await?;
    let missing: Vec<_> = COLUMNS.iter().map(|(name, _)| *name).filter(|name| find(&found, name).is_none()).collect();
    if !missing.is_empty() {
        let missing = missing.join("`, `");
        let plain = table.plain();
        return Ok(vec![format!(
            "the table `{plain}` is not as this library creates it: it has no `{missing}`; it should be\n{text}"
        )]);
    }
    let indexes = catalogue::indexes::<DB>(connection, place).await?;
    let quoted = table.quoted::<DB>();
    let mut wrong = Wrong { says: Vec::new(), statements: Vec::new() };
    for (name, bytes) in COLUMNS {
        if let Some(found) = find(&found, name) {
            wrong.column::<DB>(&quoted, found, bytes);
        }
    }
    wrong.indexes::<DB>(table, &indexes);
    wrong.others::<DB>(&quoted, &found);

    let mut problems = Vec::new();
    if !wrong.says.is_empty() {
        let (plain, says) = (table.plain(), wrong.says.join(", "));
        // If columns cannot be altered, the text says what the table should look like.
        problems.push(if DB::CANNOT_ALTER.is_empty() {
            format!("the table `{plain}` is not as this library creates it: {says}: {}", wrong.statements.join(" "))
        } else {
            format!("the table `{plain}` is not as this library creates it: {says}; it should be\n{text}")
        });
    }
    if let Some(query) = DB::OBSTACLES {
        for row in catalogue::ask::<DB>(connection, query, place).await? {
            problems.push(DB::text(&row, 1)?);
        }
    }
    let needed = found.iter().map(|column| (column, PRIVILEGES));
    problems.extend(privileges::missing(&table.plain(), &quoted, &relation.user, needed, relation.may_delete));
    Ok(problems)
}

/// The problems of the table, and the statements that fix them.
struct Wrong {
    says: Vec<String>,
    statements: Vec<String>,
}

impl Wrong {
    fn column<DB: Dialect>(&mut self, table: &str, found: &CatalogueColumn, bytes: Option<i64>) {
        let name = &found.name;
        let fits = match bytes {
            Some(bytes) => DB::holds_bytes(found, bytes, name != "value"),
            None => DB::holds_numbers(found),
        };
        if fits && !found.nullable {
            return;
        }
        let definition = definition::<DB>(name);
        if !fits {
            let collation = &found.collation;
            let compared = if collation.is_empty() { String::new() } else { format!(", compared by `{collation}`") };
            self.says.push(format!("`{name}` is `{}`{compared}", found.ty));
        } else if found.nullable {
            self.says.push(format!("`{name}` may be NULL"));
        }
        let mut change = Change::of(found);
        change.ty = (!fits).then(|| definition.clone());
        change.nullable = Some(false);
        self.statements.extend(DB::change(table, &change));
    }

    fn indexes<DB: Dialect>(&mut self, table: &TableName, indexes: &[Index]) {
        let (schema, name) = (table.schema(), table.name());
        let has_key = indexes.iter().any(|index| index.is_unique && index.is_exact && index.columns == KEY);
        if !has_key {
            self.says.push("it has no unique key on all of `kind` and `record_key` that compares bytes".to_owned());
            self.statements.push(DB::unique_index(schema, name, &format!("{name}_key"), &KEY));
        }
        for (end, columns) in INDEXES {
            if !indexes.iter().any(|index| index.is_exact && begins_with(index, columns)) {
                self.says.push(format!("it has no index on `{}`", columns.join("`, `")));
                let index = DB::unique_index(schema, name, &format!("{name}_{end}"), columns);
                self.statements.push(index.replacen("CREATE UNIQUE INDEX", "CREATE INDEX", 1));
            }
        }
    }

    /// Finds foreign columns that prevent our inserts.
    fn others<DB: Dialect>(&mut self, table: &str, found: &[CatalogueColumn]) {
        let ours = |column: &&CatalogueColumn| !COLUMNS.iter().any(|(name, _)| *name == column.name);
        for column in found.iter().filter(ours).filter(|column| !column.nullable && column.stays_empty()) {
            self.says.push(format!("`{}` must have a value, and is none of ours", column.name));
            let change = Change { nullable: Some(true), ..Change::of(column) };
            self.statements.extend(DB::change(table, &change));
        }
    }
}

/// Returns the type of a column in our first migration.
fn definition<DB: Dialect>(name: &str) -> String {
    let lines = DB::MIGRATIONS.iter().flat_map(|step| step.sql.lines());
    let mut words = lines.filter_map(|line| line.trim().split_once(' '));
    let definition = words.find(|(word, _)| *word == name).map_or("", |(_, definition)| definition);
    definition.trim_end_matches(',').trim_end_matches(" NOT NULL").to_owned()
}
