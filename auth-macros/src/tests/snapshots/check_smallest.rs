async fn r#match() -> Result<bool, impl IntoResponse> {
    Ok(true)
}
#[doc(hidden)]
#[allow(dead_code, non_camel_case_types, unreachable_pub)]
pub struct r#match {}
#[automatically_derived]
impl<__S> ::auth::__private::Check<__S> for r#match
where
    __S: ::core::marker::Send + ::core::marker::Sync,
{
    fn run<'a>(
        __parts: &'a mut ::auth::__private::axum::http::request::Parts,
        __state: &'a __S,
    ) -> ::auth::__private::CheckFuture<'a> {
        ::auth::__private::run_check::<_, _, _, _>(r#match, __parts, __state)
    }
}
