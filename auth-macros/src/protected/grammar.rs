//! The grammar of rules: `||`, `&&`, `!`, parentheses and atoms. A small subset of expressions, parsed by hand, because the
//! compiler's errors about the rest would not help.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::token::Paren;
use syn::{Expr, Ident, Lit, LitStr, Path, PathSegment, Token};

use super::model::{Atom, Rule, is_lower};
use crate::case::Case;

/// Parses a rule, which ends at a comma or at the end.
pub(super) fn rule(input: ParseStream<'_>) -> syn::Result<Rule> {
    let rule = any(input)?;
    after_rule(input)?;
    Ok(rule)
}

/// Returns whether an argument ends here.
pub(super) fn at_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
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
            let rule = rule(content)?;
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
