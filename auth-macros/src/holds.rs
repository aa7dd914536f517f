//! The roles and permissions of a principal, as rules ask for them.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, Type};

use crate::crate_path::Private;

/// What a principal holds, and where: in a value of its type, and in the claims that a guard has verified.
pub(crate) struct Holds<'a> {
    pub(crate) private: Private<'a>,
    pub(crate) ident: &'a Ident,
    /// The enum of its roles.
    pub(crate) role: Option<&'a Type>,
    /// The enum of its own permissions.
    pub(crate) own_permission: Option<&'a Type>,
    /// `self.role`, and `claims.role`.
    pub(crate) roles: Option<(TokenStream, TokenStream)>,
    /// `self.permissions`, and `claims.permissions`.
    pub(crate) permissions: Option<(TokenStream, TokenStream)>,
}

impl Holds<'_> {
    pub(crate) fn has_role(&self) -> Option<TokenStream> {
        let Self { private, ident, .. } = self;
        let (role, (by_row, by_claims)) = (self.role?, self.roles.as_ref()?);
        Some(quote! {
            #[automatically_derived]
            impl #private::HasRole<#role> for #ident {
                fn row_holds(&self, role: &#role) -> bool {
                    #private::RoleSet::holds(&#by_row, role)
                }

                fn claims_hold(claims: &Self::Claims, role: &#role) -> bool {
                    #private::RoleSet::holds(&#by_claims, role)
                }
            }
        })
    }

    /// Returns the enum of its permissions: that of the field, or else of what the roles grant.
    pub(crate) fn permission(&self) -> Option<TokenStream> {
        let private = self.private;
        if let Some(permission) = self.own_permission {
            return Some(quote!(#permission));
        }
        let role = self.role?;
        Some(quote!(<#role as #private::AuthRole>::Permission))
    }

    /// Implemented once per type, so that a permission of another enum is one the type cannot have.
    pub(crate) fn has_permission(&self) -> Option<TokenStream> {
        let Self { private, ident, role, .. } = self;
        let permission = self.permission()?;
        let own = self.own_permission.is_some();
        let grants = match role {
            None => quote!(&[]),
            Some(role) if own => quote!(#private::grants_of::<#role, #permission>()),
            Some(role) => quote!(<#role as #private::AuthRole>::GRANTS),
        };
        let none = |name: TokenStream| (quote!(#private::#name), quote!(#private::#name));
        let (row_roles, claimed_roles) = self.roles.clone().unwrap_or_else(|| none(quote!(NoRoles)));
        let (row_own, claimed_own) = self.permissions.clone().unwrap_or_else(|| none(quote!(NoPermissions)));
        Some(quote! {
            #[automatically_derived]
            impl #private::HasPermission<#permission> for #ident {
                const GRANTS: &'static [u64] = #grants;
                const OWN: bool = #own;

                fn row_permissions(&self) -> #private::Permissions<#permission> {
                    #private::held(<Self as #private::HasPermission<#permission>>::GRANTS, &#row_roles, &#row_own)
                }

                fn claims_permissions(claims: &Self::Claims) -> #private::Permissions<#permission> {
                    #private::held(
                        <Self as #private::HasPermission<#permission>>::GRANTS,
                        &#claimed_roles,
                        &#claimed_own,
                    )
                }
            }
        })
    }
}
