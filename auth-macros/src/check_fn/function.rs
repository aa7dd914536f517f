//! The function under `#[check]`: what a rule can call, and the errors for everything else.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::{FnArg, GenericParam, ReturnType, Signature};

use crate::diagnostics::Diagnostics;
use crate::enclosing_item::EnclosingItem;
use crate::item_fn::{self, ItemFn};

/// The most arguments; a check that needs more should be two.
const MOST: usize = 8;

/// Parses the function.
pub(super) fn parse(item: TokenStream, diagnostics: &mut Diagnostics) -> Option<ItemFn> {
    item_fn::parse(item, "`#[check]` goes on a free `async fn` that answers a question", diagnostics)
}

/// Returns whether a rule can call it.
pub(super) fn check(enclosing: EnclosingItem, function: &ItemFn, diagnostics: &mut Diagnostics) -> bool {
    let before = diagnostics.count();
    for other in &function.attrs {
        let last = other.path().segments.last().map(|segment| segment.ident.to_string());
        match last.as_deref() {
            Some("check") => diagnostics.error(other, "this function is under `#[check]` already"),
            Some("protected" | "public") => {
                diagnostics.error(other, item_fn::HANDLER_OR_CHECK);
            }
            _ => {}
        }
    }
    if let Some(guard) = function.sig.inputs.first().filter(|first| item_fn::is_guard(first)) {
        // The attribute that added it may have been imported under any name.
        diagnostics.error(guard, item_fn::HANDLER_OR_CHECK);
    }
    if let (Some(place), None) = (enclosing.name(), function.sig.receiver()) {
        let name = &function.sig.ident;
        diagnostics.error(name, format_args!("a check is a free function, and `{name}` is in {place}: move it out"));
    }
    signature(&function.sig, diagnostics);
    if !function.has_body() {
        diagnostics.error(&function.sig.ident, "a check has a body; a trait's method cannot be one");
    }
    diagnostics.count() == before
}

fn signature(sig: &Signature, diagnostics: &mut Diagnostics) {
    let name = sig.ident.unraw().to_string();
    if name.starts_with(char::is_uppercase) {
        diagnostics.error(
            &sig.ident,
            format_args!("rules know checks by their lower-case names; `{name}` would be read as an item of a type"),
        );
    }
    if let Some(receiver) = sig.receiver() {
        diagnostics.error(receiver, "a check is a free function, not a method: what it needs are extractors");
    }
    item_fn::require_plain_async(sig, "a check", "the guard", diagnostics);
    match sig.generics.params.first() {
        Some(lifetime @ GenericParam::Lifetime(_)) => {
            diagnostics.error(lifetime, "a check is not generic: extractors own what they extract");
        }
        Some(parameter) => {
            diagnostics.error(parameter, "a check is not generic: a rule names one question. Write one for each type");
        }
        None => {}
    }
    if matches!(sig.output, ReturnType::Default) {
        let message = format!("a check answers `bool` or `Result<bool, E>`: write `async fn {}(…) -> bool`", sig.ident);
        diagnostics.error(&sig.ident, message);
    }
    for argument in &sig.inputs {
        if let FnArg::Typed(argument) = argument
            && let syn::Type::ImplTrait(ty) = &*argument.ty
        {
            diagnostics.error(ty, "a check is not generic: name the type of the extractor");
        }
    }
    item_fn::refuse_references(sig, diagnostics);
    if let Some(excess) = sig.inputs.iter().nth(MOST) {
        let message =
            format!("a check has at most {MOST} arguments; put several into one type that derives `FromRequestParts`");
        diagnostics.error(excess, message);
    }
}
