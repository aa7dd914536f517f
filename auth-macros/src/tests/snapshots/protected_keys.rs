#[cfg(unix)]
async fn read(_: ::auth::__private::Guard<__auth_policy_read>, caller: KeyCaller<User>) {}
#[cfg(unix)]
#[doc(hidden)]
#[allow(dead_code, non_camel_case_types)]
struct __auth_policy_read;
#[cfg(unix)]
#[automatically_derived]
impl<__U> ::auth::__private::Policy<__U> for __auth_policy_read
where
    __U: ::auth::__private::IsPrincipal,
    __U: ::auth::__private::HasTable,
    __U: ::auth::__private::HasApiKeys,
    Permission: ::auth::__private::Requirement<__U>,
    Role: ::auth::__private::Requirement<__U>,
{
    type Checks = ();
    const RULE: ::auth::__private::Rule<__U> = ::auth::__private::Rule::All(
        &[
            ::auth::__private::Rule::Is(&<Permission>::Read, "Permission::Read"),
            ::auth::__private::Rule::Not(
                &::auth::__private::Rule::Is(&<Role>::Guest, "Role::Guest"),
            ),
        ],
    );
    const LIVE: ::core::primitive::bool = true;
    const KEYS: ::core::primitive::bool = true;
}
#[cfg(unix)]
const _: () = {
    #[allow(unused_imports)]
    use ::auth::__private::NoPermissionAsked as _;
    ::core::assert!(
        ::auth::__private::Asked:: < Permission > ::IS_PERMISSION ||
        ::auth::__private::Asked:: < Role > ::IS_PERMISSION,
        "an API key has permissions, and no roles: name a permission or a check, as in `#[protected(Permission::ReportsRead, keys)]`"
    );
};
#[cfg(unix)]
const _: () = {
    #[allow(unused_imports)]
    use ::auth::__private::NotTheCaller as _;
    ::core::assert!(
        ! ::auth::__private::Argument:: < KeyCaller < User > > ::IS_CLAIMS,
        "an API key has no claims: take `KeyCaller<…>`, a user or a key, in place of `KeyCaller<User>`, or leave out `keys`"
    );
};
