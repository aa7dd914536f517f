//! The roles and permissions of a user, as rules and handlers ask for them.

use proc_macro2::TokenStream;
use quote::quote;

use super::claims;
use super::model::Checked;
use crate::holds::Holds;

/// Returns what a user holds: by the row and by the token.
pub(super) fn holds(user: &Checked) -> Holds<'_> {
    let roles = user.roles.as_ref().map(|roles| {
        let (field, claim) = (&roles.field.ident, claims::roles_claim(roles));
        (quote!(self.#field), quote!(claims.#claim))
    });
    let permissions = user.permissions.as_ref().map(|permissions| {
        let (field, claim) = (&permissions.field.ident, claims::permissions_claim(permissions));
        (quote!(self.#field), quote!(claims.#claim))
    });
    Holds {
        private: user.krate.private(),
        ident: &user.ident,
        role: user.roles.as_ref().map(|roles| &roles.role),
        own_permission: user.permissions.as_ref().map(|permissions| &permissions.permission),
        roles,
        permissions,
    }
}

/// Generates what a handler asks the claims. Methods of their own: a trait would have to be imported.
pub(super) fn asked_of_claims(user: &Checked) -> Option<TokenStream> {
    let private = user.krate.private();
    let (ident, claims) = (&user.ident, &user.claims_ident);
    let permission = holds(user).permission()?;
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
