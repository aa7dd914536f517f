//! [`Raw`] → [`Checked`]: names and inclusion. After a mistake the answer is what was understood, so that nothing else
//! is complained about.

use std::collections::HashMap;

use quote::ToTokens;
use syn::LitStr;
use syn::ext::IdentExt;

use super::includes;
use super::model::{Checked, Raw, RawVariant, Role};
use crate::case::Case;
use crate::diagnostics::{Diagnostics, did_you_mean, one_of};
use crate::path::Krate;

/// A set of roles is 64 bits wide.
const MOST: usize = 64;

/// The enum, if there is enough of one.
pub(super) fn checked(raw: Raw, diagnostics: &mut Diagnostics) -> Option<Checked> {
    if raw.variants.is_empty() {
        diagnostics.error(&raw.ident, "an enum of roles has at least one: `enum Role { Member, Admin }`");
    }
    if let Some(first) = raw.variants.get(MOST) {
        let message = format!("an enum of roles has at most {MOST}; this is number {}", MOST + 1);
        diagnostics.error(&first.ident, message);
        return None;
    }
    let case = case(raw.rename_all.value(), diagnostics);
    let names = names(&raw.variants, case, diagnostics);
    let included = included(&raw.variants, diagnostics);
    includes::refuse_cycles(&raw.variants, &included, diagnostics);
    let masks = includes::closure(&included);
    let manual = raw.manual.value().copied().unwrap_or_default();
    let before = diagnostics.count();
    let krate = Krate::new(raw.krate, diagnostics);
    if !raw.names_only || raw.variants.is_empty() || diagnostics.count() > before {
        return None;
    }
    let roles = raw.variants.into_iter().zip(names).zip(masks);
    let roles = roles.map(|((variant, name), includes)| Role { ident: variant.ident, name, includes }).collect();
    Some(Checked { ident: raw.ident, krate, manual, roles })
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

/// The name of each, no two alike.
fn names(variants: &[RawVariant], case: Case, diagnostics: &mut Diagnostics) -> Vec<String> {
    let mut first: HashMap<String, String> = HashMap::new();
    let mut names = Vec::new();
    for variant in variants {
        let ident = variant.ident.unraw().to_string();
        let written = variant.name.value();
        let name = written.map_or_else(|| case.apply(&ident), LitStr::value);
        let at = written.map_or_else(|| variant.ident.to_token_stream(), ToTokens::to_token_stream);
        // `Roles` is stored as a comma-separated list.
        if name.is_empty() || name.contains(|c: char| c == ',' || c.is_whitespace() || c.is_control()) {
            diagnostics.error(&at, "a role's name is not empty and has no comma, space or control character in it");
        }
        if let Some(other) = first.get(&name) {
            diagnostics.error(
                &at,
                format_args!("`{other}` is called `{name}` already; set another with `#[role(name = \"…\")]`"),
            );
        } else {
            first.insert(name.clone(), ident);
        }
        names.push(name);
    }
    names
}

/// The places of the roles that each includes directly.
fn included(variants: &[RawVariant], diagnostics: &mut Diagnostics) -> Vec<Vec<usize>> {
    let idents: Vec<String> = variants.iter().map(|variant| variant.ident.unraw().to_string()).collect();
    let mut all = Vec::new();
    for variant in variants {
        let mut places = Vec::new();
        for role in variant.includes.value().into_iter().flatten() {
            let name = role.unraw().to_string();
            match idents.iter().position(|ident| *ident == name) {
                None => {
                    let hint = did_you_mean(&name, idents.iter().map(String::as_str));
                    diagnostics.error(role, format_args!("there is no role `{name}` in this enum{hint}"));
                }
                Some(_) if variant.ident.unraw() == name => {
                    diagnostics.error(role, format_args!("`{name}` includes itself anyway; remove it here"));
                }
                Some(place) if places.contains(&place) => {
                    diagnostics.error(role, format_args!("`{name}` is included twice; keep one"));
                }
                Some(place) => places.push(place),
            }
        }
        all.push(places);
    }
    all
}
