//! `#[protected]` and `#[public]`: arguments → [`parse`] → `Raw` → [`check`] → `Checked` → [`expand`].

mod check;
mod checks;
mod expand;
mod handler;
mod logic;
mod model;
mod named;
mod open;
mod order;
mod parse;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

use crate::diagnostics::Diagnostics;
use crate::item_fn;
use crate::path::Krate;
use crate::source::Around;
pub(crate) use model::Attribute;

/// Returns the function with its guard, and the policy. After a mistake in the arguments the guard refuses everybody:
/// the handler is still a handler, and only the mistake is reported. After a mistake in the signature another handler
/// stands in for it.
pub(crate) fn expand(
    attribute: Attribute,
    around: &Around,
    args: TokenStream,
    item: TokenStream,
    diagnostics: &mut Diagnostics,
) -> TokenStream {
    let mut raw = parse::raw(attribute, args, diagnostics);
    let krate = Krate::new(std::mem::take(&mut raw.krate), diagnostics);
    let Some(handler) = handler::parse(attribute, item.clone(), diagnostics) else { return item_fn::kept(item) };
    let fits = handler::check(attribute, &handler, diagnostics);
    let policy = check::checked(raw, krate, diagnostics);
    if around.copied {
        let name = attribute.name();
        let message = format!("`#[debug_handler]` must see the finished handler: put it below `#[{name}]`");
        diagnostics.error_at(Span::call_site(), message);
        return handler.into_token_stream();
    }
    if !fits && (around.place.name().is_some() || handler.sig.receiver().is_some() || !handler.has_body()) {
        return handler.into_token_stream();
    }
    if !fits {
        return expand::stand_in(&handler, &policy);
    }
    if handler::associated(attribute, around.place, &handler, diagnostics) {
        return expand::signed_in(&handler, &policy);
    }
    let mut tokens = expand::expand(&handler, &policy, around);
    tokens.extend(order::body_is_last(&handler, &policy));
    if attribute == Attribute::Public {
        tokens.extend(open::needs_nobody(&handler, &policy));
    }
    tokens
}

/// Expands `rule!(…)`, a rule without a handler.
pub(crate) fn expand_rule(around: &Around, args: TokenStream, diagnostics: &mut Diagnostics) -> TokenStream {
    let mut raw = parse::raw(Attribute::Rule, args, diagnostics);
    let krate = Krate::new(std::mem::take(&mut raw.krate), diagnostics);
    expand::expand_rule(&check::checked(raw, krate, diagnostics), around)
}
