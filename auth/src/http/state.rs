//! The router's state determines which user type a router is about.

use std::sync::Arc;

use axum::extract::FromRef;

use crate::auth::Auth;
use crate::http::extract::Gate;
use crate::issuer::Issuer;
use crate::model::foreign::{AuthClaims, ReadClaims};
use crate::model::principal::Principal;
use crate::model::user::AuthUser;

/// A router state with a known user type.
///
/// [`Auth<User>`](Auth) implements it. For a state of your own, derive axum's `FromRef`, so that the [`Auth`] in it can
/// be found, and implement this trait to say which user type `#[protected]` means when it names none:
///
/// ```
/// # #[cfg(feature = "macros")] {
/// # use auth::{Auth, AuthUser, PasswordHash};
/// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
/// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash }
/// use auth::AuthState;
/// use axum::extract::FromRef;
///
/// #[derive(Clone)]
/// struct App {
///     auth: Auth<User>,
///     greeting: &'static str,
/// }
///
/// impl AuthState for App {
///     type User = User;
/// }
/// impl FromRef<App> for Auth<User> {          // or `#[derive(FromRef)]` on `App`, with axum's feature `macros`
///     fn from_ref(app: &App) -> Self {
///         app.auth.clone()
///     }
/// }
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "the state `{Self}` does not say who its users are",
    label = "this router's state is `{Self}`",
    note = "add `impl auth::AuthState for {Self} {{ type User = YourUser; }}`, and `#[derive(axum::extract::FromRef)]` on it with a field of type `auth::Auth<YourUser>`"
)]
pub trait AuthState: Sized {
    /// The user type of handlers that do not name one.
    type User: InState<Self>;
}

/// A user type whose handle can be found in the state `S`.
#[diagnostic::on_unimplemented(
    message = "nothing in the state `{S}` verifies tokens of `{Self}`",
    label = "this asks for a `{Self}`",
    note = "add a field of type `auth::Auth<{Self}>` to `{S}` (or `auth::issuer::Issuer<{Self}>`, for claims of another issuer), and `#[derive(Clone, axum::extract::FromRef)]` on it"
)]
pub trait InState<S>: Principal {
    /// What verifies their tokens: [`Auth`] of this type, or [`Issuer`].
    type Gate: Gate<Of = Self>;

    /// Returns the handle.
    fn gate(state: &S) -> Self::Gate;
}

#[diagnostic::do_not_recommend]
impl<U: AuthUser, S> InState<S> for U
where
    Auth<U>: FromRef<S>,
{
    type Gate = Auth<U>;

    fn gate(state: &S) -> Auth<U> {
        Auth::from_ref(state)
    }
}

impl<U: AuthUser> AuthState for Auth<U> {
    type User = U;
}

impl<P: AuthClaims + InState<Self>> AuthState for Issuer<P> {
    type User = P;
}

/// Asked whether a router without a state has one. A type of its own, because the compiler would leave out what
/// [`GivenState`] says if that were asked of `()`.
#[derive(Debug)]
pub struct NoState;

/// What a router without a state lacks. Nothing implements this: it exists for what the compiler says.
#[diagnostic::on_unimplemented(
    message = "this router has no state: write `.into_router().with_state(auth)`",
    label = "these routes find their users in the state of the router, which is `()`",
    note = "a function that returns such routes has the state in its type: `-> Routes<Auth<User>>`",
    note = "`#[axum::debug_handler]` asks for it: `#[axum::debug_handler(state = auth::Auth<User>)]`"
)]
pub trait GivenState {
    /// The user type of the state.
    type User: AuthUser;
    /// Returns the handle in the state.
    fn auth<U: AuthUser>() -> Auth<U>;
}

// A condition that never holds is allowed if it has a lifetime of its own.
#[doc(hidden)]
impl AuthState for ()
where
    for<'never> NoState: GivenState,
{
    type User = <NoState as GivenState>::User;
}

#[doc(hidden)]
impl<U: AuthUser> FromRef<()> for Auth<U>
where
    for<'never> NoState: GivenState,
{
    fn from_ref((): &()) -> Self {
        NoState::auth()
    }
}

impl<T: AuthState> AuthState for Arc<T>
where
    T::User: InState<Self>,
{
    type User = T::User;
}

#[diagnostic::do_not_recommend]
impl<T, U: AuthUser> FromRef<Arc<T>> for Auth<U>
where
    Self: FromRef<T>,
{
    fn from_ref(state: &Arc<T>) -> Self {
        Self::from_ref(&**state)
    }
}

#[diagnostic::do_not_recommend]
impl<T, P: ReadClaims> FromRef<Arc<T>> for Issuer<P>
where
    Self: FromRef<T>,
{
    fn from_ref(state: &Arc<T>) -> Self {
        Self::from_ref(&**state)
    }
}
