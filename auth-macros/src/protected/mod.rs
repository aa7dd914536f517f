//! `#[protected]` and `#[public]`: arguments → [`parse`] → `Raw` → [`check`] → `Checked` → [`expand`].

mod body_last;
mod caller_args;
mod check;
mod checks;
mod expand;
mod grammar;
mod handler;
mod held;
mod key_rule;
mod model;
mod outer_scope;
mod parse;
mod tautology;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

use crate::call_site::CallSite;
use crate::crate_path::CratePath;
use crate::diagnostics::Diagnostics;
use crate::item_fn;
pub(crate) use held::{HeldRule, held_rule};
pub(crate) use model::Attribute;

/// Returns the function with its guard, and the policy. After a mistake in the arguments the guard refuses everybody:
/// the handler is still a handler, and only the mistake is reported. After a mistake in the signature another handler
/// stands in for it.
pub(crate) fn expand(
    attribute: Attribute,
    call_site: &CallSite,
    args: TokenStream,
    item: TokenStream,
    diagnostics: &mut Diagnostics,
) -> TokenStream {
    let mut raw = parse::raw(attribute, args, diagnostics);
    let krate = CratePath::new(std::mem::take(&mut raw.krate), diagnostics);
    let Some(handler) = handler::parse(attribute, item.clone(), diagnostics) else { return item_fn::keep_item(item) };
    let fits = handler::check(attribute, &handler, diagnostics);
    let policy = check::checked(raw, krate, diagnostics);
    if call_site.is_debug_copy {
        let name = attribute.name();
        let message = format!("`#[debug_handler]` must see the finished handler: put it below `#[{name}]`");
        diagnostics.error_at(Span::call_site(), message);
        return handler.into_token_stream();
    }
    if !fits && (call_site.enclosing.name().is_some() || handler.sig.receiver().is_some() || !handler.has_body()) {
        return handler.into_token_stream();
    }
    if !fits {
        return expand::stand_in(&handler, &policy);
    }
    if handler::associated(attribute, call_site.enclosing, &handler, diagnostics) {
        return expand::signed_in(&handler, &policy);
    }
    let mut tokens = expand::expand(&handler, &policy, call_site);
    tokens.extend(body_last::body_is_last(&handler, &policy));
    if attribute == Attribute::Public {
        tokens.extend(caller_args::refuse_signed_in(&handler, &policy));
    }
    tokens.extend(caller_args::refuse_claims_of_keys(&handler, &policy));
    tokens
}

/// Expands `rule!(…)`, a rule without a handler.
pub(crate) fn expand_rule(call_site: &CallSite, args: TokenStream, diagnostics: &mut Diagnostics) -> TokenStream {
    let mut raw = parse::raw(Attribute::Rule, args, diagnostics);
    let krate = CratePath::new(std::mem::take(&mut raw.krate), diagnostics);
    expand::expand_rule(&check::checked(raw, krate, diagnostics), call_site)
}
