//! What handlers get: the user or the claims, required or optional. Generated code calls one of these per extractor.

use axum::http::request::Parts;

use super::credentials::{authenticate, required};
use crate::rejection::Rejection;
use crate::state::InState;

/// Loads the user.
#[doc(hidden)]
pub async fn extract_user<U: InState<S>, S: Sync>(parts: &mut Parts, state: &S) -> Result<U, Rejection> {
    let auth = U::auth(state);
    let user = match required(parts, &auth).await {
        Ok(caller) => caller.row(parts, &auth).await.cloned(),
        Err(error) => Err(error.into()),
    };
    user.map_err(|refused| auth.inner().reject(refused, parts))
}

/// Loads the user if there are credentials; an invalid token is an error, not an anonymous caller.
#[doc(hidden)]
pub async fn extract_user_opt<U: InState<S>, S: Sync>(parts: &mut Parts, state: &S) -> Result<Option<U>, Rejection> {
    let auth = U::auth(state);
    let user = match authenticate(parts, &auth).await {
        Ok(Some(caller)) => caller.row(parts, &auth).await.cloned().map(Some),
        Ok(None) => Ok(None),
        Err(error) => Err(error.into()),
    };
    user.map_err(|refused| auth.inner().reject(refused, parts))
}

/// Returns the claims of the access token.
#[doc(hidden)]
pub async fn extract_claims<U: InState<S>, S: Sync>(parts: &mut Parts, state: &S) -> Result<U::Claims, Rejection> {
    let auth = U::auth(state);
    let claims = required(parts, &auth).await.map(|caller| caller.claims().clone());
    claims.map_err(|error| auth.inner().reject(error.into(), parts))
}

/// Returns the claims if there are credentials.
#[doc(hidden)]
pub async fn extract_claims_opt<U: InState<S>, S: Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<Option<U::Claims>, Rejection> {
    let auth = U::auth(state);
    let claims = authenticate(parts, &auth).await.map(|caller| caller.map(|caller| caller.claims().clone()));
    claims.map_err(|error| auth.inner().reject(error.into(), parts))
}

/// Makes a user type and its claims arguments of handlers, required and optional. The condition comes from the derive:
/// where it does not hold for any state, all four implementations have one place, and the compiler says it once.
///
/// ```text
/// extractors! { impl<__S> User, UserClaims where { User: InState<__S> } }
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! __auth_extractors {
    (impl<$state:ident> $user:ident, $claims:ident where { $($bound:tt)* }) => {
        $crate::__auth_extractor! {
            impl<$state> $user for $user where { $($bound)* } { extract_user, extract_user_opt }
        }
        $crate::__auth_extractor! {
            impl<$state> $user for $claims where { $($bound)* } { extract_claims, extract_claims_opt }
        }
    };
}

/// Implements axum's traits for one of them.
#[doc(hidden)]
#[macro_export]
macro_rules! __auth_extractor {
    (impl<$state:ident> $user:ident for $target:ident where { $($bound:tt)* } { $required:ident, $optional:ident }) => {
        #[automatically_derived]
        impl<$state> $crate::__private::axum::extract::FromRequestParts<$state> for $target
        where
            $state: ::core::marker::Send + ::core::marker::Sync,
            $($bound)*
        {
            type Rejection = $crate::__private::Rejection;

            async fn from_request_parts(
                parts: &mut $crate::__private::axum::http::request::Parts,
                state: &$state,
            ) -> ::core::result::Result<Self, Self::Rejection> {
                $crate::__private::$required::<$user, $state>(parts, state).await
            }
        }

        #[automatically_derived]
        impl<$state> $crate::__private::axum::extract::OptionalFromRequestParts<$state> for $target
        where
            $state: ::core::marker::Send + ::core::marker::Sync,
            $($bound)*
        {
            type Rejection = $crate::__private::Rejection;

            async fn from_request_parts(
                parts: &mut $crate::__private::axum::http::request::Parts,
                state: &$state,
            ) -> ::core::result::Result<::core::option::Option<Self>, Self::Rejection> {
                $crate::__private::$optional::<$user, $state>(parts, state).await
            }
        }
    };
}
