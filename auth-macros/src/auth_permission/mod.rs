//! `#[derive(AuthPermission)]`: an enum of names → [`expand`].

mod expand;

use proc_macro2::TokenStream;

use crate::diagnostics::Diagnostics;
use crate::name_enum::{self, EnumKind};

/// Returns the impls for the enum, as far as it was understood.
pub(crate) fn derive(input: TokenStream, diagnostics: &mut Diagnostics) -> TokenStream {
    let checked = name_enum::checked(EnumKind::Permission, input, diagnostics);
    checked.map(|permission| expand::expand(&permission)).unwrap_or_default()
}
