//! The impl of the trait that both kinds of enum have.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::model::{Checked, Variant};

/// Generates the names, their order and what each includes.
pub(crate) fn name_enum(checked: &Checked) -> TokenStream {
    let private = checked.krate.private();
    let ident = &checked.ident;
    let variants: Vec<_> = checked.names.iter().map(|name| &name.ident).collect();
    let names = checked.names.iter().map(|name| &name.name);
    let includes = checked.names.iter().flat_map(words);
    let indices = 0..variants.len();
    let plural = checked.kind.plural();
    let length = Literal::usize_unsuffixed(variants.len().div_ceil(64));
    quote! {
        #[automatically_derived]
        impl #private::NameEnum for #ident {
            type Bits = [u64; #length];

            const PLURAL: &'static str = #plural;
            const ALL: &'static [Self] = &[#(Self::#variants),*];
            const NAMES: &'static [&'static str] = &[#(#names),*];
            const INCLUDES: &'static [u64] = &[#(#includes),*];

            fn index(&self) -> usize {
                match self {
                    #(Self::#variants => #indices,)*
                }
            }
        }
    }
}

/// Returns the bits of a value and of all it includes, as words.
pub(crate) fn words(name: &Variant) -> impl Iterator<Item = Literal> {
    name.includes.iter().map(|word| Literal::u64_unsuffixed(*word))
}
