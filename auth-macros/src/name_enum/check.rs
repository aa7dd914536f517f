//! [`Raw`] → [`Checked`]: names and inclusion. After a mistake the result contains what was understood, so that nothing
//! else is reported.

use std::collections::HashMap;

use quote::ToTokens;
use syn::LitStr;
use syn::ext::IdentExt;

use super::model::{Checked, Raw, RawVariant, Variant};
use super::{EnumKind, grants, includes};
use crate::case::Case;
use crate::crate_path::CratePath;
use crate::diagnostics::{Diagnostics, did_you_mean, one_of};

/// Returns the enum, if enough of it was understood.
pub(super) fn checked(raw: Raw, diagnostics: &mut Diagnostics) -> Option<Checked> {
    let (kind, many) = (raw.kind, raw.kind.plural());
    if raw.variants.is_empty() {
        let message = format!("an enum of {many} has at least one: `{}`", kind.example());
        diagnostics.error(&raw.ident, message);
    }
    let case = case(raw.rename_all.value(), diagnostics);
    let names = names(kind, &raw.variants, case, diagnostics);
    let included = included(kind, &raw.variants, diagnostics);
    includes::refuse_cycles(kind, &raw.variants, &included, diagnostics);
    let masks = includes::closure(&included);
    let (grants, permission) = grants::checked(&raw.variants, diagnostics);
    let manual = raw.manual.value().copied().unwrap_or_default();
    let before = diagnostics.count();
    let krate = CratePath::new(raw.krate, diagnostics);
    if !raw.unit_variants_only || raw.variants.is_empty() || diagnostics.count() > before {
        return None;
    }
    let names = raw.variants.into_iter().zip(names).zip(masks).zip(grants);
    let names =
        names.map(|(((variant, name), includes), grants)| Variant { ident: variant.ident, name, includes, grants });
    let sqlx = raw.sqlx.filter(|_| !manual.sqlx);
    Some(Checked { kind, ident: raw.ident, krate, manual, sqlx, names: names.collect(), permission })
}

fn case(text: Option<&LitStr>, diagnostics: &mut Diagnostics) -> Case {
    let Some(text) = text else { return Case::Snake };
    let case = Case::parse(&text.value());
    if case.is_none() {
        let hint = did_you_mean(&text.value(), Case::names());
        let hint = if hint.is_empty() { format!("; write {}", one_of(Case::names())) } else { hint };
        diagnostics.error(text, format_args!("`{}` is no way to spell names{hint}", text.value()));
    }
    case.unwrap_or(Case::Snake)
}

/// Returns the name of each variant, and reports duplicates.
fn names(kind: EnumKind, variants: &[RawVariant], case: Case, diagnostics: &mut Diagnostics) -> Vec<String> {
    let mut first: HashMap<String, String> = HashMap::new();
    let mut names = Vec::new();
    for variant in variants {
        let ident = variant.ident.unraw().to_string();
        let written = variant.name.value();
        let name = written.map_or_else(|| case.apply(&ident), LitStr::value);
        let at = written.map_or_else(|| variant.ident.to_token_stream(), ToTokens::to_token_stream);
        if name.is_empty() || !name.chars().all(|c| may_name(kind, c)) {
            let message = match kind {
                EnumKind::Role => "a role's name is not empty and has no comma, space or control character in it",
                EnumKind::Permission => {
                    "a permission's name is ASCII, not empty, and has no comma, space, `\"`, `\\` or control character in it"
                }
            };
            diagnostics.error(&at, message);
        }
        if let Some(other) = first.get(&name) {
            diagnostics.error(
                &at,
                format_args!(
                    "`{other}` is called `{name}` already; set another with `#[{}(name = \"…\")]`",
                    kind.singular()
                ),
            );
        } else {
            first.insert(name.clone(), ident);
        }
        names.push(name);
    }
    names
}

/// Lists are stored with commas between names. Permissions are also written as space-separated scopes, which have their
/// own alphabet (RFC 6749 §3.3: %x21 / %x23-5B / %x5D-7E).
fn may_name(kind: EnumKind, c: char) -> bool {
    c != ','
        && match kind {
            EnumKind::Role => !c.is_whitespace() && !c.is_control(),
            EnumKind::Permission => matches!(c, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e'),
        }
}

/// Returns, for each variant, the positions of those it includes directly.
fn included(kind: EnumKind, variants: &[RawVariant], diagnostics: &mut Diagnostics) -> Vec<Vec<usize>> {
    let idents: Vec<String> = variants.iter().map(|variant| variant.ident.unraw().to_string()).collect();
    let mut all = Vec::new();
    for variant in variants {
        let mut indices = Vec::new();
        for inner in variant.includes.value().into_iter().flatten() {
            let name = inner.unraw().to_string();
            match idents.iter().position(|ident| *ident == name) {
                None => {
                    let hint = did_you_mean(&name, idents.iter().map(String::as_str));
                    diagnostics
                        .error(inner, format_args!("there is no {} `{name}` in this enum{hint}", kind.singular()));
                }
                Some(_) if variant.ident.unraw() == name => {
                    diagnostics.error(inner, format_args!("`{name}` includes itself anyway; remove it here"));
                }
                Some(index) if indices.contains(&index) => {
                    diagnostics.error(inner, format_args!("`{name}` is included twice; keep one"));
                }
                Some(index) => indices.push(index),
            }
        }
        all.push(indices);
    }
    all
}
