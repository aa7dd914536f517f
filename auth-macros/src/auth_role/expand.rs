//! [`Checked`] → tokens. Nothing here can fail.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::model::Checked;

pub(super) fn expand(role: &Checked) -> TokenStream {
    let serde = (!role.manual.serde).then(|| serde(role));
    let sqlx = (!role.manual.sqlx).then(|| sqlx(role));
    [Some(auth_role(role)), Some(requirement(role)), serde, sqlx].into_iter().flatten().collect()
}

fn auth_role(role: &Checked) -> TokenStream {
    let private = role.krate.private();
    let ident = &role.ident;
    let variants: Vec<_> = role.roles.iter().map(|role| &role.ident).collect();
    let names = role.roles.iter().map(|role| &role.name);
    let includes = role.roles.iter().map(|role| Literal::u64_unsuffixed(role.includes));
    let indices = 0..variants.len();
    quote! {
        #[automatically_derived]
        impl #private::AuthRole for #ident {
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

/// A role is something a rule can ask for, of users that have it.
fn requirement(role: &Checked) -> TokenStream {
    let private = role.krate.private();
    let ident = &role.ident;
    quote! {
        #[automatically_derived]
        impl<__U> #private::Requirement<__U> for #ident
        where
            __U: #private::HasRole<#ident>,
        {
            fn holds(&self, caller: &#private::Facts<'_, __U>) -> bool {
                caller.hold(self)
            }
        }
    }
}

/// By name, in tokens and bodies.
fn serde(role: &Checked) -> TokenStream {
    let private = role.krate.private();
    let ident = &role.ident;
    quote! {
        #[automatically_derived]
        impl #private::serde::Serialize for #ident {
            fn serialize<__S: #private::serde::Serializer>(
                &self,
                serializer: __S,
            ) -> ::core::result::Result<__S::Ok, __S::Error> {
                serializer.serialize_str(#private::AuthRole::name(self))
            }
        }

        #[automatically_derived]
        impl<'de> #private::serde::Deserialize<'de> for #ident {
            fn deserialize<__D: #private::serde::Deserializer<'de>>(
                deserializer: __D,
            ) -> ::core::result::Result<Self, __D::Error> {
                #private::deserialize_role(deserializer)
            }
        }
    }
}

/// By name, in the table. The runtime crate makes it impls if it was built with sqlx.
fn sqlx(role: &Checked) -> TokenStream {
    let private = role.krate.private();
    let ident = &role.ident;
    quote!(#private::role_codecs! { #ident })
}
