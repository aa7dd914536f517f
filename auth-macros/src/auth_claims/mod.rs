//! `#[derive(AuthClaims)]`: struct → [`parse`] → `Raw` → [`check`] → `Checked` → [`expand`].

mod check;
mod expand;
mod grammar;
mod model;
mod parse;
mod paths;

use proc_macro2::TokenStream;

use crate::diagnostics::Diagnostics;

/// Returns the impls for the struct, if it was understood.
pub(crate) fn derive(input: TokenStream, diagnostics: &mut Diagnostics) -> TokenStream {
    parse::raw(input, diagnostics)
        .and_then(|raw| check::checked(raw, diagnostics))
        .map(|claims| expand::expand(&claims))
        .unwrap_or_default()
}
