//! The checked function → tokens. Nothing here can fail or decide.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{FnArg, ReturnType, Type};

use crate::crate_path::CratePath;
use crate::item_fn::ItemFn;

const READS_BODY: &str = "a check decides before the body is read, and this argument reads the body. Take what it needs \
                          from the path, the query or the headers, or decide in the handler";

/// Function and type have the same name: a braced struct lives only in the type namespace, so one `use` imports both. The
/// type is public wherever it is: the rule of a public handler says it, and a private one would not be allowed there.
pub(super) fn expand(function: &ItemFn, krate: &CratePath) -> TokenStream {
    let private = krate.private();
    let ident = &function.sig.ident;
    let cfgs: Vec<_> = function.cfgs().collect();
    let types: Vec<&Type> = function.sig.inputs.iter().filter_map(of_argument).collect();
    let answer = answer(&function.sig.output);
    let asserts = types.iter().map(|ty| {
        quote_spanned! {ty.span()=>
            ::core::assert!(!#private::Argument::<#ty>::READS_BODY, #READS_BODY);
        }
    });
    let asserts = (!types.is_empty()).then(|| {
        quote! {
            #(#cfgs)*
            const _: () = {
                #[allow(unused_imports)]
                use #private::ReadsNoBody as _;
                #(#asserts)*
            };
        }
    });
    quote! {
        #function

        #(#cfgs)*
        #[doc(hidden)]
        #[allow(dead_code, non_camel_case_types, unreachable_pub)]
        pub struct #ident {}

        #(#cfgs)*
        #[automatically_derived]
        impl<__S> #private::Check<__S> for #ident
        where
            __S: ::core::marker::Send + ::core::marker::Sync,
            #(#types: #private::axum::extract::FromRequestParts<__S>,)*
        {
            fn run<'a>(
                __parts: &'a mut #private::axum::http::request::Parts,
                __state: &'a __S,
            ) -> #private::CheckFuture<'a> {
                #private::run_check::<#answer, _, _, _>(#ident, __parts, __state)
            }
        }

        #asserts
    }
}

fn of_argument(argument: &FnArg) -> Option<&Type> {
    match argument {
        FnArg::Typed(argument) => Some(&argument.ty),
        FnArg::Receiver(_) => None,
    }
}

/// Returns the return type, or `_` if it cannot be named outside the signature.
fn answer(output: &ReturnType) -> TokenStream {
    match output {
        ReturnType::Type(_, ty) if !says_impl(ty.to_token_stream()) => ty.to_token_stream(),
        _ => quote!(_),
    }
}

fn says_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "impl",
        TokenTree::Group(group) => says_impl(group.stream()),
        _ => false,
    })
}
