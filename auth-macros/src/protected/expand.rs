//! Function and [`Policy`] → tokens. Nothing here can fail or decide.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Ident, Token, Type};

use super::checks::Checks;
use super::key_rule;
use super::model::{Access, Atom, Policy, Rule, path_key};
use crate::call_site::CallSite;
use crate::crate_path::Private;
use crate::item_fn::ItemFn;
use crate::spans;

/// Generates the policy and the function, with the guard as its *first* parameter: a refused request never makes axum
/// read the body.
pub(super) fn expand(handler: &ItemFn, policy: &Policy, call_site: &CallSite) -> TokenStream {
    let private = policy.krate.private();
    let guarded = |it: &TokenStream| {
        let guard = match &policy.user {
            None => quote!(_: #private::Guard<#it>),
            Some(user) => quote!(_: #private::Guard<#it, #private::Of<#user>>),
        };
        handler.with_first_parameter(&guard)
    };
    if let Some(shared) = shared(private, &policy.access) {
        return guarded(&shared);
    }
    let it = format_ident!("__auth_policy_{}", handler.sig.ident.unraw());
    let function = guarded(&it.to_token_stream());
    let vis = &handler.vis;
    let cfgs: Vec<_> = handler.cfgs().collect();
    let implementation = implementation(&it, policy, call_site, &cfgs);
    let asked = key_rule::asks_for_permissions(policy, &cfgs);
    quote! {
        #function

        #(#cfgs)*
        #[doc(hidden)]
        #[allow(dead_code, non_camel_case_types)]
        #vis struct #it;

        #implementation

        #asked
    }
}

/// Generates the function with a guard that needs no type of its own: what an `impl` has room for.
pub(super) fn signed_in(handler: &ItemFn, policy: &Policy) -> TokenStream {
    let private = policy.krate.private();
    handler.with_first_parameter(&quote!(_: #private::Guard<#private::SignedIn>))
}

/// Generates a handler of the same name, in place of one that cannot be one: the routes that name it are not at fault.
/// Inside it, the compiler still reads what was written.
pub(super) fn stand_in(handler: &ItemFn, policy: &Policy) -> TokenStream {
    let private = policy.krate.private();
    let (vis, ident, generics) = (&handler.vis, &handler.sig.ident, &handler.sig.generics);
    let (cfgs, where_clause) = (handler.cfgs(), &generics.where_clause);
    let user = policy.user.as_ref().map(|user| quote!(, #private::Of<#user>));
    quote! {
        #(#cfgs)*
        #[allow(dead_code, clippy::unused_async)]
        #vis async fn #ident #generics (_: #private::Guard<#private::SignedIn #user>) #where_clause {
            #[allow(dead_code)]
            #handler
        }
    }
}

/// Policies without details of their own are shared by all handlers: that is half of all routes, with nothing to
/// compile.
fn shared(private: Private<'_>, access: &Access) -> Option<TokenStream> {
    match access {
        Access::Public { reason: None } => Some(quote!(#private::Open)),
        Access::Protected { rule: None, live: None, hidden: false, keys: None } => Some(quote!(#private::SignedIn)),
        _ => None,
    }
}

/// Generates the rule as a value, for `auth.require(…)`.
pub(super) fn expand_rule(policy: &Policy, call_site: &CallSite) -> TokenStream {
    let private = policy.krate.private();
    let it = format_ident!("__AuthRule");
    let implementation = implementation(&it, policy, call_site, &[]);
    let asked = key_rule::asks_for_permissions(policy, &[]);
    quote! {
        {
            struct #it;

            #implementation

            #asked

            #private::RuleOf::<#it>::new()
        }
    }
}

/// Generates the policy items, each under the same `cfg`s as the function.
fn implementation(it: &Ident, policy: &Policy, call_site: &CallSite, cfgs: &[&syn::Attribute]) -> TokenStream {
    let private = policy.krate.private();
    let rule = rule_of(&policy.access);
    let all = Checks::of(rule, call_site);
    let checks = all.types();
    // A check called `live` must be written `self::live`, whatever a lint thinks of it.
    let quiet = (!all.is_empty()).then(|| quote!(#[allow(unused_qualifications)]));
    if let Some(user) = &policy.user {
        let access = access(private, user, &policy.access);
        let implementation = quote! {
            #(#cfgs)*
            #quiet
            #[automatically_derived]
            impl #private::Policy<#user> for #it {
                type Checks = #checks;
                #access
            }
        };
        let implementation = all.around(private, cfgs, implementation);
        let demands = demands(&policy.access).into_iter().map(|demand| demand.question(private, user, cfgs));
        return quote!(#implementation #(#demands)*);
    }
    let mut seen = HashSet::new();
    let atoms = rule.iter().flat_map(|rule| rule.atoms()).filter(|atom| !atom.is_check());
    let types = atoms.map(Atom::ty).filter(|ty| seen.insert(path_key(ty)));
    let calls = rule.map(|rule| calls(rule, cfgs));
    let demands = demands(&policy.access).into_iter().map(|demand| demand.bound(private));
    let access = access(private, &format_ident!("__U"), &policy.access);
    // Not bounded by `Principal`: the compiler would suggest its associated types for a misspelled one, as in
    // `__U::Roles`.
    let policy = quote! {
        #(#cfgs)*
        #quiet
        #[automatically_derived]
        impl<__U> #private::Policy<__U> for #it
        where
            __U: #private::IsPrincipal,
            #(#demands)*
            #(#types: #private::Requirement<__U>,)*
        {
            type Checks = #checks;
            #access
        }
    };
    let policy = all.around(private, cfgs, policy);
    quote!(#policy #calls)
}

/// What a word of the attribute demands of the user type.
struct Demand<'a> {
    word: &'a Ident,
    /// A trait of the runtime crate, and the function there that asks for it.
    has: &'static str,
    needs: &'static str,
}

/// Returns what the words demand: those who sign in elsewhere have no row and no keys.
fn demands(access: &Access) -> Vec<Demand<'_>> {
    let Access::Protected { live, keys, .. } = access else { return Vec::new() };
    let live = live.as_ref().map(|word| Demand { word, has: "HasTable", needs: "needs_table" });
    let keys = keys.as_ref().map(|word| Demand { word, has: "HasApiKeys", needs: "needs_api_keys" });
    live.into_iter().chain(keys).collect()
}

impl Demand<'_> {
    /// Generates the bound on a user type that is not named.
    fn bound(&self, private: Private<'_>) -> TokenStream {
        let has = format_ident!("{}", self.has);
        spans::at(quote!(__U: #private::#has,), self.word.span())
    }

    /// Generates the question about one that is, in place of a bound of the implementation: that would be asked a second
    /// time at the route.
    fn question(&self, private: Private<'_>, user: &Type, cfgs: &[&syn::Attribute]) -> TokenStream {
        let needs = format_ident!("{}", self.needs);
        let question = spans::at(quote!(const _: () = #private::#needs::<#user>();), self.word.span());
        quote!(#(#cfgs)* #question)
    }
}

/// Returns the rule to put bounds on.
fn rule_of(access: &Access) -> Option<&Rule> {
    if let Access::Protected { rule, .. } = access { rule.as_ref() } else { None }
}

/// Generates the constants: only those that differ from what the trait has.
fn access(private: Private<'_>, user: &impl ToTokens, access: &Access) -> TokenStream {
    match access {
        Access::Public { reason } => {
            let none = || quote!(::core::option::Option::None);
            let reason = reason.as_ref().map_or_else(none, |reason| quote!(::core::option::Option::Some(#reason)));
            quote! {
                const ACCESS: &'static #private::Access<#user> = &#private::Access::Public { reason: #reason };
            }
        }
        Access::Protected { rule, live, hidden, keys } => {
            let tree = rule.as_ref().map_or_else(
                || quote!(#private::Rule::SignedIn),
                |rule| self::rule(private, rule, &rule.checks().iter().map(|check| check.key()).collect::<Vec<_>>()),
            );
            let live = live.as_ref().map(|_| {
                quote!(
                    const LIVE: ::core::primitive::bool = true;
                )
            });
            let hidden = hidden.then(|| {
                quote!(
                    const HIDDEN: ::core::primitive::bool = true;
                )
            });
            let keys = keys.as_ref().map(|_| {
                quote!(
                    const KEYS: ::core::primitive::bool = true;
                )
            });
            quote! {
                const RULE: #private::Rule<#user> = #tree;
                #live
                #hidden
                #keys
            }
        }
        Access::Closed => quote!(const RULE: #private::Rule<#user> = #private::Rule::Any(&[]);),
    }
}

/// Makes the compiler evaluate the calls early: a constant of a generic implementation is otherwise evaluated only when
/// the program is built, and `cargo check` would accept `Fresh::minutes(0)`.
fn calls(rule: &Rule, cfgs: &[&syn::Attribute]) -> TokenStream {
    let mut seen = HashSet::new();
    let calls = rule.atoms().into_iter().filter(|atom| atom.args.is_some() && seen.insert(atom.key()));
    let consts = calls.map(value).map(|call| {
        quote! {
            #(#cfgs)*
            const _: &(dyn ::core::marker::Send + ::core::marker::Sync) = &#call;
        }
    });
    quote!(#(#consts)*)
}

/// Generates `<Role>::Admin`: with the type on its own, a misspelled one causes the same error in the bound and here,
/// and the compiler prints it once.
fn value(atom: &Atom) -> TokenStream {
    let (ty, item) = (atom.ty(), atom.item());
    // The brackets have the spans of the type, so that exactly what was written is underlined.
    let at = |segment: Option<&syn::PathSegment>| segment.map_or_else(Span::call_site, |it| it.ident.span());
    let (open, close) = (Token![<](at(ty.segments.first())), Token![>](at(ty.segments.last())));
    let mut value = quote!(#open #ty #close::#item);
    if let Some((paren, args)) = &atom.args {
        paren.surround(&mut value, |tokens| tokens.extend(quote!(#(#args),*)));
    }
    value
}

fn rule(private: Private<'_>, tree: &Rule, checks: &[String]) -> TokenStream {
    let leaf = |atom: &Atom| {
        let text = atom.text();
        if atom.is_check() {
            let key = atom.key();
            let index = checks.iter().position(|check| *check == key).unwrap_or(checks.len());
            return quote!(#private::Rule::Check(#index, #text));
        }
        // With the span of the atom: what the compiler says about its type is said there.
        let (and, value) = (Token![&](atom.path.span()), value(atom));
        quote!(#private::Rule::Is(#and #value, #text))
    };
    self::tree(private, tree, &leaf)
}

/// Generates a rule without checks, each of whose atoms goes through `held`.
pub(super) fn held_tree(
    private: Private<'_>,
    rule: &Rule,
    held: &dyn Fn(&Atom, TokenStream) -> TokenStream,
) -> TokenStream {
    let leaf = |atom: &Atom| {
        let (text, value) = (atom.text(), held(atom, value(atom)));
        quote!(#private::Rule::Is(#value, #text))
    };
    tree(private, rule, &leaf)
}

fn tree(private: Private<'_>, rule: &Rule, leaf: &dyn Fn(&Atom) -> TokenStream) -> TokenStream {
    let list = |rules: &[Rule]| -> Vec<TokenStream> { rules.iter().map(|part| tree(private, part, leaf)).collect() };
    match rule {
        Rule::Atom(atom) => leaf(atom),
        Rule::Not(_, inner) => {
            let inner = tree(private, inner, leaf);
            quote!(#private::Rule::Not(&#inner))
        }
        Rule::All(rules) => {
            let rules = list(rules);
            quote!(#private::Rule::All(&[#(#rules),*]))
        }
        Rule::Any(rules) => {
            let rules = list(rules);
            quote!(#private::Rule::Any(&[#(#rules),*]))
        }
    }
}
