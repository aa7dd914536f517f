//! Enum → [`Raw`]: reads attributes and judges each argument by itself.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{Attribute, Data, DeriveInput, Fields, Ident};

use super::EnumKind;
use super::model::{Manual, Raw, RawVariant};
use crate::attr::{self, MetaItem};
use crate::diagnostics::{Diagnostics, did_you_mean, one_of};
use crate::set_once::SetOnce;

/// Reads the enum as written; returns `None` if there is nothing to continue with.
pub(super) fn raw(kind: EnumKind, input: TokenStream, diagnostics: &mut Diagnostics) -> Option<Raw> {
    let input = diagnostics.ok_or_record(syn::parse2::<DeriveInput>(input))?;
    let data = match input.data {
        Data::Enum(data) => data,
        Data::Struct(data) => {
            diagnostics.error(data.struct_token, not_an_enum(kind));
            return None;
        }
        Data::Union(data) => {
            diagnostics.error(data.union_token, not_an_enum(kind));
            return None;
        }
    };
    if !input.generics.params.is_empty() {
        let message = format!("an enum of {} is a fixed list and cannot be generic", kind.plural());
        diagnostics.error(&input.generics.params, message);
        return None;
    }
    let mut raw = Raw {
        kind,
        ident: input.ident,
        krate: SetOnce::default(),
        rename_all: SetOnce::default(),
        manual: SetOnce::default(),
        sqlx: input.attrs.iter().find_map(for_sqlx),
        unit_variants_only: data.variants.iter().all(|variant| matches!(variant.fields, Fields::Unit)),
        variants: Vec::new(),
    };
    for item in attr::meta_items(&input.attrs, kind.singular(), diagnostics) {
        enum_argument(&mut raw, &item, diagnostics);
    }
    raw.variants = data.variants.into_iter().map(|variant| self::variant(kind, variant, diagnostics)).collect();
    Some(raw)
}

/// Returns the name `sqlx` in `#[sqlx(…)]`, or in `#[derive(sqlx::Type)]` below this derive.
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

fn not_an_enum(kind: EnumKind) -> String {
    format!("{} are an enum: `{}`", kind.plural(), kind.example())
}

fn enum_argument(raw: &mut Raw, item: &MetaItem, diagnostics: &mut Diagnostics) {
    if item.is("rename_all") {
        if let Some(text) = item.text(diagnostics) {
            raw.rename_all.set(&item.name, text, diagnostics);
        }
    } else if item.is("crate") {
        if let Some(path) = item.path(diagnostics) {
            raw.krate.set(&item.name, path, diagnostics);
        }
    } else if item.is("manual") {
        if let Some(manual) = manual(item, diagnostics) {
            raw.manual.set(&item.name, manual, diagnostics);
        }
    } else if EnumKind::Role.arguments().iter().any(|name| item.is(name)) {
        diagnostics.error(&item.name, format_args!("`{}` belongs on a variant, not on the enum", item.name));
    } else {
        let hint = did_you_mean(&item.name.to_string(), ["rename_all", "crate", "manual"]);
        let hint = if hint.is_empty() { "; there are `rename_all`, `manual` and `crate`".to_owned() } else { hint };
        let helper = raw.kind.singular();
        diagnostics.error(
            &item.name,
            format_args!("`{}` is not an argument of `#[{helper}(…)]` on the enum{hint}", item.name),
        );
    }
}

/// Reads `manual(serde)`, `manual(sqlx)` or `manual(serde, sqlx)`.
fn manual(item: &MetaItem, diagnostics: &mut Diagnostics) -> Option<Manual> {
    let mut manual = Manual::default();
    let codecs = item.list(diagnostics)?;
    if codecs.is_empty() {
        diagnostics.error(&item.name, "say which codec you write yourself: `manual(serde)`, `manual(sqlx)` or both");
    }
    for codec in codecs {
        codec.require_path_only(diagnostics);
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

fn variant(kind: EnumKind, variant: syn::Variant, diagnostics: &mut Diagnostics) -> RawVariant {
    if !matches!(variant.fields, Fields::Unit) {
        let message = format!("a {} is a name and carries nothing: write `{}`", kind.singular(), variant.ident);
        diagnostics.error(variant.fields.to_token_stream(), message);
    }
    let mut raw = RawVariant {
        ident: variant.ident,
        name: SetOnce::default(),
        includes: SetOnce::default(),
        grants: SetOnce::default(),
    };
    for item in attr::meta_items(&variant.attrs, kind.singular(), diagnostics) {
        if item.is("includes") {
            includes(kind, &mut raw, &item, diagnostics);
        } else if item.is("grants") && kind == EnumKind::Role {
            grants(&mut raw, &item, diagnostics);
        } else if item.is("grants") {
            let message = "roles grant permissions: write `#[role(grants(…))]` there; a permission has `includes(…)`";
            diagnostics.error(&item.name, message);
        } else if item.is("name") {
            if let Some(text) = item.text(diagnostics) {
                raw.name.set(&item.name, text, diagnostics);
            }
        } else if ["rename_all", "crate", "manual"].iter().any(|name| item.is(name)) {
            diagnostics.error(&item.name, format_args!("`{}` belongs on the enum, not on a variant", item.name));
        } else {
            let known = kind.arguments().iter().copied();
            let hint = did_you_mean(&item.name.to_string(), known.clone());
            let hint = if hint.is_empty() { format!("; write {}", one_of(known)) } else { hint };
            let (name, helper) = (&item.name, kind.singular());
            diagnostics.error(name, format_args!("`{name}` is not an argument of `#[{helper}(…)]` on a variant{hint}"));
        }
    }
    raw
}

fn includes(kind: EnumKind, raw: &mut RawVariant, item: &MetaItem, diagnostics: &mut Diagnostics) {
    let Some(included) = item.list(diagnostics) else { return };
    if included.is_empty() {
        let message = format!("say what it includes: `includes({})`", kind.example_name());
        diagnostics.error(&item.name, message);
    }
    for inner in included {
        inner.require_path_only(diagnostics);
    }
    let included = included.iter().map(|inner| inner.name.clone()).collect();
    raw.includes.set(&item.name, included, diagnostics);
}

fn grants(raw: &mut RawVariant, item: &MetaItem, diagnostics: &mut Diagnostics) {
    let Some(granted) = item.list(diagnostics) else { return };
    if granted.is_empty() {
        diagnostics.error(&item.name, "say what it grants: `grants(Permission::PostsWrite)`");
    }
    for permission in granted {
        permission.require_path_only(diagnostics);
    }
    let granted = granted.iter().map(MetaItem::as_path).collect();
    raw.grants.set(&item.name, granted, diagnostics);
}
