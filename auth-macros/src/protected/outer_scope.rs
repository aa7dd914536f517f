//! Which types of a signature can be asked about outside of it.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericParam, Signature, Type};

/// The names that a signature declares.
pub(super) struct OuterScope {
    generics: Vec<String>,
}

impl OuterScope {
    /// Reads the generics of a signature.
    pub(super) fn of(sig: &Signature) -> Self {
        Self { generics: sig.generics.params.iter().filter_map(name_of).collect() }
    }

    /// Returns whether the type means the same outside the function.
    pub(super) fn can_name(&self, ty: &Type) -> bool {
        self.means_the_same(ty.to_token_stream())
    }

    fn means_the_same(&self, tokens: TokenStream) -> bool {
        tokens.into_iter().all(|token| match token {
            TokenTree::Ident(word) => {
                word != "impl" && word != "Self" && !self.generics.iter().any(|name| word == name)
            }
            // A lifetime, given or left out.
            TokenTree::Punct(mark) => !['\'', '&'].contains(&mark.as_char()),
            TokenTree::Group(group) => self.means_the_same(group.stream()),
            TokenTree::Literal(_) => true,
        })
    }
}

fn name_of(parameter: &GenericParam) -> Option<String> {
    match parameter {
        GenericParam::Type(parameter) => Some(parameter.ident.to_string()),
        GenericParam::Const(parameter) => Some(parameter.ident.to_string()),
        GenericParam::Lifetime(_) => None,
    }
}
