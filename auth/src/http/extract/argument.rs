//! Questions of generated code about the arguments of a function and about the names in a rule. A macro sees only how
//! they are spelled; the trait system answers through every alias.

use std::marker::PhantomData;

use axum::extract::FromRequest;
use axum::http::request::Parts;
use axum::middleware::Next;

use super::check::{Check, CheckFuture};
use crate::base::error::AuthError;
use crate::model::permission::AuthPermission;
use crate::model::principal::{Presented, Principal};

/// An argument of a handler or a check. Where an inherent constant applies, it takes precedence; otherwise that of
/// [`ReadsNoBody`] or [`NotTheCaller`] is found. Generated code asserts them.
pub struct Argument<T>(PhantomData<fn() -> T>);

impl<T: FromRequest<()>> Argument<T> {
    /// The argument is an extractor that consumes the request.
    pub const READS_BODY: bool = true;
}

impl Argument<Next> {
    /// The argument is the rest of the request's way: the function is a middleware, which gets the request before it.
    pub const IS_NEXT: bool = true;
}

/// See [`Argument`].
pub trait ReadsNoBody {
    /// The argument does not consume the request.
    const READS_BODY: bool = false;
    /// The argument is not what a middleware ends with.
    const IS_NEXT: bool = false;
}

impl<T> ReadsNoBody for Argument<T> {}

impl<T: Principal> Argument<T> {
    /// The argument is somebody who is signed in, or the claims of somebody who is signed in elsewhere.
    pub const IS_USER: bool = true;
}

impl<T: Presented> Argument<T> {
    /// The argument is what the token of somebody who is signed in says.
    pub const IS_CLAIMS: bool = true;
}

/// See [`Argument`].
pub trait NotTheCaller {
    /// The argument is no user.
    const IS_USER: bool = false;
    /// The argument is no claims of one.
    const IS_CLAIMS: bool = false;
}

impl<T> NotTheCaller for Argument<T> {}

/// A type whose items a rule names. Generated code asks whether they are permissions: the constant here takes precedence
/// over that of [`NoPermissionAsked`].
pub struct Asked<T>(PhantomData<fn() -> T>);

impl<T: AuthPermission> Asked<T> {
    /// The items are permissions.
    pub const IS_PERMISSION: bool = true;
}

/// See [`Asked`].
pub trait NoPermissionAsked {
    /// The items are something else.
    const IS_PERMISSION: bool = false;
}

impl<T> NoPermissionAsked for Asked<T> {}

/// Stands in for the type that `#[check]` would have made of a function. See [`CheckType`].
#[derive(Debug)]
pub struct NoCheck;

impl<S> Check<S> for NoCheck {
    fn run<'a>(_: &'a mut Parts, _: &'a S) -> CheckFuture<'a> {
        Box::pin(async { Err(AuthError::internal("a function without #[check]").into()) })
    }
}

/// Asks whether a name in a rule is that of a check: the constant here takes precedence over that of [`IsCheck`].
pub struct CheckType<T>(PhantomData<fn() -> T>);

impl CheckType<NoCheck> {
    /// It is a function without `#[check]`.
    pub const IS_CHECK: bool = false;
}

/// See [`CheckType`].
pub trait IsCheck {
    /// It is a check, as far as anybody knows.
    const IS_CHECK: bool = true;
}

impl<T> IsCheck for CheckType<T> {}
