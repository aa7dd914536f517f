//! The two models: what was written, and what is known to be good.

use syn::{Ident, LitStr, Path};

use crate::path::Krate;
use crate::slot::Slot;

/// As written.
pub(super) struct Raw {
    pub(super) ident: Ident,
    pub(super) krate: Slot<Path>,
    pub(super) rename_all: Slot<LitStr>,
    pub(super) manual: Slot<Manual>,
    /// Whether no variant carries anything.
    pub(super) names_only: bool,
    pub(super) variants: Vec<RawVariant>,
}

/// A variant as written.
pub(super) struct RawVariant {
    pub(super) ident: Ident,
    pub(super) name: Slot<LitStr>,
    /// What it includes, as far as it is a list of words.
    pub(super) includes: Slot<Vec<Ident>>,
}

/// The codecs that somebody writes by hand.
#[derive(Clone, Copy, Default)]
pub(super) struct Manual {
    pub(super) serde: bool,
    pub(super) sqlx: bool,
}

/// An enum of roles that can be expanded.
pub(super) struct Checked {
    pub(super) ident: Ident,
    pub(super) krate: Krate,
    pub(super) manual: Manual,
    pub(super) roles: Vec<Role>,
}

/// One role.
pub(super) struct Role {
    pub(super) ident: Ident,
    pub(super) name: String,
    /// Bit *n* is set when it is, or includes, the role at *n*.
    pub(super) includes: u64,
}
