#[cfg(unix)]
pub async fn edit(_: ::auth::__private::Guard<__auth_policy_edit>, body: String) {}
#[cfg(unix)]
#[doc(hidden)]
#[allow(dead_code, non_camel_case_types)]
pub struct __auth_policy_edit;
#[cfg(unix)]
#[allow(unused_qualifications)]
#[automatically_derived]
impl<__U> ::auth::__private::Policy<__U> for __auth_policy_edit
where
    __U: ::auth::__private::IsPrincipal,
    Role: ::auth::__private::Requirement<__U>,
{
    type Checks = (posts::owns, is_locked);
    const RULE: ::auth::__private::Rule<__U> = ::auth::__private::Rule::Any(
        &[
            ::auth::__private::Rule::Is(&<Role>::Admin, "Role::Admin"),
            ::auth::__private::Rule::All(
                &[
                    ::auth::__private::Rule::Check(0usize, "posts::owns"),
                    ::auth::__private::Rule::Not(
                        &::auth::__private::Rule::Check(1usize, "is_locked"),
                    ),
                ],
            ),
            ::auth::__private::Rule::All(
                &[
                    ::auth::__private::Rule::Check(1usize, "is_locked"),
                    ::auth::__private::Rule::Is(&<Role>::Clerk, "Role::Clerk"),
                ],
            ),
        ],
    );
    const HIDDEN: ::core::primitive::bool = true;
}
