//! What the type of a field says about its column.
//!
//! A field need not have a type that sqlx supports (`#[sqlx(json)]`, a hand-written `FromRow`), or not on every
//! database, so the derive cannot require one. It emits `(&&&Probe::<DB, T>::new("email")).column()`, and method
//! resolution takes the first of these traits that the type satisfies; the types are known at that point.

use std::marker::PhantomData;

use sqlx::{Database, Type};

/// What a column must be.
pub struct Column<DB: Database> {
    pub(super) name: &'static str,
    /// The type, or `None` if nothing is known about it.
    pub(super) ty: Option<ColumnType<DB>>,
}

pub(super) struct ColumnType<DB: Database> {
    pub(super) preferred: DB::TypeInfo,
    pub(super) is_compatible: fn(&DB::TypeInfo) -> bool,
    pub(super) nullable: bool,
}

impl<DB: Database> Column<DB> {
    fn known<T: Type<DB>>(name: &'static str, nullable: bool) -> Self {
        Self { name, ty: Some(ColumnType { preferred: T::type_info(), is_compatible: T::compatible, nullable }) }
    }
}

/// A column and the type of its field.
pub struct Probe<DB, T> {
    name: &'static str,
    types: PhantomData<fn() -> (DB, T)>,
}

impl<DB, T> Probe<DB, T> {
    /// Creates a probe for the field of type `T` in this column.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, types: PhantomData }
    }
}

/// For optional types that sqlx supports.
pub trait KnownOption<DB: Database> {
    /// Returns the column.
    fn column(&self) -> Column<DB>;
}

impl<DB: Database, T: Type<DB>> KnownOption<DB> for &&Probe<DB, Option<T>> {
    fn column(&self) -> Column<DB> {
        Column::known::<T>(self.name, true)
    }
}

/// For types that sqlx supports.
pub trait Known<DB: Database> {
    /// Returns the column.
    fn column(&self) -> Column<DB>;
}

impl<DB: Database, T: Type<DB>> Known<DB> for &Probe<DB, T> {
    fn column(&self) -> Column<DB> {
        Column::known::<T>(self.name, false)
    }
}

/// For all other types.
pub trait Unknown<DB: Database> {
    /// Returns the column.
    fn column(&self) -> Column<DB>;
}

impl<DB: Database, T> Unknown<DB> for Probe<DB, T> {
    fn column(&self) -> Column<DB> {
        Column { name: self.name, ty: None }
    }
}
