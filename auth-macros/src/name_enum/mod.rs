//! Enums of names, roles and permissions: enum → [`parse`] → `Raw` → [`check`] → [`Checked`], and the codecs that both
//! kinds have. What the two differ in is [`What`].

mod check;
mod codecs;
mod grants;
mod includes;
mod model;
mod parse;

use proc_macro2::TokenStream;

use crate::diagnostics::Diagnostics;

pub(crate) use codecs::codecs;
pub(crate) use model::Checked;

/// Which of the two an enum is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Role,
    Permission,
}

impl What {
    /// What one is called, which is also the name of the helper attribute.
    const fn one(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Permission => "permission",
        }
    }

    const fn many(self) -> &'static str {
        match self {
            Self::Role => "roles",
            Self::Permission => "permissions",
        }
    }

    /// What such an enum looks like.
    const fn example(self) -> &'static str {
        match self {
            Self::Role => "enum Role { Member, Admin }",
            Self::Permission => "enum Permission { PostsRead, PostsWrite }",
        }
    }

    /// One of the names in the example.
    const fn example_name(self) -> &'static str {
        match self {
            Self::Role => "Member",
            Self::Permission => "PostsRead",
        }
    }

    /// How many there can be: a set is that many bits wide.
    const fn most(self) -> usize {
        match self {
            Self::Role => 64,
            Self::Permission => 128,
        }
    }

    /// The words a variant can have.
    const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Role => &["includes", "grants", "name"],
            Self::Permission => &["includes", "name"],
        }
    }
}

/// The enum as far as it can be expanded.
pub(crate) fn checked(what: What, input: TokenStream, diagnostics: &mut Diagnostics) -> Option<Checked> {
    parse::raw(what, input, diagnostics).and_then(|raw| check::checked(raw, diagnostics))
}
