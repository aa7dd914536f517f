//! A function whose body is left unparsed. A half-typed body must not cost the editor its completion, and the macros do
//! not need it.

use std::fmt::Display;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, FnArg, PatType, Safety, Signature, Type, Visibility};

use crate::diagnostics::Diagnostics;
use crate::types;

/// Attributes, visibility and signature parsed, everything after them untouched.
pub(crate) struct ItemFn {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    body: TokenStream,
}

/// Parses the function under an attribute, of which `goes_on` says where it goes. The body is not even shown to the
/// parser, which would copy every token of it: it is the last group, unless a fragment of a macro hides it.
pub(crate) fn parse(item: TokenStream, goes_on: impl Display, diagnostics: &mut Diagnostics) -> Option<ItemFn> {
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    if !tokens.iter().any(|token| matches!(token, TokenTree::Ident(word) if word == "fn")) {
        diagnostics.error_at(Span::call_site(), goes_on);
        return None;
    }
    let braced = |last: &TokenTree| matches!(last, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    let body = if tokens.last().is_some_and(braced) { tokens.pop() } else { None };
    let mut function: ItemFn = diagnostics.ok_or_record(syn::parse2(tokens.into_iter().collect()))?;
    function.body.extend(body);
    Some(function)
}

/// Returns the output for something that is not a function: an item is kept, so that it is not reported missing; a
/// closure is dropped, because an expression allows no sibling items.
pub(crate) fn keep_item(item: TokenStream) -> TokenStream {
    const ITEMS: [&str; 12] =
        ["const", "enum", "extern", "impl", "macro_rules", "mod", "pub", "static", "struct", "trait", "type", "union"];
    let word = item.clone().into_iter().find_map(|token| match token {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    });
    let closure = item.clone().into_iter().any(|token| matches!(token, TokenTree::Punct(it) if it.as_char() == '|'));
    let is_item = word.is_some_and(|word| ITEMS.contains(&word.as_str()));
    if closure && !is_item { TokenStream::new() } else { item }
}

/// Reports everything before the name but `async`. `what` is what the function should be, and `caller` who calls it.
pub(crate) fn require_plain_async(sig: &Signature, what: &str, caller: &str, diagnostics: &mut Diagnostics) {
    if sig.asyncness.is_none() {
        diagnostics.error(sig.fn_token, format_args!("{what} is asynchronous: write `async fn {}`", sig.ident));
    }
    if let Safety::Unsafe(word) = &sig.safety {
        diagnostics.error(word, format_args!("an `unsafe fn` cannot be {what}: remove `unsafe`"));
    }
    if let Some(word) = &sig.constness {
        diagnostics.error(word, format_args!("a `const fn` cannot be {what}: remove `const`"));
    }
    if let Some(abi) = &sig.abi {
        diagnostics
            .error(abi, format_args!("{what} is called by {caller}, not from outside Rust: remove the `extern`"));
    }
}

/// Reports arguments that are references.
pub(crate) fn refuse_references(sig: &Signature, diagnostics: &mut Diagnostics) {
    for argument in &sig.inputs {
        let FnArg::Typed(PatType { ty, .. }) = argument else { continue };
        let Some(reference) = types::reference(ty) else { continue };
        let owned = match &*reference.elem {
            Type::Path(path) if path.path.is_ident("str") => "String".to_owned(),
            other => types::text(other),
        };
        let message = format!("an extractor gives a value of its own, never a reference: write `{owned}`");
        diagnostics.error(reference, message);
    }
}

impl Parse for ItemFn {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            attrs: input.call(Attribute::parse_outer)?,
            vis: input.parse()?,
            sig: input.parse()?,
            body: input.parse()?,
        })
    }
}

impl ItemFn {
    /// Returns whether a body follows (a trait method may end in `;`).
    pub(crate) fn has_body(&self) -> bool {
        let first = self.body.clone().into_iter().next();
        first.is_some_and(|first| !matches!(first, TokenTree::Punct(end) if end.as_char() == ';'))
    }

    /// Returns the function with an additional first parameter.
    pub(crate) fn with_first_parameter(&self, parameter: &TokenStream) -> TokenStream {
        let Self { attrs, vis, sig, body } = self;
        let Signature {
            constness, asyncness, safety, abi, fn_token, ident, generics, inputs, variadic, output, ..
        } = sig;
        let where_clause = &generics.where_clause;
        let comma = variadic.as_ref().filter(|_| !inputs.empty_or_trailing()).map(|_| quote!(,));
        quote! {
            #(#attrs)*
            #vis #constness #asyncness #safety #abi #fn_token #ident #generics (#parameter, #inputs #comma #variadic)
            #output #where_clause #body
        }
    }

    /// Returns the `#[cfg(…)]`s, for items that must be compiled exactly when the function is.
    pub(crate) fn cfgs(&self) -> impl Iterator<Item = &Attribute> {
        self.attrs.iter().filter(|attr| attr.path().is_ident("cfg"))
    }
}

impl ToTokens for ItemFn {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, vis, sig, body } = self;
        tokens.extend(quote!(#(#attrs)* #vis #sig #body));
    }
}

/// Returns whether it is the parameter that `#[protected]` and `#[public]` add.
pub(crate) fn is_guard(argument: &FnArg) -> bool {
    let FnArg::Typed(PatType { ty, .. }) = argument else { return false };
    let Type::Path(path) = &**ty else { return false };
    let mut names = path.path.segments.iter().rev().map(|segment| segment.ident.to_string());
    names.next().as_deref() == Some("Guard") && names.next().as_deref() == Some("__private")
}

/// For a function with attributes for both.
pub(crate) const HANDLER_OR_CHECK: &str =
    "a function answers requests or a rule's question: it is a handler or a check";
