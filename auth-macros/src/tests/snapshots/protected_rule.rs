#[cfg(unix)]
#[axum::debug_handler(state = App)]
pub(crate) async fn r#match<T: Load>(
    _: ::auth::__private::Guard<__auth_policy_match>,
    Path(id): Path<i64>,
    body: T,
) -> Result<String, T::Error>
where
    T::Error: IntoResponse,
{
    Ok(id.to_string())
}
#[cfg(unix)]
#[doc(hidden)]
#[allow(dead_code, non_camel_case_types)]
pub(crate) struct __auth_policy_match;
#[cfg(unix)]
#[automatically_derived]
impl<__U> ::auth::__private::Policy<__U> for __auth_policy_match
where
    __U: ::auth::__private::IsPrincipal,
    __U: ::auth::__private::HasTable,
    Role: ::auth::__private::Requirement<__U>,
    app::Fresh: ::auth::__private::Requirement<__U>,
{
    type Checks = ();
    const RULE: ::auth::__private::Rule<__U> = ::auth::__private::Rule::All(
        &[
            ::auth::__private::Rule::Any(
                &[
                    ::auth::__private::Rule::Is(&<Role>::Admin, "Role::Admin"),
                    ::auth::__private::Rule::Not(
                        &::auth::__private::Rule::Is(&<Role>::Guest, "Role::Guest"),
                    ),
                ],
            ),
            ::auth::__private::Rule::Is(
                &<app::Fresh>::minutes(5),
                "app::Fresh::minutes(5)",
            ),
        ],
    );
    const LIVE: ::core::primitive::bool = true;
}
#[cfg(unix)]
const _: &(dyn ::core::marker::Send + ::core::marker::Sync) = &<app::Fresh>::minutes(5);
