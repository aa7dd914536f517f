//! An existing column, and changes to it.

use super::Ddl;

/// An existing column.
#[derive(Clone, Debug)]
pub struct CatalogueColumn {
    /// Its name.
    pub name: String,
    /// The type, spelled by the database in a form that a statement can repeat.
    pub ty: String,
    /// Whether it is nullable.
    pub nullable: bool,
    /// The default, as an expression.
    pub default: Option<String>,
    /// What fills it.
    pub filled: Filled,
    /// Its declared capacity in characters (or bytes, if it holds bytes).
    pub length: Option<i64>,
    /// The kind of text: the type behind all domains in PostgreSQL, the character set in MySQL.
    pub text: String,
    /// The collation of text.
    pub collation: String,
    /// Anything else that a statement has to repeat.
    pub rest: String,
    /// The privileges of the database user on it (`SELECT,INSERT,UPDATE`), where known.
    pub rights: Option<String>,
    /// The sequence that its default counts by, quoted, if the user of the database may not use that.
    pub closed_sequence: Option<String>,
    /// Whether computing the default has effects that stay: it counts, or calls a function that may do anything.
    pub default_acts: bool,
    /// The values of a native enum, separated by commas.
    pub labels: Option<String>,
}

/// What fills a column that a statement does not mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// Its default, if it has one.
    ByDefault,
    /// The database generates a number unless it is given a value.
    Counted,
    /// The database generates a number and accepts no value.
    AlwaysCounted,
    /// It is computed from other columns and stored; it accepts no value.
    Stored,
    /// It is computed from other columns when it is read; it accepts no value.
    Virtual,
}

impl Filled {
    /// Returns whether a statement must not provide a value.
    pub(in super::super) const fn takes_no_value(self) -> bool {
        matches!(self, Self::AlwaysCounted | Self::Stored | Self::Virtual)
    }

    /// Returns whether it is computed from other columns.
    pub(in super::super) const fn is_computed(self) -> bool {
        matches!(self, Self::Stored | Self::Virtual)
    }
}

impl CatalogueColumn {
    /// Reads a row of [`Ddl::COLUMNS`].
    pub(in super::super) fn read<DB: Ddl>(row: &DB::Row) -> sqlx::Result<Self> {
        let filled = match DB::optional_text(row, 4)?.as_deref() {
            Some("counted") => Filled::Counted,
            Some("always") => Filled::AlwaysCounted,
            Some("stored") => Filled::Stored,
            Some("virtual") => Filled::Virtual,
            _ => Filled::ByDefault,
        };
        Ok(Self {
            name: DB::text(row, 0)?,
            ty: DB::text(row, 1)?,
            nullable: DB::text(row, 2)? == "YES",
            default: DB::optional_text(row, 3)?,
            filled,
            length: DB::optional_text(row, 5)?.and_then(|length| length.parse().ok()),
            text: DB::optional_text(row, 6)?.unwrap_or_default(),
            collation: DB::optional_text(row, 7)?.unwrap_or_default(),
            rest: DB::optional_text(row, 8)?.unwrap_or_default(),
            rights: DB::optional_text(row, 9)?,
            closed_sequence: DB::optional_text(row, 10)?,
            default_acts: DB::optional_text(row, 11)?.is_some(),
            labels: DB::optional_text(row, 12)?,
        })
    }

    /// Returns a column that was just added with nothing but a type.
    pub(in super::super) fn plain(name: &str, ty: &str) -> Self {
        Self {
            name: name.to_owned(),
            ty: ty.to_owned(),
            nullable: true,
            default: None,
            filled: Filled::ByDefault,
            length: None,
            text: String::new(),
            collation: String::new(),
            rest: String::new(),
            rights: None,
            closed_sequence: None,
            default_acts: false,
            labels: None,
        }
    }

    /// Returns whether it stays empty when a row is inserted without a value for it.
    pub(in super::super) const fn stays_empty(&self) -> bool {
        matches!(self.filled, Filled::ByDefault) && self.default.is_none()
    }
}

/// A change of a column; unset parts stay as they are.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// The column as it is.
    pub column: &'a CatalogueColumn,
    /// The new type.
    pub ty: Option<String>,
    /// Whether it becomes nullable.
    pub nullable: Option<bool>,
    /// The new default, as an expression.
    pub default: Option<String>,
    /// Whether the database is to number it.
    pub counted: bool,
    /// Whether it is to accept the values it is given.
    pub plain: bool,
}

impl<'a> Change<'a> {
    pub(in super::super) const fn of(column: &'a CatalogueColumn) -> Self {
        Self { column, ty: None, nullable: None, default: None, counted: false, plain: false }
    }

    pub(in super::super) const fn is_none(&self) -> bool {
        self.ty.is_none() && self.nullable.is_none() && self.default.is_none() && !self.counted && !self.plain
    }
}
