/// Me.
pub async fn me(
    _: ::auth::__private::Guard<::auth::__private::SignedIn>,
    user: User,
) -> String {
    user.name
}
