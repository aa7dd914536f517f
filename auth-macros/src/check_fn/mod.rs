//! `#[check]`: a function of extractors becomes something a rule can ask. Arguments → the function, checked → [`expand`].

mod expand;
mod function;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, Path, Token};

use crate::diagnostics::Diagnostics;
use crate::path::Krate;
use crate::slot::Slot;

/// The function as it was, and beside it a type of the same name that rules ask. After a mistake the function comes
/// back alone.
pub(crate) fn expand(args: TokenStream, item: TokenStream, diagnostics: &mut Diagnostics) -> TokenStream {
    let krate = Krate::new(arguments(args, diagnostics), diagnostics);
    let Some(function) = function::parse(item.clone(), diagnostics) else { return item };
    if function::check(&function, diagnostics) {
        expand::expand(&function, &krate)
    } else {
        function.into_token_stream()
    }
}

/// Nothing, or `crate = path`.
fn arguments(args: TokenStream, diagnostics: &mut Diagnostics) -> Slot<Path> {
    let mut krate = Slot::default();
    let parsed = (|input: ParseStream<'_>| {
        if input.is_empty() {
            return Ok(());
        }
        if !input.peek(Token![crate]) {
            return Err(input.error("`#[check]` has no arguments: what it asks for is in the function's signature"));
        }
        let word = Ident::from(input.parse::<Token![crate]>()?);
        input.parse::<Token![=]>()?;
        krate.set(&word, input.parse()?, diagnostics);
        Ok(())
    })
    .parse2(args);
    diagnostics.keep(parsed);
    krate
}
