//! Enum → [`Raw`]: reads attributes and judges each word by itself.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{Attribute, Data, DeriveInput, Fields, Ident};

use super::What;
use super::model::{Manual, Raw, RawVariant};
use crate::diagnostics::{Diagnostics, did_you_mean, one_of};
use crate::slot::Slot;
use crate::words::{self, Word};

/// Reads the enum as written; returns `None` if there is nothing to continue with.
pub(super) fn raw(what: What, input: TokenStream, diagnostics: &mut Diagnostics) -> Option<Raw> {
    let input = diagnostics.keep(syn::parse2::<DeriveInput>(input))?;
    let data = match input.data {
        Data::Enum(data) => data,
        Data::Struct(data) => {
            diagnostics.error(data.struct_token, not_an_enum(what));
            return None;
        }
        Data::Union(data) => {
            diagnostics.error(data.union_token, not_an_enum(what));
            return None;
        }
    };
    if !input.generics.params.is_empty() {
        let message = format!("an enum of {} is a fixed list and cannot be generic", what.many());
        diagnostics.error(&input.generics.params, message);
        return None;
    }
    let mut raw = Raw {
        what,
        ident: input.ident,
        krate: Slot::default(),
        rename_all: Slot::default(),
        manual: Slot::default(),
        sqlx: input.attrs.iter().find_map(for_sqlx),
        names_only: data.variants.iter().all(|variant| matches!(variant.fields, Fields::Unit)),
        variants: Vec::new(),
    };
    for word in words::of(&input.attrs, what.one(), diagnostics) {
        enum_word(&mut raw, &word, diagnostics);
    }
    raw.variants = data.variants.into_iter().map(|variant| self::variant(what, variant, diagnostics)).collect();
    Some(raw)
}

/// Returns the word `sqlx` in `#[sqlx(…)]`, or in `#[derive(sqlx::Type)]` below this derive.
fn for_sqlx(attr: &Attribute) -> Option<Span> {
    let mut word = attr.path().get_ident().filter(|name| *name == "sqlx").map(Ident::span);
    if attr.path().is_ident("derive") {
        let _ = attr.parse_nested_meta(|derive| {
            let first = derive.path.segments.first().map(|first| &first.ident);
            word = word.or_else(|| first.filter(|name| *name == "sqlx").map(Ident::span));
            Ok(())
        });
    }
    word
}

fn not_an_enum(what: What) -> String {
    format!("{} are an enum: `{}`", what.many(), what.example())
}

fn enum_word(raw: &mut Raw, word: &Word, diagnostics: &mut Diagnostics) {
    if word.is("rename_all") {
        if let Some(text) = word.text(diagnostics) {
            raw.rename_all.set(&word.name, text, diagnostics);
        }
    } else if word.is("crate") {
        if let Some(path) = word.path(diagnostics) {
            raw.krate.set(&word.name, path, diagnostics);
        }
    } else if word.is("manual") {
        if let Some(manual) = manual(word, diagnostics) {
            raw.manual.set(&word.name, manual, diagnostics);
        }
    } else if What::Role.words().iter().any(|name| word.is(name)) {
        diagnostics.error(&word.name, format_args!("`{}` belongs on a variant, not on the enum", word.name));
    } else {
        let hint = did_you_mean(&word.name.to_string(), ["rename_all", "crate", "manual"]);
        let hint = if hint.is_empty() { "; there are `rename_all`, `manual` and `crate`".to_owned() } else { hint };
        let helper = raw.what.one();
        diagnostics.error(
            &word.name,
            format_args!("`{}` is not an argument of `#[{helper}(…)]` on the enum{hint}", word.name),
        );
    }
}

/// Reads `manual(serde)`, `manual(sqlx)` or `manual(serde, sqlx)`.
fn manual(word: &Word, diagnostics: &mut Diagnostics) -> Option<Manual> {
    let mut manual = Manual::default();
    let codecs = word.words(diagnostics)?;
    if codecs.is_empty() {
        diagnostics.error(&word.name, "say which codec you write yourself: `manual(serde)`, `manual(sqlx)` or both");
    }
    for codec in codecs {
        codec.bare(diagnostics);
        if codec.is("serde") {
            manual.serde = true;
        } else if codec.is("sqlx") {
            manual.sqlx = true;
        } else {
            diagnostics.error(&codec.name, "the codecs are `serde` and `sqlx`");
        }
    }
    Some(manual)
}

fn variant(what: What, variant: syn::Variant, diagnostics: &mut Diagnostics) -> RawVariant {
    if !matches!(variant.fields, Fields::Unit) {
        let message = format!("a {} is a name and carries nothing: write `{}`", what.one(), variant.ident);
        diagnostics.error(variant.fields.to_token_stream(), message);
    }
    let mut raw =
        RawVariant { ident: variant.ident, name: Slot::default(), includes: Slot::default(), grants: Slot::default() };
    for word in words::of(&variant.attrs, what.one(), diagnostics) {
        if word.is("includes") {
            includes(what, &mut raw, &word, diagnostics);
        } else if word.is("grants") && what == What::Role {
            grants(&mut raw, &word, diagnostics);
        } else if word.is("grants") {
            let message = "roles grant permissions: write `#[role(grants(…))]` there; a permission has `includes(…)`";
            diagnostics.error(&word.name, message);
        } else if word.is("name") {
            if let Some(text) = word.text(diagnostics) {
                raw.name.set(&word.name, text, diagnostics);
            }
        } else if ["rename_all", "crate", "manual"].iter().any(|name| word.is(name)) {
            diagnostics.error(&word.name, format_args!("`{}` belongs on the enum, not on a variant", word.name));
        } else {
            let known = what.words().iter().copied();
            let hint = did_you_mean(&word.name.to_string(), known.clone());
            let hint = if hint.is_empty() { format!("; write {}", one_of(known)) } else { hint };
            let (name, helper) = (&word.name, what.one());
            diagnostics.error(name, format_args!("`{name}` is not an argument of `#[{helper}(…)]` on a variant{hint}"));
        }
    }
    raw
}

fn includes(what: What, raw: &mut RawVariant, word: &Word, diagnostics: &mut Diagnostics) {
    let Some(included) = word.words(diagnostics) else { return };
    if included.is_empty() {
        let message = format!("say what it includes: `includes({})`", what.example_name());
        diagnostics.error(&word.name, message);
    }
    for inner in included {
        inner.bare(diagnostics);
    }
    let included = included.iter().map(|inner| inner.name.clone()).collect();
    raw.includes.set(&word.name, included, diagnostics);
}

fn grants(raw: &mut RawVariant, word: &Word, diagnostics: &mut Diagnostics) {
    let Some(granted) = word.words(diagnostics) else { return };
    if granted.is_empty() {
        diagnostics.error(&word.name, "say what it grants: `grants(Permission::PostsWrite)`");
    }
    for permission in granted {
        permission.bare(diagnostics);
    }
    let granted = granted.iter().map(Word::as_path).collect();
    raw.grants.set(&word.name, granted, diagnostics);
}
