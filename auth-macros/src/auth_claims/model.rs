//! The two models: the input as written, and the validated form.

use syn::{Ident, LitStr, Path, Type};

use crate::crate_path::CratePath;
use crate::set_once::SetOnce;

/// The struct as written.
pub(super) struct Raw {
    pub(super) ident: Ident,
    pub(super) krate: SetOnce<Path>,
    /// The values of `acr` that stand for several factors.
    pub(super) mfa: SetOnce<Vec<LitStr>>,
    pub(super) fields: Vec<RawField>,
}

/// A field as written.
pub(super) struct RawField {
    pub(super) ident: Ident,
    pub(super) ty: Type,
    /// What the attributes say that it is, and where it is read from; nothing for a claim of its own name.
    pub(super) is: Option<(Word, Ident)>,
    pub(super) sources: Vec<RawSource>,
    /// `#[serde(rename = "…")]`, which nobody reads here.
    pub(super) renamed: Option<LitStr>,
}

/// `"realm_access.roles"`, or the same in `keys_of(…)`.
pub(super) struct RawSource {
    pub(super) path: LitStr,
    pub(super) keys: bool,
}

/// What a field is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Subject,
    Roles,
    Permissions,
    Verified,
    Claim,
}

impl Word {
    pub(super) const ALL: [(&'static str, Word); 5] = [
        ("subject", Word::Subject),
        ("roles", Word::Roles),
        ("permissions", Word::Permissions),
        ("verified", Word::Verified),
        ("claim", Word::Claim),
    ];

    pub(super) fn parse(ident: &Ident) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| ident == name).map(|(_, word)| *word)
    }
}

/// Claims that can be expanded.
pub(super) struct Checked {
    pub(super) ident: Ident,
    pub(super) krate: CratePath,
    pub(super) mfa: Vec<LitStr>,
    /// In the order of the struct.
    pub(super) fields: Vec<Field>,
    /// The field that says whom a token is about.
    pub(super) subject: Field,
    /// The index of the field with the roles, and their enum.
    pub(super) roles: Option<(usize, Type)>,
    pub(super) permissions: Option<(usize, Type)>,
    pub(super) verified: Option<usize>,
    pub(super) places: Vec<PlaceOfField>,
    pub(super) tree: Vec<Node>,
}

#[derive(Clone)]
pub(super) struct Field {
    pub(super) ident: Ident,
    pub(super) ty: Type,
}

/// How the value at a place is read into a field.
pub(super) struct PlaceOfField {
    pub(super) field: usize,
    pub(super) how: How,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Value,
    Subject,
    Names,
    /// Names that a text separates by spaces.
    Scope,
    /// The names of an object's members.
    Keys,
}

/// A claim that is read, or leads to one.
pub(super) struct Node {
    pub(super) name: String,
    pub(super) then: Then,
}

pub(super) enum Then {
    /// The index of a place.
    Place(usize),
    Members(Vec<Node>),
}
