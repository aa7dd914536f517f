//! [`Raw`] → [`Policy`]: what each attribute may contain, the form of atoms, and whether the rule is meaningful.

use quote::ToTokens;

use super::model::{Access, Atom, Attribute, Policy, Raw, Rule, is_lower};
use super::{key_rule, parse, tautology};
use crate::crate_path::CratePath;
use crate::diagnostics::Diagnostics;
use crate::types::path_text;

/// Returns the policy; after a mistake, one that refuses everybody.
pub(super) fn checked(raw: Raw, krate: CratePath, diagnostics: &mut Diagnostics) -> Policy {
    let before = diagnostics.count();
    arguments(&raw, diagnostics);
    for atom in raw.rule.iter().flat_map(Rule::atoms) {
        let mistake = if atom.is_check() { no_check(raw.attribute, atom) } else { no_requirement(atom) };
        if let Some(message) = mistake {
            diagnostics.error(atom, message);
        }
    }
    if let Some(rule) = raw.rule.as_ref().filter(|_| diagnostics.count() == before) {
        tautology::check(rule, diagnostics);
    }
    let access = match raw.attribute {
        _ if diagnostics.count() > 0 => Access::Closed,
        Attribute::Public => Access::Public { reason: raw.reason.into_value() },
        Attribute::Protected | Attribute::Rule => {
            let keys = raw.keys.key().cloned();
            Access::Protected { rule: raw.rule, live: raw.live.key().cloned(), hidden: raw.hidden.is_set(), keys }
        }
    };
    // A user type in `rule!` is a mistake, reported above.
    let user = raw.user.into_value().filter(|_| raw.attribute != Attribute::Rule);
    Policy { krate, user, access }
}

/// Reports arguments that belong to another attribute.
fn arguments(raw: &Raw, diagnostics: &mut Diagnostics) {
    match raw.attribute {
        Attribute::Protected | Attribute::Rule => {
            if let Some(word) = raw.reason.key() {
                diagnostics
                    .error(word, "`reason` says why something is open: it belongs to `#[public(reason = \"…\")]`");
            }
            if let Some(word) = raw.keys.key().filter(|_| raw.rule.is_none()) {
                diagnostics.error(word, key_rule::message(raw.attribute));
            }
            if let Some(word) = raw.user.key().filter(|_| raw.attribute == Attribute::Rule) {
                diagnostics.error(word, "leave `user` out: the `Auth` whose `require` takes this rule knows its users");
            }
        }
        Attribute::Public => {
            if let Some(rule) = &raw.rule {
                let message =
                    format!("`#[public]` is open to everybody and has no rule; write `#[protected({})]`", rule.text());
                diagnostics.error(rule, message);
            }
            if let Some(word) = raw.live.key() {
                diagnostics.error(word, "`live` says how a rule is judged: it belongs to `#[protected(…, live)]`");
            }
            if let Some(word) = raw.hidden.key() {
                diagnostics.error(word, "`hidden` is about refusals: it belongs to `#[protected(…, hidden)]`");
            }
            if let Some(word) = raw.keys.key() {
                let message =
                    "`keys` lets API keys in where people must be signed in: it belongs to `#[protected(…, keys)]`";
                diagnostics.error(word, message);
            }
        }
    }
}

/// Returns the error for a lower-case name that cannot be a check.
fn no_check(attribute: Attribute, atom: &Atom) -> Option<String> {
    if let Some(flag @ ("live" | "hidden" | "keys")) = atom.path.get_ident().map(ToString::to_string).as_deref() {
        return Some(parse::stands_alone_error(attribute, flag));
    }
    no_check_of_a_type(atom)
}

/// Returns the error for `Role::admin`, which is a slip, not a check: checks are in modules, which are lower case.
pub(super) fn no_check_of_a_type(atom: &Atom) -> Option<String> {
    let ty = atom.ty().segments.last().map(|last| last.ident.clone()).filter(|last| !is_lower(last))?;
    let text = path_text(&atom.path);
    let advice = format!("items of `{ty}` begin with a capital, and a check is a free function under `#[check]`");
    Some(format!("`{text}` is neither an item nor a check: {advice}"))
}

/// Returns the error for a name that cannot be an item of a type.
pub(super) fn no_requirement(atom: &Atom) -> Option<String> {
    const QUALIFIERS: [&str; 3] = ["self", "super", "crate"];
    let item = atom.item()?;
    let ty = atom.ty();
    let ty = ty.segments.last().filter(|last| QUALIFIERS.iter().all(|word| last.ident != word));
    if ty.is_some_and(|ty| !is_lower(&ty.ident)) {
        return None;
    }
    if atom.args.is_some() && is_lower(item) {
        let text = path_text(&atom.path);
        let call = format!("`Type::{item}(…)` for a requirement");
        return Some(format!("a check takes its arguments from the request: write `{text}`, or {call}"));
    }
    if ty.is_some() {
        // `role::Admin` may be an item of a module, or of a type with a lower-case name; the compiler will tell.
        return None;
    }
    Some(if item == "Fresh" {
        let number = atom.args.iter().flat_map(|(_, args)| args).next().map(|arg| arg.to_token_stream().to_string());
        let number = number.unwrap_or_else(|| "5".to_owned());
        format!(
            "`Fresh` says in which unit: write `Fresh::minutes({number})`, `Fresh::seconds(…)` or `Fresh::hours(…)`"
        )
    } else if item == "Has" {
        "`Has` says what: write `Has::Mfa`, `Has::Passkey` or `Has::Verified`".to_owned()
    } else if atom.args.is_none() && (item == "Mfa" || item == "Passkey" || item == "Verified") {
        format!("whose `{item}`? write `Has::{item}`")
    } else {
        let call = if atom.args.is_some() { "(…)" } else { "" };
        format!("whose `{item}`? write the type, too: `Role::{item}{call}` or `Permission::{item}{call}`")
    })
}
