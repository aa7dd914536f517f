//! Function and [`Policy`] → tokens. Nothing here can fail, and nothing here decides.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use super::model::{Access, Atom, Policy, Rule, path_text};
use crate::item_fn::ItemFn;

/// The policy beside the function, and the function with the guard as its *first* parameter: nobody who is refused
/// makes axum read a body.
pub(super) fn expand(handler: &ItemFn, policy: &Policy) -> TokenStream {
    let private = policy.krate.private();
    let it = format_ident!("__auth_policy_{}", handler.sig.ident.unraw());
    let guard = match &policy.user {
        None => quote!(_: #private::Guard<#it>),
        Some(user) => quote!(_: #private::Guard<#it, #private::Of<#user>>),
    };
    let function = handler.with_first_parameter(&guard);
    let vis = &handler.vis;
    let cfgs: Vec<_> = handler.cfgs().collect();
    let implementation = implementation(&it, policy);
    quote! {
        #function

        #(#cfgs)*
        #[doc(hidden)]
        #[allow(dead_code, non_camel_case_types)]
        #vis struct #it;

        #(#cfgs)*
        #implementation
    }
}

/// The rule as a value, for `auth.require(…)`.
pub(super) fn expand_rule(policy: &Policy) -> TokenStream {
    let private = policy.krate.private();
    let it = format_ident!("__AuthRule");
    let implementation = implementation(&it, policy);
    quote! {
        {
            struct #it;

            #implementation

            #private::RuleOf::<#it>::new()
        }
    }
}

fn implementation(it: &syn::Ident, policy: &Policy) -> TokenStream {
    let private = policy.krate.private();
    let (rule, access) = access(&private, &policy.access);
    let checks = rule.map(Rule::checks).unwrap_or_default();
    let list = checks_of(&private, it, &checks);
    let checks = if checks.is_empty() { quote!(()) } else { quote!(Self) };
    if let Some(user) = &policy.user {
        return quote! {
            #[automatically_derived]
            impl #private::Policy<#user> for #it {
                type Checks = #checks;
                const ACCESS: &'static #private::Access<#user> = &#access;
            }

            #list
        };
    }
    let mut seen = HashSet::new();
    let atoms = rule.iter().flat_map(|rule| rule.atoms()).filter(|atom| !atom.is_check());
    let types = atoms.map(Atom::ty).filter(|ty| seen.insert(path_text(ty)));
    quote! {
        #[automatically_derived]
        impl<__U> #private::Policy<__U> for #it
        where
            __U: #private::AuthUser,
            #(#types: #private::Requirement<__U>,)*
        {
            type Checks = #checks;
            const ACCESS: &'static #private::Access<__U> = &#access;
        }

        #list
    }
}

/// The functions to ask, by their places in the rule.
fn checks_of(private: &TokenStream, it: &syn::Ident, checks: &[&Atom]) -> Option<TokenStream> {
    let paths: Vec<&syn::Path> = checks.iter().map(|check| &check.path).collect();
    (!paths.is_empty()).then(|| {
        quote! {
            #[automatically_derived]
            impl<__S: 'static> #private::Checks<__S> for #it
            where
                #(#paths: #private::Check<__S>,)*
            {
                const LIST: &'static [#private::Ask<__S>] = &[#(<#paths as #private::Check<__S>>::ask),*];
            }
        }
    })
}

/// The rule to put bounds on, and the constant.
fn access<'a>(private: &TokenStream, access: &'a Access) -> (Option<&'a Rule>, TokenStream) {
    match access {
        Access::Public { reason } => {
            let none = || quote!(::core::option::Option::None);
            let reason = reason.as_ref().map_or_else(none, |reason| quote!(::core::option::Option::Some(#reason)));
            (None, quote!(#private::Access::Public { reason: #reason }))
        }
        Access::Protected { rule, live, hidden } => {
            let tree = rule.as_ref().map_or_else(
                || quote!(#private::Rule::SignedIn),
                |rule| self::rule(private, rule, &rule.checks().iter().map(|check| check.text()).collect::<Vec<_>>()),
            );
            let access = quote!(#private::Access::Protected { rule: #tree, live: #live, hidden: #hidden });
            (rule.as_ref(), access)
        }
        Access::Closed => {
            (None, quote!(#private::Access::Protected { rule: #private::Rule::Any(&[]), live: false, hidden: false }))
        }
    }
}

fn rule(private: &TokenStream, tree: &Rule, checks: &[String]) -> TokenStream {
    let list = |rules: &[Rule]| -> Vec<TokenStream> { rules.iter().map(|part| rule(private, part, checks)).collect() };
    match tree {
        Rule::Atom(atom) if atom.is_check() => {
            let text = atom.text();
            let place = checks.iter().position(|check| *check == text).unwrap_or(checks.len());
            quote!(#private::Rule::Check(#place, #text))
        }
        Rule::Atom(atom) => {
            let text = atom.text();
            quote!(#private::Rule::Is(&#atom, #text))
        }
        Rule::Not(_, inner) => {
            let inner = rule(private, inner, checks);
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
