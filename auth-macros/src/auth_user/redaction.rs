//! Prevents a password hash from being shown.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::model::Checked;

/// A hash in a bare `String` is printed by `Debug` and sent by `Serialize`, and a derive cannot see other derives. So a
/// constant asks: the type of the field, whatever it is called, and the user type.
pub(super) fn hash_stays_hidden(user: &Checked) -> Option<TokenStream> {
    let password = user.password.as_ref()?;
    let private = user.krate.private();
    let (ident, hash) = (&user.ident, &password.ty);
    let assert = |derived: &str, does: &str| {
        let (name, field) = (user.ident.unraw(), password.ident.unraw());
        let message = format!(
            "`{name}` is `{derived}`, which {does} the password hash: give the field `{field}` the type `auth::PasswordHash`, or remove `{derived}`"
        );
        let constant = format_ident!("{}", derived.to_uppercase());
        quote_spanned! {hash.span()=>
            ::core::assert!(
                !#private::Shows::<#hash>::HASH || !#private::Shows::<#ident>::#constant,
                #message
            );
        }
    };
    let (debug, serialize) = (assert("Debug", "prints"), assert("Serialize", "sends"));
    Some(quote! {
        const _: () = {
            #[allow(unused_imports)]
            use #private::ShowsNothing as _;
            #debug
            #serialize
        };
    })
}
