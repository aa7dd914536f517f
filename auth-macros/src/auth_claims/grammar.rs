//! `#[auth(…)]` on claims: words, some of which have a list of texts and words in parentheses.

use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Attribute, Expr, Ident, LitStr, Meta, MetaList, Token};

use crate::attr::skip_to_comma;
use crate::diagnostics::Diagnostics;
use crate::groups;

/// `word`, `word("a", other("b"))` or `word = value`.
pub(super) struct Entry {
    pub(super) word: Ident,
    pub(super) argument: Argument,
}

pub(super) enum Argument {
    None,
    List(Vec<Item>),
    Value(Expr),
}

/// What stands in parentheses.
pub(super) enum Item {
    Text(LitStr),
    Entry(Entry),
}

/// Returns every entry in every `#[auth(…)]`.
pub(super) fn entries(attrs: &[Attribute], diagnostics: &mut Diagnostics) -> Vec<Entry> {
    let mut entries = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("auth")) {
        let Meta::List(arguments) = &attr.meta else {
            diagnostics.error(attr, "say what this is: `#[auth(…)]`");
            continue;
        };
        let arguments = MetaList { tokens: groups::visible(arguments.tokens.clone()), ..arguments.clone() };
        let parsed = arguments.parse_args_with(|input: ParseStream<'_>| Ok(list(input, diagnostics)));
        for item in diagnostics.ok_or_record(parsed).unwrap_or_default() {
            match item {
                Item::Entry(entry) => entries.push(entry),
                Item::Text(text) => diagnostics.error(text, "say what is read from there, as in `roles(\"…\")`"),
            }
        }
    }
    entries
}

fn list(input: ParseStream<'_>, diagnostics: &mut Diagnostics) -> Vec<Item> {
    let mut items = Vec::new();
    while !input.is_empty() {
        match item(input, diagnostics) {
            Ok(item) => items.push(item),
            Err(error) => {
                diagnostics.record(error);
                skip_to_comma(input);
            }
        }
        if !input.is_empty() && input.parse::<Token![,]>().is_err() {
            diagnostics.error_at(input.span(), "expected a comma");
            skip_to_comma(input);
            let _ = input.parse::<Token![,]>();
        }
    }
    items
}

fn item(input: ParseStream<'_>, diagnostics: &mut Diagnostics) -> syn::Result<Item> {
    if input.peek(LitStr) {
        return input.parse().map(Item::Text);
    }
    if !input.peek(Ident::peek_any) {
        return Err(input.error("expected a word, or the name of a claim in quotes"));
    }
    let word = input.call(Ident::parse_any)?;
    let argument = if input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in input);
        Argument::List(list(&content, diagnostics))
    } else if input.parse::<Option<Token![=]>>()?.is_some() {
        Argument::Value(input.parse()?)
    } else {
        Argument::None
    };
    Ok(Item::Entry(Entry { word, argument }))
}
