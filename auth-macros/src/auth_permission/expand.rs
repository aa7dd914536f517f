//! [`Checked`] → tokens. Nothing here can fail.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::name_enum::{Checked, codecs};

pub(super) fn expand(permission: &Checked) -> TokenStream {
    [auth_permission(permission), bits(permission), requirement(permission), codecs(permission)].into_iter().collect()
}

fn auth_permission(permission: &Checked) -> TokenStream {
    let private = permission.krate.private();
    let ident = &permission.ident;
    let variants: Vec<_> = permission.names.iter().map(|name| &name.ident).collect();
    let names = permission.names.iter().map(|name| &name.name);
    let includes = permission.names.iter().map(|name| Literal::u128_unsuffixed(name.includes));
    let indices = 0..variants.len();
    quote! {
        #[automatically_derived]
        impl #private::AuthPermission for #ident {
            const ALL: &'static [Self] = &[#(Self::#variants),*];
            const NAMES: &'static [&'static str] = &[#(#names),*];
            const INCLUDES: &'static [u128] = &[#(#includes),*];

            fn index(&self) -> usize {
                match self {
                    #(Self::#variants => #indices,)*
                }
            }
        }
    }
}

/// Functions for the constants of roles, which cannot call trait functions.
fn bits(permission: &Checked) -> TokenStream {
    let ident = &permission.ident;
    let variants = permission.names.iter().map(|name| &name.ident);
    let includes = permission.names.iter().map(|name| Literal::u128_unsuffixed(name.includes));
    quote! {
        #[automatically_derived]
        impl #ident {
            #[doc(hidden)]
            #[allow(dead_code)]
            pub const fn __auth_bits(&self) -> u128 {
                match self {
                    #(Self::#variants => #includes,)*
                }
            }
        }
    }
}

/// Makes a permission a requirement for rules, for users that can have it.
fn requirement(permission: &Checked) -> TokenStream {
    let private = permission.krate.private();
    let ident = &permission.ident;
    quote! {
        #[automatically_derived]
        impl<__U> #private::Requirement<__U> for #ident
        where
            __U: #private::HasPermission<#ident>,
        {
            fn holds(&self, caller: &#private::Facts<'_, __U>) -> bool {
                caller.may(self)
            }

            fn by_roles(&self, roles: u64) -> ::core::option::Option<bool> {
                #private::permission_by_roles::<__U, #ident>(self, roles)
            }
        }
    }
}
