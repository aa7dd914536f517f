async fn health(_: ::auth::__private::Guard<__auth_policy_health>) -> &'static str {
    "ok"
}
#[doc(hidden)]
#[allow(dead_code, non_camel_case_types)]
struct __auth_policy_health;
#[automatically_derived]
impl<__U> ::auth::__private::Policy<__U> for __auth_policy_health
where
    __U: ::auth::__private::IsPrincipal,
{
    type Checks = ();
    const ACCESS: &'static ::auth::__private::Access<__U> = &::auth::__private::Access::Public {
        reason: ::core::option::Option::Some("health probe"),
    };
}
