//! [`Checked`] → tokens. Nothing here can fail.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

use crate::name_enum::{Checked, codecs};

pub(super) fn expand(role: &Checked) -> TokenStream {
    [auth_role(role), grants_only(role), requirement(role), codecs(role)].into_iter().collect()
}

fn auth_role(role: &Checked) -> TokenStream {
    let private = role.krate.private();
    let ident = &role.ident;
    let variants: Vec<_> = role.names.iter().map(|role| &role.ident).collect();
    let names = role.names.iter().map(|role| &role.name);
    let includes = role.names.iter().map(|role| Literal::u128_unsuffixed(role.includes));
    let indices = 0..variants.len();
    let permission = role.permission.as_ref().map_or_else(|| quote!(#private::NoPermission), |path| quote!(#path));
    let grants = grants(role);
    quote! {
        #[automatically_derived]
        impl #private::AuthRole for #ident {
            type Permission = #permission;

            const ALL: &'static [Self] = &[#(Self::#variants),*];
            const NAMES: &'static [&'static str] = &[#(#names),*];
            const INCLUDES: &'static [u64] = &[#(#includes),*];
            const GRANTS: &'static [u128] = &#grants;

            fn index(&self) -> usize {
                match self {
                    #(Self::#variants => #indices,)*
                }
            }
        }
    }
}

/// Returns what each role grants directly; the runtime crate computes the closure.
fn grants(role: &Checked) -> TokenStream {
    let private = role.krate.private();
    let Some(permission) = &role.permission else { return quote!([]) };
    let direct = role.names.iter().map(|role| {
        if role.grants.is_empty() {
            return quote!(0);
        }
        let bits = role.grants.iter().map(|path| bits(permission, path));
        quote!(#(#bits)|*)
    });
    quote!(#private::close_grants(<Self as #private::AuthRole>::INCLUDES, [#(#direct),*]))
}

/// Returns the bits of one permission. Traits have no const functions, so the enum has an inherent one.
fn bits(permission: &Path, path: &Path) -> TokenStream {
    let function = quote_spanned!(permission.span()=> __auth_bits);
    quote!(#permission::#function(&#path))
}

/// Restricts what a `permissions` field next to these roles may hold.
fn grants_only(role: &Checked) -> TokenStream {
    let private = role.krate.private();
    let ident = &role.ident;
    // An enum that grants nothing is compatible with every enum of permissions.
    let (any, permission) = role
        .permission
        .as_ref()
        .map_or_else(|| (Some(quote!(<__P>)), quote!(__P)), |permission| (None, quote!(#permission)));
    quote! {
        #[automatically_derived]
        impl #any #private::GrantsOnly<#permission> for #ident {}
    }
}

/// Makes a role a requirement for rules, for users that have it.
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

            fn by_roles(&self, roles: u64) -> ::core::option::Option<bool> {
                ::core::option::Option::Some(#private::role_by_roles(self, roles))
            }
        }
    }
}
