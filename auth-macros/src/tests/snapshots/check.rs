/// Whose?
#[cfg(unix)]
pub(crate) async fn owns(claims: UserClaims, Path(post): Path<i64>) -> Result<bool, E> {
    claims.owns(post).await
}
#[cfg(unix)]
#[doc(hidden)]
#[allow(dead_code, non_camel_case_types, unreachable_pub)]
pub struct owns {}
#[cfg(unix)]
#[automatically_derived]
impl<__S> ::web_auth::__private::Check<__S> for owns
where
    __S: ::core::marker::Send + ::core::marker::Sync,
    UserClaims: ::web_auth::__private::axum::extract::FromRequestParts<__S>,
    Path<i64>: ::web_auth::__private::axum::extract::FromRequestParts<__S>,
{
    fn run<'a>(
        __parts: &'a mut ::web_auth::__private::axum::http::request::Parts,
        __state: &'a __S,
    ) -> ::web_auth::__private::CheckFuture<'a> {
        ::web_auth::__private::run_check::<
            Result<bool, E>,
            _,
            _,
            _,
        >(owns, __parts, __state)
    }
}
#[cfg(unix)]
const _: () = {
    #[allow(unused_imports)]
    use ::web_auth::__private::ReadsNoBody as _;
    ::core::assert!(
        ! ::web_auth::__private::Argument:: < UserClaims > ::READS_BODY,
        "a check decides before the body is read, and this argument reads the body. Take what it needs from the path, the query or the headers, or decide in the handler"
    );
    ::core::assert!(
        ! ::web_auth::__private::Argument:: < Path < i64 > > ::READS_BODY,
        "a check decides before the body is read, and this argument reads the body. Take what it needs from the path, the query or the headers, or decide in the handler"
    );
};
