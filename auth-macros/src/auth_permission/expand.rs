//! [`Checked`] → tokens. Nothing here can fail.

use proc_macro2::TokenStream;
use quote::quote;

use crate::name_enum::{Checked, codecs, name_enum, words};

pub(super) fn expand(permission: &Checked) -> TokenStream {
    let parts = [name_enum, auth_permission, const_bits, requirement, codecs];
    parts.into_iter().map(|part| part(permission)).collect()
}

fn auth_permission(permission: &Checked) -> TokenStream {
    let private = permission.krate.private();
    let ident = &permission.ident;
    quote! {
        #[automatically_derived]
        impl #private::AuthPermission for #ident {}
    }
}

/// A function for the constants of roles, which cannot call trait functions.
fn const_bits(permission: &Checked) -> TokenStream {
    let private = permission.krate.private();
    let ident = &permission.ident;
    let variants = permission.names.iter().map(|name| &name.ident);
    let includes = permission.names.iter().map(|name| {
        let words = words(name);
        quote!([#(#words),*])
    });
    quote! {
        #[automatically_derived]
        impl #ident {
            #[doc(hidden)]
            #[allow(dead_code)]
            pub const fn __auth_bits(&self) -> <Self as #private::NameEnum>::Bits {
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

            fn scope(&self) -> ::core::option::Option<&'static str> {
                ::core::option::Option::Some(#private::NameEnum::name(self))
            }

            fn by_row(&self, row: &__U) -> ::core::option::Option<bool> {
                ::core::option::Option::Some(#private::row_may::<__U, #ident>(row, self))
            }

            fn by_roles(&self, roles: &<__U as #private::Principal>::Roles) -> ::core::option::Option<bool> {
                #private::permission_by_roles::<__U, #ident>(self, roles)
            }
        }
    }
}
