//! `#[check]`: makes a function of extractors usable in rules. Arguments → the function, checked → [`expand`].

mod expand;
mod function;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Ident, Path, Token};

use crate::crate_path::CratePath;
use crate::diagnostics::Diagnostics;
use crate::enclosing_item::EnclosingItem;
use crate::groups;
use crate::item_fn;
use crate::set_once::SetOnce;

/// Returns the unchanged function and a type of the same name for rules. After a mistake, only the function is
/// returned.
pub(crate) fn expand(
    enclosing: EnclosingItem,
    args: TokenStream,
    item: TokenStream,
    diagnostics: &mut Diagnostics,
) -> TokenStream {
    let krate = CratePath::new(arguments(args, diagnostics), diagnostics);
    let Some(function) = function::parse(item.clone(), diagnostics) else { return item_fn::keep_item(item) };
    if function::check(enclosing, &function, diagnostics) {
        expand::expand(&function, &krate)
    } else {
        function.into_token_stream()
    }
}

/// Parses nothing, or `crate = path`.
fn arguments(args: TokenStream, diagnostics: &mut Diagnostics) -> SetOnce<Path> {
    const NONE: &str = "`#[check]` has no arguments: what it asks for is in the function's signature";
    let mut krate = SetOnce::default();
    let parsed = (|input: ParseStream<'_>| {
        if input.is_empty() {
            return Ok(());
        }
        if !input.peek(Token![crate]) || !input.peek2(Token![=]) {
            return Err(only(input, NONE));
        }
        let word = Ident::from(input.parse::<Token![crate]>()?);
        input.parse::<Token![=]>()?;
        let at = input.span();
        let wants = "`crate` wants a path, without quotes: write `crate = ::auth`";
        krate.set(&word, input.parse().map_err(|_| Error::new(at, wants))?, diagnostics);
        input.parse::<Option<Token![,]>>()?;
        if input.is_empty() { Ok(()) } else { Err(only(input, "`#[check]` has no other argument than `crate`")) }
    })
    .parse2(groups::visible(args));
    diagnostics.ok_or_record(parsed);
    krate
}

/// Creates an error about everything that is left, which is skipped so that syn does not report it, too.
fn only(input: ParseStream<'_>, message: &str) -> Error {
    match input.parse::<TokenStream>() {
        Ok(rest) => Error::new_spanned(rest, message),
        Err(error) => error,
    }
}
