//! Arguments → [`Raw`]. A custom parser, because a rule is a small subset of expressions, and the compiler's errors
//! about the rest would not help.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::token::Paren;
use syn::{Expr, Ident, Lit, LitStr, Path, PathSegment, Token, Type};

use super::model::{Atom, Attribute, Raw, Rule, is_lower};
use crate::attr;
use crate::case::Case;
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
        Some(flag @ ("live" | "hidden")) => {
            let word = input.call(Ident::parse_any)?;
            let slot = if flag == "live" { &mut raw.live } else { &mut raw.hidden };
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
            let rule = any(input)?;
            after_rule(input)?;
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

/// Returns the error for `live` or `hidden` as part of an expression.
pub(super) fn stands_alone_error(attribute: Attribute, flag: &str) -> String {
    let example = match attribute {
        Attribute::Rule => format!("rule!(Role::Admin, {flag})"),
        Attribute::Protected | Attribute::Public => format!("#[protected(Role::Admin, {flag})]"),
    };
    format!("`{flag}` stands alone, after a comma: write `{example}`; a check of that name is `self::{flag}`")
}

/// Returns a word that was meant to be one of ours, with a suggestion, if there is another rule.
fn misspelled_flag(rule: &Rule) -> Option<(&Ident, String)> {
    let Rule::Atom(atom) = rule else { return None };
    let word = atom.path.get_ident().filter(|_| atom.is_check())?;
    let meant = did_you_mean(&word.to_string(), ["live", "hidden"]);
    (!meant.is_empty()).then_some((word, meant))
}

fn at_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

fn assigned<T: syn::parse::Parse>(input: ParseStream<'_>, wants: &str) -> syn::Result<(Ident, T)> {
    let word = input.call(Ident::parse_any)?;
    input.parse::<Token![=]>()?;
    let at = input.span();
    let value = input.parse().map_err(|_| syn::Error::new(at, wants))?;
    if at_end(input) { Ok((word, value)) } else { Err(input.error("expected a comma")) }
}

/// Parses `a || b`.
fn any(input: ParseStream<'_>) -> syn::Result<Rule> {
    let mut rules = vec![all(input)?];
    while input.parse::<Option<Token![||]>>()?.is_some() {
        rules.push(all(input)?);
    }
    Ok(several(rules, Rule::Any))
}

/// Parses `a && b`, which binds tighter.
fn all(input: ParseStream<'_>) -> syn::Result<Rule> {
    let mut rules = vec![one(input)?];
    while input.parse::<Option<Token![&&]>>()?.is_some() {
        rules.push(one(input)?);
    }
    Ok(several(rules, Rule::All))
}

fn several(mut rules: Vec<Rule>, join: impl FnOnce(Vec<Rule>) -> Rule) -> Rule {
    match rules.pop() {
        Some(only) if rules.is_empty() => only,
        popped => {
            rules.extend(popped);
            join(rules)
        }
    }
}

/// Parses `!a`, `(…)` or an atom.
fn one(input: ParseStream<'_>) -> syn::Result<Rule> {
    if let Some(bang) = input.parse::<Option<Token![!]>>()? {
        return Ok(Rule::Not(bang, Box::new(one(input)?)));
    }
    if input.peek(Paren) {
        return parenthesized(input, |content| {
            let rule = any(content)?;
            after_rule(content)?;
            let message = "a comma does not say whether every rule must hold or one: use `&&` or `||`";
            if content.is_empty() { Ok(rule) } else { Err(content.error(message)) }
        })
        .map(|(_, rule)| rule);
    }
    if input.peek(Lit) {
        let text = input.fork().parse::<LitStr>().map(|text| Case::Pascal.apply(&text.value()));
        let name = text.ok().filter(|name| syn::parse_str::<Ident>(name).is_ok()).unwrap_or_else(|| "Admin".to_owned());
        return Err(input.error(format_args!("a rule asks for items of a type, not for values: write `Role::{name}`")));
    }
    if !input.peek(Token![::]) && !input.peek(Ident::peek_any) {
        return Err(input.error("expected something to ask for, such as `Role::Admin`"));
    }
    atom(input).map(Rule::Atom)
}

fn atom(input: ParseStream<'_>) -> syn::Result<Atom> {
    let leading_colon = input.parse()?;
    let mut segments = Punctuated::new();
    loop {
        if input.peek(Token![<]) {
            return Err(
                input.error("a rule cannot name a generic type; give it a name of its own: `type PostsWrite = …;`")
            );
        }
        if !input.peek(Ident::peek_any) {
            return Err(input.error("expected a name, as in `Role::Admin`"));
        }
        segments.push_value(PathSegment::from(input.call(Ident::parse_any)?));
        match input.parse::<Option<Token![::]>>()? {
            Some(colons) => segments.push_punct(colons),
            None => break,
        }
    }
    // `owns_post(post)`: the call is the mistake, whatever the arguments are.
    let call_of_check = segments.len() == 1 && segments.first().is_some_and(|it: &PathSegment| is_lower(&it.ident));
    let arguments = |content: ParseStream<'_>| {
        if call_of_check {
            content.parse::<TokenStream>()?;
            return Ok(Punctuated::new());
        }
        content.parse_terminated(literal, Token![,])
    };
    let args = if input.peek(Paren) {
        let (paren, args) = parenthesized(input, arguments)?;
        Some((paren, args.into_iter().collect()))
    } else {
        None
    };
    Ok(Atom { path: Path { leading_colon, segments }, args })
}

/// Parses what is between parentheses. After a mistake the rest is skipped so that syn does not report it, too.
fn parenthesized<T>(
    input: ParseStream<'_>,
    parse: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<(Paren, T)> {
    let content;
    let paren = syn::parenthesized!(content in input);
    let parsed = parse(&content);
    if parsed.is_err() {
        content.parse::<TokenStream>()?;
    }
    parsed.map(|parsed| (paren, parsed))
}

/// Parses an argument, which must be a literal because rules are constants.
fn literal(input: ParseStream<'_>) -> syn::Result<Expr> {
    let message = "the arguments in a rule are literals, as in `Level::at_least(5)`";
    let at = input.fork();
    let literal: Expr = input.parse().map_err(|_| at.error(message))?;
    let inner = if let Expr::Unary(minus) = &literal { &minus.expr } else { &literal };
    if matches!(inner, Expr::Lit(_)) { Ok(literal) } else { Err(syn::Error::new_spanned(&literal, message)) }
}

/// After a complete rule comes a comma, the end, or a slip.
fn after_rule(input: ParseStream<'_>) -> syn::Result<()> {
    if at_end(input) {
        return Ok(());
    }
    let next = input.fork();
    let and = next.peek(Token![&]) || next.parse::<Ident>().is_ok_and(|word| word == "and");
    let next = input.fork();
    let or = next.peek(Token![|]) || next.parse::<Ident>().is_ok_and(|word| word == "or");
    if and {
        return Err(input.error("write `&&` where every rule must hold"));
    }
    if or {
        return Err(input.error("write `||` where one rule is enough"));
    }
    let found = input.parse::<TokenTree>()?;
    let message = "a rule is made of `&&`, `||`, `!`, parentheses and items such as `Role::Admin`, and nothing else";
    Err(syn::Error::new_spanned(quote!(#found), message))
}
