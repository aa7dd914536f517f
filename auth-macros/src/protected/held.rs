//! `#[auth(mfa(…))]` on a user type: the same rules, about what its users hold. A sign-in has neither a request that a
//! check could ask nor a login that could be fresh, so such a rule names roles and permissions alone.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Ident, Token};

use super::model::{Atom, Rule};
use super::{check, expand, grammar, tautology};
use crate::crate_path::Private;
use crate::diagnostics::Diagnostics;
use crate::groups;
use crate::types::path_text;

/// A rule about what the users of a type hold.
pub(crate) struct HeldRule(Rule);

/// Parses and checks what is between the parentheses of `mfa(…)`.
pub(crate) fn held_rule(word: &Ident, tokens: TokenStream, diagnostics: &mut Diagnostics) -> Option<HeldRule> {
    if tokens.is_empty() {
        diagnostics.error(
            word,
            "who needs a second factor? write `mfa` for everybody, or `mfa(Role::Admin)` for those who hold that",
        );
        return None;
    }
    let before = diagnostics.count();
    let parsed = (|input: ParseStream<'_>| {
        let rule = grammar::rule(input)?;
        nothing_else(input, diagnostics)?;
        Ok(rule)
    })
    .parse2(groups::visible(tokens));
    let rule = diagnostics.ok_or_record(parsed)?;
    for atom in rule.atoms() {
        if let Some(message) = not_held(atom) {
            diagnostics.error(atom, message);
        }
    }
    if diagnostics.count() == before {
        tautology::check(&rule, diagnostics);
    }
    (diagnostics.count() == before).then_some(HeldRule(rule))
}

/// Reports what follows the rule: the words of `#[protected]` are about a request.
fn nothing_else(input: ParseStream<'_>, diagnostics: &mut Diagnostics) -> syn::Result<()> {
    if input.is_empty() {
        return Ok(());
    }
    let comma: Token![,] = input.parse()?;
    if input.is_empty() {
        return Ok(());
    }
    let word = input.fork().call(Ident::parse_any).ok().map(|word| word.to_string());
    if let Some(message) = word.as_deref().and_then(of_a_route) {
        diagnostics.error_at(input.span(), message);
    } else {
        let message = "a comma does not say whether every rule must hold or one: join them with `&&` or `||`";
        diagnostics.error_at(comma.span, message);
    }
    input.parse::<TokenStream>().map(drop)
}

/// Returns the error for a word that belongs to `#[protected]` and `#[public]`.
fn of_a_route(word: &str) -> Option<String> {
    Some(match word {
        "live" | "hidden" => format!(
            "`{word}` says how a route is guarded: it belongs to `#[protected(…, {word})]`; a sign-in always reads the row"
        ),
        "user" => "leave `user` out: the rule is about the type that it stands on".to_owned(),
        "reason" => "`reason` says why a route is open: it belongs to `#[public(reason = \"…\")]`".to_owned(),
        "crate" => "`crate` stands beside `mfa`: write `#[auth(mfa(…), crate = …)]`".to_owned(),
        _ => return None,
    })
}

/// Returns the error for an atom that says nothing about what a user holds.
fn not_held(atom: &Atom) -> Option<String> {
    let text = path_text(&atom.path);
    let ty = atom.ty().segments.last().map(|last| last.ident.to_string());
    let item = atom.item().map(ToString::to_string).unwrap_or_default();
    let is_of_login = |name: &str| matches!(name, "Has" | "Fresh");
    let alone = ty.is_none().then_some(&*item);
    if ty.as_deref().is_some_and(is_of_login)
        || alone
            .is_some_and(|name| is_of_login(name) || matches!(name, "Mfa" | "Passkey" | "Verified" | "mfa" | "fresh"))
    {
        return Some(format!(
            "`{text}` is about a sign-in, and this rule decides what a sign-in needs: name roles and permissions, as in \
             `mfa(Role::Admin)`"
        ));
    }
    if let Some(message) = alone.and_then(of_a_route) {
        return Some(message);
    }
    if !atom.is_check() {
        return check::no_requirement(atom);
    }
    // `Role::admin` is a slip.
    check::no_check_of_a_type(atom).or_else(|| {
        Some(format!(
            "`{text}` is a check, and a sign-in has no request that it could ask: name roles and permissions, as in \
             `mfa(Role::Admin)`"
        ))
    })
}

impl HeldRule {
    /// Generates the rule as a value.
    pub(crate) fn tree(&self, private: Private<'_>, user: &Ident) -> TokenStream {
        let held = |atom: &Atom, value: TokenStream| {
            let span = atom.path.span();
            quote_spanned!(span=> #private::held_by::<#user, _>(&#value))
        };
        expand::held_tree(private, &self.0, &held)
    }
}

/// Underlines all of it.
impl ToTokens for HeldRule {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}
