//! The two models: the input as written, and the validated form.

use proc_macro2::Span;
use syn::{Ident, LitStr, Path};

use super::EnumKind;
use crate::crate_path::CratePath;
use crate::set_once::SetOnce;

/// The enum as written.
pub(super) struct Raw {
    pub(super) kind: EnumKind,
    pub(super) ident: Ident,
    pub(super) krate: SetOnce<Path>,
    pub(super) rename_all: SetOnce<LitStr>,
    pub(super) manual: SetOnce<Manual>,
    /// Where it says that sqlx makes a column of it, too.
    pub(super) sqlx: Option<Span>,
    /// Whether all variants are unit variants.
    pub(super) unit_variants_only: bool,
    pub(super) variants: Vec<RawVariant>,
}

/// A variant as written.
pub(super) struct RawVariant {
    pub(super) ident: Ident,
    pub(super) name: SetOnce<LitStr>,
    /// What it includes, if that is a list of names.
    pub(super) includes: SetOnce<Vec<Ident>>,
    /// What it grants, if that is a list of paths.
    pub(super) grants: SetOnce<Vec<Path>>,
}

/// The codecs that are written by hand.
#[derive(Clone, Copy, Default)]
pub(crate) struct Manual {
    pub(super) serde: bool,
    pub(super) sqlx: bool,
}

/// An enum that can be expanded.
pub(crate) struct Checked {
    pub(crate) kind: EnumKind,
    pub(crate) ident: Ident,
    pub(crate) krate: CratePath,
    pub(super) manual: Manual,
    /// Where it says that sqlx makes a column of it, too, although that is not `manual`.
    pub(super) sqlx: Option<Span>,
    pub(crate) names: Vec<Variant>,
    /// The enum of all granted permissions, if there are any.
    pub(crate) permission: Option<Path>,
}

/// One role or permission.
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) name: String,
    /// Bit *n* is set if it is, or includes, the variant at position *n*; 64 bits in each word.
    pub(crate) includes: Vec<u64>,
    /// What it grants directly.
    pub(crate) grants: Vec<Path>,
}
