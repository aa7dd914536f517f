//! Codecs by name, for tokens, bodies and tables.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::model::Checked;

/// Generates the codecs that are not written by hand.
pub(crate) fn codecs(checked: &Checked) -> TokenStream {
    let serde = (!checked.manual.serde).then(|| serde(checked));
    let sqlx = (!checked.manual.sqlx).then(|| sqlx(checked));
    [serde, sqlx].into_iter().flatten().collect()
}

fn serde(checked: &Checked) -> TokenStream {
    let private = checked.krate.private();
    let ident = &checked.ident;
    quote! {
        #[automatically_derived]
        impl #private::serde::Serialize for #ident {
            fn serialize<__S: #private::serde::Serializer>(
                &self,
                serializer: __S,
            ) -> ::core::result::Result<__S::Ok, __S::Error> {
                serializer.serialize_str(#private::NameEnum::name(self))
            }
        }

        #[automatically_derived]
        impl<'de> #private::serde::Deserialize<'de> for #ident {
            fn deserialize<__D: #private::serde::Deserializer<'de>>(
                deserializer: __D,
            ) -> ::core::result::Result<Self, __D::Error> {
                #private::deserialize_name(deserializer)
            }
        }
    }
}

/// The runtime crate turns this into impls if it was built with sqlx.
fn sqlx(checked: &Checked) -> TokenStream {
    let private = checked.krate.private();
    let ident = &checked.ident;
    if let Some(span) = checked.sqlx {
        let (derive, helper) = (checked.kind.derive(), checked.kind.singular());
        let message = format!(
            "`{derive}` makes a column of this enum already: to keep what sqlx makes, write `#[{helper}(manual(sqlx))]`"
        );
        let error = quote_spanned!(span=> ::core::compile_error!(#message););
        return quote!(#private::if_sqlx! { #error });
    }
    quote!(#private::name_codecs! { #ident })
}
