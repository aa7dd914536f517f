//! Which of its cookies keeps the handle of something that was begun.

/// What a browser has begun and finishes with what was mailed; its handle is in a cookie of its own.
///
/// For [`Auth::handle_cookie`](crate::Auth::handle_cookie) and
/// [`set_handle_cookie`](crate::Auth::set_handle_cookie).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandleCookie {
    /// A sign-in, a sign-up, or a forgotten password: `__Host-user-sign-in`, for a type called `User`.
    SignIn,
    /// A change of address, which goes on while its user signs in again: `__Host-user-address-change`.
    AddressChange,
}
