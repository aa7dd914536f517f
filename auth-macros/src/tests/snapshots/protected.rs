/// Me.
pub async fn me(_: ::auth::__private::Guard<__auth_policy_me>, user: User) -> String {
    user.name
}
#[doc(hidden)]
#[allow(dead_code, non_camel_case_types)]
pub struct __auth_policy_me;
#[automatically_derived]
impl<__U> ::auth::__private::Policy<__U> for __auth_policy_me
where
    __U: ::auth::__private::AuthUser,
{
    type Checks = ();
    const ACCESS: &'static ::auth::__private::Access<__U> = &::auth::__private::Access::Protected {
        rule: ::auth::__private::Rule::SignedIn,
        live: false,
        hidden: false,
    };
}
