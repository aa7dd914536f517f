//! A column that there is, and what is to become of it.

use super::Ddl;

/// A column that there is.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its name.
    pub name: String,
    /// In the words of the database, and so that a statement can repeat it.
    pub ty: String,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// The default, as an expression.
    pub default: Option<String>,
    /// Who fills it.
    pub filled: Filled,
    /// How many characters (or bytes, if it holds bytes) it has room for, where that is declared.
    pub length: Option<i64>,
    /// What kind of text it is: the type behind all domains in PostgreSQL, the character set in MySQL.
    pub text: String,
    /// How text is compared.
    pub collation: String,
    /// What else a statement has to repeat.
    pub rest: String,
    /// What the user of the database may do with it (`SELECT,INSERT,UPDATE`), where that is known.
    pub rights: Option<String>,
    /// The sequence that its default counts by, quoted, if the user of the database may not use that.
    pub closed_sequence: Option<String>,
}

/// Who fills a column that a statement does not mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// Its default, if it has one.
    ByDefault,
    /// The database counts, unless it is given a value.
    Counted,
    /// The database counts, and takes no value.
    AlwaysCounted,
    /// It is computed from others and stored: it takes no value.
    Stored,
    /// It is computed from others when it is read: it takes no value.
    Virtual,
}

impl Filled {
    /// Whether a statement must not give a value.
    pub(in super::super) const fn takes_no_value(self) -> bool {
        matches!(self, Self::AlwaysCounted | Self::Stored | Self::Virtual)
    }

    /// Whether it is computed from others.
    pub(in super::super) const fn is_computed(self) -> bool {
        matches!(self, Self::Stored | Self::Virtual)
    }
}

impl Found {
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
        })
    }

    /// A column that was just added without anything more.
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
        }
    }

    /// Whether nobody gives it a value when a row comes without one.
    pub(in super::super) const fn stays_empty(&self) -> bool {
        matches!(self.filled, Filled::ByDefault) && self.default.is_none()
    }
}

/// What is to become of a column; nothing of what is not said.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// As it is.
    pub column: &'a Found,
    /// Another type.
    pub ty: Option<String>,
    /// Whether it may be NULL.
    pub nullable: Option<bool>,
    /// Another default, as an expression.
    pub default: Option<String>,
    /// Whether the database is to count it.
    pub counted: bool,
    /// Whether it is to take the values that it is given.
    pub plain: bool,
}

impl<'a> Change<'a> {
    pub(in super::super) const fn of(column: &'a Found) -> Self {
        Self { column, ty: None, nullable: None, default: None, counted: false, plain: false }
    }

    pub(in super::super) const fn is_none(&self) -> bool {
        self.ty.is_none() && self.nullable.is_none() && self.default.is_none() && !self.counted && !self.plain
    }
}
