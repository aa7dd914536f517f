//! Enums of roles and permissions: enum → [`parse`] → `Raw` → [`check`] → [`Checked`], and the impls that both kinds
//! share. [`EnumKind`] has the differences between the two.

mod check;
mod codecs;
mod expand;
mod grants;
mod includes;
mod model;
mod parse;

use proc_macro2::TokenStream;

use crate::diagnostics::Diagnostics;

pub(crate) use codecs::codecs;
pub(crate) use expand::{name_enum, words};
pub(crate) use model::Checked;

/// The kind of enum.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum EnumKind {
    Role,
    Permission,
}

impl EnumKind {
    /// Returns the name of one variant, which is also the name of the helper attribute.
    const fn singular(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Permission => "permission",
        }
    }

    /// Returns the name of the derive, which is also that of the trait.
    const fn derive(self) -> &'static str {
        match self {
            Self::Role => "AuthRole",
            Self::Permission => "AuthPermission",
        }
    }

    const fn plural(self) -> &'static str {
        match self {
            Self::Role => "roles",
            Self::Permission => "permissions",
        }
    }

    /// Returns an example of such an enum.
    const fn example(self) -> &'static str {
        match self {
            Self::Role => "enum Role { Member, Admin }",
            Self::Permission => "enum Permission { PostsRead, PostsWrite }",
        }
    }

    /// Returns one of the names in the example.
    const fn example_name(self) -> &'static str {
        match self {
            Self::Role => "Member",
            Self::Permission => "PostsRead",
        }
    }

    /// Returns the arguments that the attribute of a variant can have.
    const fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Role => &["includes", "grants", "name"],
            Self::Permission => &["includes", "name"],
        }
    }
}

/// Returns the enum, as far as it can be expanded.
pub(crate) fn checked(kind: EnumKind, input: TokenStream, diagnostics: &mut Diagnostics) -> Option<Checked> {
    parse::raw(kind, input, diagnostics).and_then(|raw| check::checked(raw, diagnostics))
}
