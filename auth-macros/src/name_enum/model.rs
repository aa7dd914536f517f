//! The two models: the input as written, and the validated form.

use proc_macro2::Span;
use syn::{Ident, LitStr, Path};

use super::What;
use crate::path::Krate;
use crate::slot::Slot;

/// The enum as written.
pub(super) struct Raw {
    pub(super) what: What,
    pub(super) ident: Ident,
    pub(super) krate: Slot<Path>,
    pub(super) rename_all: Slot<LitStr>,
    pub(super) manual: Slot<Manual>,
    /// Where it says that sqlx makes a column of it, too.
    pub(super) sqlx: Option<Span>,
    /// Whether all variants are unit variants.
    pub(super) names_only: bool,
    pub(super) variants: Vec<RawVariant>,
}

/// A variant as written.
pub(super) struct RawVariant {
    pub(super) ident: Ident,
    pub(super) name: Slot<LitStr>,
    /// What it includes, if that is a list of words.
    pub(super) includes: Slot<Vec<Ident>>,
    /// What it grants, if that is a list of paths.
    pub(super) grants: Slot<Vec<Path>>,
}

/// The codecs that are written by hand.
#[derive(Clone, Copy, Default)]
pub(crate) struct Manual {
    pub(super) serde: bool,
    pub(super) sqlx: bool,
}

/// An enum that can be expanded.
pub(crate) struct Checked {
    pub(crate) what: What,
    pub(crate) ident: Ident,
    pub(crate) krate: Krate,
    pub(super) manual: Manual,
    /// Where it says that sqlx makes a column of it, too, although that is not `manual`.
    pub(super) sqlx: Option<Span>,
    pub(crate) names: Vec<Named>,
    /// The enum of all granted permissions, if there are any.
    pub(crate) permission: Option<Path>,
}

/// One role or permission.
pub(crate) struct Named {
    pub(crate) ident: Ident,
    pub(crate) name: String,
    /// Bit *n* is set if it is, or includes, the variant at position *n*; 64 bits in each word.
    pub(crate) includes: Vec<u64>,
    /// What it grants directly.
    pub(crate) grants: Vec<Path>,
}
