//! The roles and permissions of a user, as rules ask for them.

use proc_macro2::TokenStream;
use quote::quote;

use super::claims;
use super::model::Checked;

pub(super) fn has_role(user: &Checked) -> Option<TokenStream> {
    let roles = user.roles.as_ref()?;
    let private = user.krate.private();
    let (ident, role, field) = (&user.ident, &roles.role, &roles.field.ident);
    let claim = claims::roles_claim(roles);
    Some(quote! {
        #[automatically_derived]
        impl #private::HasRole<#role> for #ident {
            fn row_holds(&self, role: &#role) -> bool {
                #private::RoleSet::holds(&self.#field, role)
            }

            fn claims_hold(claims: &Self::Claims, role: &#role) -> bool {
                #private::RoleSet::holds(&claims.#claim, role)
            }
        }
    })
}

/// Returns the permission enum of this user type: that of the field, or else of what the roles grant.
pub(super) fn permission(user: &Checked) -> Option<TokenStream> {
    let private = user.krate.private();
    if let Some(permissions) = &user.permissions {
        let permission = &permissions.permission;
        return Some(quote!(#permission));
    }
    let role = &user.roles.as_ref()?.role;
    Some(quote!(<#role as #private::AuthRole>::Permission))
}

/// Generates what a handler asks the claims. Methods of their own: a trait would have to be imported.
pub(super) fn asked_of_claims(user: &Checked) -> Option<TokenStream> {
    let private = user.krate.private();
    let (ident, claims) = (&user.ident, &user.claims_ident);
    let permission = permission(user)?;
    let holds = user.roles.as_ref().map(|roles| {
        let role = &roles.role;
        quote! {
            /// Returns whether the user held `role`, or one that includes it, when the token was issued.
            #[must_use]
            pub fn holds(&self, role: &#role) -> bool {
                <#ident as #private::HasRole<#role>>::claims_hold(self, role)
            }
        }
    });
    Some(quote! {
        #[automatically_derived]
        #[allow(dead_code)]
        impl #claims {
            #holds

            /// Returns whether the token gives `permission`: itself, through one that includes it, or by a role.
            #[must_use]
            pub fn may(&self, permission: &#permission) -> bool {
                #private::claims_may::<#ident, #permission>(self, permission)
            }
        }
    })
}

/// Implemented once per user type, so that a permission of another enum is one the type cannot have.
pub(super) fn has_permission(user: &Checked) -> Option<TokenStream> {
    let private = user.krate.private();
    let (ident, permission) = (&user.ident, permission(user)?);
    let role = user.roles.as_ref().map(|roles| &roles.role);
    let own = user.permissions.is_some();
    let grants = match role {
        None => quote!(&[]),
        Some(role) if own => quote!(#private::grants_of::<#role, #permission>()),
        Some(role) => quote!(<#role as #private::AuthRole>::GRANTS),
    };
    let (row_roles, claimed_roles) = user.roles.as_ref().map_or_else(
        || (quote!(#private::NoRoles), quote!(#private::NoRoles)),
        |roles| {
            let (field, claim) = (&roles.field.ident, claims::roles_claim(roles));
            (quote!(self.#field), quote!(claims.#claim))
        },
    );
    let (row_own, claimed_own) = user.permissions.as_ref().map_or_else(
        || (quote!(#private::NoPermissions), quote!(#private::NoPermissions)),
        |permissions| {
            let (field, claim) = (&permissions.field.ident, claims::permissions_claim(permissions));
            (quote!(self.#field), quote!(claims.#claim))
        },
    );
    Some(quote! {
        #[automatically_derived]
        impl #private::HasPermission<#permission> for #ident {
            const GRANTS: &'static [u64] = #grants;
            const OWN: bool = #own;

            fn row_permissions(&self) -> #private::Permissions<#permission> {
                #private::held(<Self as #private::HasPermission<#permission>>::GRANTS, &#row_roles, &#row_own)
            }

            fn claims_permissions(claims: &Self::Claims) -> #private::Permissions<#permission> {
                #private::held(<Self as #private::HasPermission<#permission>>::GRANTS, &#claimed_roles, &#claimed_own)
            }
        }
    })
}
