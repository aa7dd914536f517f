//! `#[derive(AuthUser)]`: struct → [`parse`] → `Raw` → [`check`] → `Checked` → [`expand`].

mod bindings;
mod check;
mod claims;
mod conflicts;
mod expand;
mod model;
mod names;
mod parse;
mod redaction;
mod registration;
mod roles;
mod sql;

use proc_macro2::TokenStream;

use crate::diagnostics::Diagnostics;

/// Returns the impls and types for the struct, as far as it was understood.
pub(crate) fn derive(input: TokenStream, diagnostics: &mut Diagnostics) -> TokenStream {
    parse::raw(input, diagnostics)
        .and_then(|raw| check::checked(raw, diagnostics))
        .map(|user| expand::expand(&user))
        .unwrap_or_default()
}
