//! Arguments → [`Raw`].

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, LitStr, Path, Token, Type};

use super::grammar::{self, at_end};
use super::model::{Attribute, Raw, Rule};
use crate::attr;
use crate::diagnostics::{Diagnostics, did_you_mean};
use crate::groups;
use crate::set_once::SetOnce;

/// Parses everything between the parentheses of the attribute.
pub(super) fn raw(attribute: Attribute, args: TokenStream, diagnostics: &mut Diagnostics) -> Raw {
    let mut raw = Raw {
        attribute,
        rule: None,
        live: SetOnce::default(),
        hidden: SetOnce::default(),
        keys: SetOnce::default(),
        user: SetOnce::default(),
        reason: SetOnce::default(),
        krate: SetOnce::default(),
    };
    let parsed = (|input: ParseStream<'_>| {
        entries(&mut raw, input, diagnostics);
        Ok(())
    })
    .parse2(groups::visible(args));
    diagnostics.ok_or_record(parsed);
    raw
}

fn entries(raw: &mut Raw, input: ParseStream<'_>, diagnostics: &mut Diagnostics) {
    let mut comma = None;
    while !input.is_empty() {
        if let Err(error) = entry(raw, comma.map(|comma: Token![,]| comma.span), input, diagnostics) {
            diagnostics.record(error);
            attr::skip_to_comma(input);
        }
        comma = input.parse::<Option<Token![,]>>().ok().flatten();
    }
}

/// Parses a word of ours, or the rule. Both end at a comma or at the end.
fn entry(raw: &mut Raw, comma: Option<Span>, input: ParseStream<'_>, diagnostics: &mut Diagnostics) -> syn::Result<()> {
    let next = input.fork();
    let word = if next.peek(Ident::peek_any) { Some(next.call(Ident::parse_any)?) } else { None };
    let word = word.filter(|_| !next.peek(Token![::]));
    let value = next.peek(Token![=]) && !next.peek(Token![==]);
    match word.as_ref().map(ToString::to_string).as_deref() {
        Some(flag @ ("live" | "hidden" | "keys")) => {
            let word = input.call(Ident::parse_any)?;
            let slot = match flag {
                "live" => &mut raw.live,
                "hidden" => &mut raw.hidden,
                _ => &mut raw.keys,
            };
            slot.set(&word, (), diagnostics);
            if !at_end(input) {
                return Err(input.error(stands_alone_error(raw.attribute, flag)));
            }
            Ok(())
        }
        Some("user") if value => {
            let (word, user) = assigned::<Type>(input, "`user` wants a type: write `user = Staff`")?;
            raw.user.set(&word, user, diagnostics);
            Ok(())
        }
        Some("reason") if value => {
            let (word, reason) = assigned::<LitStr>(input, "`reason` wants a string: write `reason = \"…\"`")?;
            raw.reason.set(&word, reason, diagnostics);
            Ok(())
        }
        Some("crate") if value => {
            let (word, path) = assigned::<Path>(input, "`crate` wants a path, without quotes: write `crate = ::auth`")?;
            raw.krate.set(&word, path, diagnostics);
            Ok(())
        }
        None if raw.attribute == Attribute::Public && input.peek(LitStr) => {
            let text: LitStr = input.parse()?;
            let message = format!("this is a text and not a rule: write `reason = {}`", text.to_token_stream());
            Err(syn::Error::new_spanned(text, message))
        }
        Some("user") => Err(input.error("`user` wants a type: write `user = Staff`")),
        Some("reason") => Err(input.error("`reason` wants a string: write `reason = \"…\"`")),
        _ => {
            let rule = grammar::rule(input)?;
            let Some(first) = &raw.rule else {
                raw.rule = Some(rule);
                return Ok(());
            };
            if let Some((word, meant)) = [&rule, first].into_iter().find_map(misspelled_flag) {
                let name = raw.attribute.name();
                diagnostics.error(word, format_args!("`{word}` is not an argument of `{name}`{meant}"));
            } else {
                let message = "a comma does not say whether every rule must hold or one: join them with `&&` or `||`";
                diagnostics.error_at(comma.unwrap_or_else(|| input.span()), message);
            }
            Ok(())
        }
    }
}

/// Returns the error for `live`, `hidden` or `keys` as part of an expression.
pub(super) fn stands_alone_error(attribute: Attribute, flag: &str) -> String {
    let rule = if flag == "keys" { "Permission::ReportsRead" } else { "Role::Admin" };
    let example = match attribute {
        Attribute::Rule => format!("rule!({rule}, {flag})"),
        Attribute::Protected | Attribute::Public => format!("#[protected({rule}, {flag})]"),
    };
    format!("`{flag}` stands alone, after a comma: write `{example}`; a check of that name is `self::{flag}`")
}

/// Returns a word that was meant to be one of ours, with a suggestion, if there is another rule.
fn misspelled_flag(rule: &Rule) -> Option<(&Ident, String)> {
    let Rule::Atom(atom) = rule else { return None };
    let word = atom.path.get_ident().filter(|_| atom.is_check())?;
    let meant = did_you_mean(&word.to_string(), ["live", "hidden", "keys"]);
    (!meant.is_empty()).then_some((word, meant))
}

fn assigned<T: syn::parse::Parse>(input: ParseStream<'_>, wants: &str) -> syn::Result<(Ident, T)> {
    let word = input.call(Ident::parse_any)?;
    input.parse::<Token![=]>()?;
    let at = input.span();
    let value = input.parse().map_err(|_| syn::Error::new(at, wants))?;
    if at_end(input) { Ok((word, value)) } else { Err(input.error("expected a comma")) }
}
