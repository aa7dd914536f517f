//! `#[protected]` and `#[public]`: arguments → [`parse`] → `Raw` → [`check`] → `Checked` → [`expand`].

mod check;
mod expand;
mod handler;
mod logic;
mod model;
mod open;
mod parse;

use proc_macro2::TokenStream;
use quote::ToTokens;

use crate::diagnostics::Diagnostics;
use crate::item_fn;
use crate::path::Krate;
use crate::place::Place;
pub(crate) use model::Attribute;

/// Returns the function with its guard, and the policy. After a mistake in the arguments the guard refuses everybody:
/// the handler is still a handler, and only the mistake is reported. After a mistake in the signature the item is
/// returned unchanged.
pub(crate) fn expand(
    attribute: Attribute,
    place: Place,
    args: TokenStream,
    item: TokenStream,
    diagnostics: &mut Diagnostics,
) -> TokenStream {
    let mut raw = parse::raw(attribute, args, diagnostics);
    let krate = Krate::new(std::mem::take(&mut raw.krate), diagnostics);
    let Some(handler) = handler::parse(attribute, item.clone(), diagnostics) else { return item_fn::kept(item) };
    let fits = handler::check(attribute, &handler, diagnostics);
    let policy = check::checked(raw, krate, diagnostics);
    if !fits {
        return handler.into_token_stream();
    }
    if handler::associated(attribute, place, &handler, diagnostics) {
        return expand::signed_in(&handler, &policy);
    }
    let mut tokens = expand::expand(&handler, &policy);
    if attribute == Attribute::Public {
        tokens.extend(open::needs_nobody(&handler, &policy));
    }
    tokens
}

/// Expands `rule!(…)`, a rule without a handler.
pub(crate) fn expand_rule(args: TokenStream, diagnostics: &mut Diagnostics) -> TokenStream {
    let mut raw = parse::raw(Attribute::Rule, args, diagnostics);
    let krate = Krate::new(std::mem::take(&mut raw.krate), diagnostics);
    expand::expand_rule(&check::checked(raw, krate, diagnostics))
}
