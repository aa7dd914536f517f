//! Prevents a password hash from being shown.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::model::Checked;

/// A hash in a bare `String` is printed by `Debug` and sent by `Serialize`, and a derive cannot see other derives. So a
/// constant asks the type: an inherent item takes precedence over a trait's of the same name if its bounds hold.
pub(super) fn hash_stays_hidden(user: &Checked) -> Option<TokenStream> {
    let password = user.password.as_ref().filter(|password| !password.redacted)?;
    let private = user.krate.private();
    let serde = quote!(#private::serde);
    let (ident, hash) = (&user.ident, &password.field.ty);
    let message = |derived: &str, does: &str| {
        let (user, field) = (user.ident.unraw(), password.field.ident.unraw());
        format!(
            "`{user}` is `{derived}`, which {does} the password hash: give the field `{field}` the type `auth::PasswordHash`, or remove `{derived}`"
        )
    };
    let (debug, serialize) = (message("Debug", "prints"), message("Serialize", "sends"));
    let span = hash.span();
    let debug = quote_spanned! {span=>
        ::core::assert!(!<__Ask<#hash>>::BARE || !<__Ask<#ident>>::DEBUG, #debug);
    };
    let serialize = quote_spanned! {span=>
        ::core::assert!(!<__Ask<#hash>>::BARE || !<__Ask<#ident>>::SERIALIZE, #serialize);
    };
    Some(quote! {
        #[allow(dead_code)]
        const _: () = {
            struct __Ask<T>(T);
            trait __Otherwise {
                const BARE: bool = false;
                const DEBUG: bool = false;
                const SERIALIZE: bool = false;
            }
            impl<T> __Otherwise for __Ask<T> {}
            impl __Ask<::std::string::String> {
                const BARE: bool = true;
            }
            impl __Ask<::core::option::Option<::std::string::String>> {
                const BARE: bool = true;
            }
            impl<T: ::core::fmt::Debug> __Ask<T> {
                const DEBUG: bool = true;
            }
            impl<T: #serde::Serialize> __Ask<T> {
                const SERIALIZE: bool = true;
            }
            #debug
            #serialize
        };
    })
}
