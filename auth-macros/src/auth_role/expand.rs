//! [`Checked`] → tokens. Nothing here can fail.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

use crate::name_enum::{Checked, codecs, name_enum};

pub(super) fn expand(role: &Checked) -> TokenStream {
    [name_enum(role), auth_role(role), grants_only(role), requirement(role), codecs(role)].into_iter().collect()
}

fn auth_role(role: &Checked) -> TokenStream {
    let private = role.krate.private();
    let ident = &role.ident;
    let permission = role.permission.as_ref().map_or_else(|| quote!(#private::NoPermission), |path| quote!(#path));
    let grants = role.permission.as_ref().map(|permission| grants(role, permission));
    quote! {
        #[automatically_derived]
        impl #private::AuthRole for #ident {
            type Permission = #permission;

            #grants
        }
    }
}

/// Returns what each role grants directly; the runtime crate computes the closure.
fn grants(role: &Checked, permission: &Path) -> TokenStream {
    let private = role.krate.private();
    let direct = role.names.iter().map(|role| {
        let bits = role.grants.iter().map(|path| bits(permission, path));
        quote!(#private::union(&[#(#bits),*]))
    });
    quote! {
        const GRANTS: &'static [u64] =
            #private::close_grants(<Self as #private::NameEnum>::INCLUDES, [#(#direct),*]).as_flattened();
    }
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

            fn by_row(&self, row: &__U) -> ::core::option::Option<bool> {
                ::core::option::Option::Some(<__U as #private::HasRole<#ident>>::row_holds(row, self))
            }

            fn by_roles(&self, roles: &<__U as #private::Principal>::Roles) -> ::core::option::Option<bool> {
                ::core::option::Option::Some(#private::RoleSet::holds(roles, self))
            }
        }
    }
}
