//! `#[derive(AuthRole)]`: enum → [`parse`] → `Raw` → [`check`] → `Checked` → [`expand`].

mod check;
mod expand;
mod includes;
mod model;
mod parse;

use proc_macro2::TokenStream;

use crate::diagnostics::Diagnostics;

/// The impls beside the enum, as far as it was understood.
pub(crate) fn derive(input: TokenStream, diagnostics: &mut Diagnostics) -> TokenStream {
    parse::raw(input, diagnostics)
        .and_then(|raw| check::checked(raw, diagnostics))
        .map(|role| expand::expand(&role))
        .unwrap_or_default()
}
