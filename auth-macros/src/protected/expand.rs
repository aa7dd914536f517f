//! Function and [`Policy`] → tokens. Nothing here can fail, and nothing here decides.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use super::model::{Access, Policy, Rule, path_text};
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

fn implementation(it: &syn::Ident, policy: &Policy) -> TokenStream {
    let private = policy.krate.private();
    let (rule, access) = access(&private, &policy.access);
    if let Some(user) = &policy.user {
        return quote! {
            #[automatically_derived]
            impl #private::Policy<#user> for #it {
                const ACCESS: &'static #private::Access<#user> = &#access;
            }
        };
    }
    let mut seen = HashSet::new();
    let types = rule.iter().flat_map(|rule| rule.atoms()).map(super::model::Atom::ty);
    let types = types.filter(|ty| seen.insert(path_text(ty)));
    quote! {
        #[automatically_derived]
        impl<__U> #private::Policy<__U> for #it
        where
            __U: #private::AuthUser,
            #(#types: #private::Requirement<__U>,)*
        {
            const ACCESS: &'static #private::Access<__U> = &#access;
        }
    }
}

/// The rule to put bounds on, and the constant.
fn access<'a>(private: &TokenStream, access: &'a Access) -> (Option<&'a Rule>, TokenStream) {
    match access {
        Access::Public { reason } => {
            let none = || quote!(::core::option::Option::None);
            let reason = reason.as_ref().map_or_else(none, |reason| quote!(::core::option::Option::Some(#reason)));
            (None, quote!(#private::Access::Public { reason: #reason }))
        }
        Access::Protected { rule, live } => {
            let tree = rule.as_ref().map_or_else(|| quote!(#private::Rule::SignedIn), |rule| self::rule(private, rule));
            (rule.as_ref(), quote!(#private::Access::Protected { rule: #tree, live: #live }))
        }
        Access::Closed => (None, quote!(#private::Access::Protected { rule: #private::Rule::Any(&[]), live: false })),
    }
}

fn rule(private: &TokenStream, tree: &Rule) -> TokenStream {
    let list = |rules: &[Rule]| -> Vec<TokenStream> { rules.iter().map(|part| rule(private, part)).collect() };
    match tree {
        Rule::Atom(atom) => {
            let text = atom.text();
            quote!(#private::Rule::Is(&#atom, #text))
        }
        Rule::Not(_, inner) => {
            let inner = rule(private, inner);
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
