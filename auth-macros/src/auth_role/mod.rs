//! `#[derive(AuthRole)]`: an enum of names, and what each grants → [`expand`].

mod expand;

use proc_macro2::TokenStream;

use crate::diagnostics::Diagnostics;
use crate::name_enum::{self, EnumKind};

/// Returns the impls for the enum, as far as it was understood.
pub(crate) fn derive(input: TokenStream, diagnostics: &mut Diagnostics) -> TokenStream {
    name_enum::checked(EnumKind::Role, input, diagnostics).map(|role| expand::expand(&role)).unwrap_or_default()
}
