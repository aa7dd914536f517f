//! Macros.
mod auth_role;
mod auth_user;
mod case;
mod diagnostics;
mod item_fn;
mod path;
mod protected;
mod slot;
mod types;
mod words;

use diagnostics::Diagnostics;
use proc_macro::TokenStream;

/// AuthUser
#[proc_macro_derive(AuthUser, attributes(auth))]
pub fn derive_auth_user(item: TokenStream) -> TokenStream {
    drive(|diagnostics| auth_user::derive(item.into(), diagnostics))
}

/// AuthRole
#[proc_macro_derive(AuthRole, attributes(role))]
pub fn derive_auth_role(item: TokenStream) -> TokenStream {
    drive(|diagnostics| auth_role::derive(item.into(), diagnostics))
}

/// protected
#[proc_macro_attribute]
pub fn protected(args: TokenStream, item: TokenStream) -> TokenStream {
    drive(|diagnostics| protected::expand(protected::Attribute::Protected, args.into(), item.into(), diagnostics))
}

/// public
#[proc_macro_attribute]
pub fn public(args: TokenStream, item: TokenStream) -> TokenStream {
    drive(|diagnostics| protected::expand(protected::Attribute::Public, args.into(), item.into(), diagnostics))
}

/// Runs one macro: what it made, and every mistake it found.
fn drive(expand: impl FnOnce(&mut Diagnostics) -> proc_macro2::TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let tokens = expand(&mut diagnostics);
    diagnostics.beside(tokens).into()
}
