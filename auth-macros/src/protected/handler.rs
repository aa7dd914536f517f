//! The function under the attribute: what can be a handler with one more parameter, and the errors for everything else.

use proc_macro2::TokenStream;
use syn::{FnArg, Signature};

use super::model::Attribute;
use crate::diagnostics::Diagnostics;
use crate::enclosing_item::EnclosingItem;
use crate::item_fn::{self, ItemFn};

/// axum implements `Handler` for up to this many arguments.
const AXUM: usize = 16;

/// Parses the function.
pub(super) fn parse(attribute: Attribute, item: TokenStream, diagnostics: &mut Diagnostics) -> Option<ItemFn> {
    let goes_on = format_args!(
        "`#[{}]` goes on a free `async fn`; elsewhere there are `auth.require(rule!(…))`, for routers, and `auth.verify(token)`",
        attribute.name()
    );
    item_fn::parse(item, goes_on, diagnostics)
}

/// Returns whether the guard can be added to it.
pub(super) fn check(attribute: Attribute, handler: &ItemFn, diagnostics: &mut Diagnostics) -> bool {
    let before = diagnostics.count();
    let name = attribute.name();
    for other in &handler.attrs {
        let last = other.path().segments.last().map(|segment| segment.ident.to_string());
        match last.as_deref() {
            Some(word) if word == name => {
                diagnostics.error(other, format_args!("this handler is under `#[{name}]` already; write one rule"));
            }
            Some("check") => diagnostics.error(other, item_fn::HANDLER_OR_CHECK),
            Some("protected" | "public") => {
                diagnostics.error(other, "a handler is `#[protected]` or `#[public]`, not both");
            }
            _ => {}
        }
    }
    if let Some(guard) = handler.sig.inputs.first().filter(|first| item_fn::is_guard(first)) {
        // The other attribute may have been imported under any name.
        let message =
            format!("this handler has a guard already: `#[{name}]` cannot stand below another such attribute");
        diagnostics.error(guard, message);
    }
    signature(name, &handler.sig, diagnostics);
    if !handler.has_body() {
        diagnostics.error(&handler.sig.ident, "a handler has a body; a trait's method cannot be one");
    }
    diagnostics.count() == before
}

/// Reports a function that is no method and not free. It could have a guard, but no rule: so that adding one does not
/// break what compiled before, it has neither.
pub(super) fn associated(
    attribute: Attribute,
    enclosing: EnclosingItem,
    handler: &ItemFn,
    diagnostics: &mut Diagnostics,
) -> bool {
    let Some(place) = enclosing.name() else { return false };
    let (name, function) = (attribute.name(), &handler.sig.ident);
    let message = format!(
        "`#[{name}]` goes on a free function, and `{function}` is in {place}: move it out, or call `auth.verify(token)` in it"
    );
    diagnostics.error(function, message);
    true
}

fn signature(name: &str, sig: &Signature, diagnostics: &mut Diagnostics) {
    if let Some(receiver) = sig.receiver() {
        let message =
            format!("`#[{name}]` goes on a free function, not on a method; in a method call `auth.verify(token)`");
        diagnostics.error(receiver, message);
    }
    item_fn::require_plain_async(sig, "a handler", "axum", diagnostics);
    if let Some(variadic) = &sig.variadic {
        diagnostics.error(variadic, "a handler's arguments are extractors: `...` cannot be one");
    }
    item_fn::refuse_references(sig, diagnostics);
    let most = AXUM - 1;
    let mut arguments = sig.inputs.iter().filter(|argument| matches!(argument, FnArg::Typed(_)));
    if let Some(excess) = arguments.nth(most) {
        let message = format!(
            "axum stops at {AXUM} extractors and the guard takes one: at most {most}; put several into one that derives `FromRequestParts`"
        );
        diagnostics.error(excess, message);
    }
}
