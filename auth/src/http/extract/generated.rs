//! What the derives leave to this crate: the extractors, which are the same for every user type and all claims.

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

/// Makes the claims of another issuer arguments of handlers, required and optional.
///
/// ```text
/// claims_extractors! { impl<__S> Employee where { Employee: InState<__S> } }
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! __auth_claims_extractors {
    (impl<$state:ident> $claims:ident where { $($bound:tt)* }) => {
        $crate::__auth_extractor! {
            impl<$state> $claims for $claims where { $($bound)* } { extract_foreign, extract_foreign_opt }
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
