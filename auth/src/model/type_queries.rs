//! Questions that generated code asks about types. A derive sees only how a type is spelled, and an alias is spelled like
//! anything: so the expansion names an inherent constant, which exists where its bounds hold and takes precedence over
//! the one of the trait below.
//!
//! Spelling decides only the words of errors about what the types refuse anyway, and defaults that an attribute
//! overrides (`auth-macros/src/types.rs`).

use std::fmt::Debug;
use std::marker::PhantomData;

use serde::Serialize;

use crate::model::hash::HoldsHash;
use crate::model::schema::{MarkForm, Sql};

/// Asks whether a type shows what is in it.
pub struct Shows<T>(PhantomData<fn() -> T>);

impl<T: Debug> Shows<T> {
    /// It can be printed.
    pub const DEBUG: bool = true;
}

impl<T: Serialize> Shows<T> {
    /// It can be sent.
    pub const SERIALIZE: bool = true;
}

impl<T: HoldsHash> Shows<T> {
    /// It is a password hash, and shows it where it can.
    pub const HASH: bool = !T::REDACTED;
}

/// See [`Shows`].
pub trait ShowsNothing {
    /// It cannot be printed.
    const DEBUG: bool = false;
    /// It cannot be sent.
    const SERIALIZE: bool = false;
    /// It is no password hash, which is reported where it is read.
    const HASH: bool = false;
}

impl<T> ShowsNothing for Shows<T> {}

/// Asks whether a nullable time is in seconds, which we write, or of a type that the database can write.
pub struct Nullable<T>(PhantomData<fn() -> T>);

impl Nullable<Option<i64>> {
    /// It is in seconds.
    pub const SECONDS: bool = true;
}

/// See [`Nullable`].
pub trait TimeOfDatabase {
    /// It is not in seconds.
    const SECONDS: bool = false;
}

impl<T> TimeOfDatabase for Nullable<T> {}

/// Asks how a column of a type says that something is so.
pub struct Marked<T>(PhantomData<fn() -> T>);

macro_rules! forms {
    ($($type:ty => $form:ident),+ $(,)?) => {$(
        impl Marked<$type> {
            /// See [`MarkForm`].
            pub const FORM: MarkForm = MarkForm::$form;
        }
    )+};
}

forms! {
    bool => Flag,
    Option<bool> => Flag,
    Option<i8> => Number,
    Option<i16> => Number,
    Option<i32> => Number,
    Option<u8> => Number,
    Option<u16> => Number,
    Option<u32> => Number,
    Option<i64> => Seconds,
}

/// See [`Marked`].
pub trait SetByDatabase {
    /// A time that the database can write.
    const FORM: MarkForm = MarkForm::Time;
}

impl<T> SetByDatabase for Marked<T> {}

/// Returns the statement for a form.
#[must_use]
pub const fn by_form(form: MarkForm, [flag, number, seconds, time]: [Sql; 4]) -> Sql {
    match form {
        MarkForm::Flag => flag,
        MarkForm::Number => number,
        MarkForm::Seconds => seconds,
        MarkForm::Time => time,
    }
}

/// Returns the statement that disables an account.
#[must_use]
pub const fn disable(seconds: bool, with_seconds: Sql, with_time: Sql) -> Sql {
    if seconds { with_seconds } else { with_time }
}
