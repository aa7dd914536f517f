async fn till(
    _: ::web_auth::__private::Guard<
        __auth_policy_till,
        ::web_auth::__private::Of<Staff>,
    >,
    claims: StaffClaims,
) {}
#[doc(hidden)]
#[allow(dead_code, non_camel_case_types)]
struct __auth_policy_till;
#[automatically_derived]
impl ::web_auth::__private::Policy<Staff> for __auth_policy_till {
    type Checks = ();
    const RULE: ::web_auth::__private::Rule<Staff> = ::web_auth::__private::Rule::Is(
        &<Duty>::Till,
        "Duty::Till",
    );
}
