//! Checks: requirements made of extractors, for what a token cannot know, such as who wrote a post.
//!
//! A check is a type and a function of the same name. `#[check] fn owns_post` leaves the function unchanged and adds
//! `struct owns_post {}`. That name lives only in the type namespace, so a single `use` imports both. A rule lists its
//! checks as function pointers (`Checks::LIST`); a rule without checks has `type Checks = ()`, and nothing is generated
//! for it.
//!
//! An answer counts only for what it was computed from. A guard asks each check of its rule once, and remembers the
//! answer for the moment when the row is judged by the same rule; another guard asks again, because its state can be
//! another one, and by then the method, the path, or the caller. If the row contradicts the token and a check must run
//! after the guard has finished, it runs on copies of the request and the state that the guard saw. An error is
//! returned at once and never negated; a panic is an error.

use std::future::Future;
use std::pin::Pin;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::IntoResponse;

use crate::base::catch_panic::catch_panic;
use crate::base::error::AuthError;
use crate::http::rejection::Refused;

/// The pending result of a check.
pub type CheckFuture<'a> = Pin<Box<dyn Future<Output = Result<bool, Refused>> + Send + 'a>>;

/// A function with `#[check]`, on routers with the state `S`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a check",
    label = "the rule of this handler asks `{Self}`, which is no function under `#[check]`",
    note = "a check is an `async fn` of extractors that answers `bool` or `Result<bool, E>`, under `#[check]`; requirements are written with their type, as `Role::Admin`"
)]
pub trait Check<S>: Sized + 'static {
    /// Runs the check.
    fn run<'a>(parts: &'a mut Parts, state: &'a S) -> CheckFuture<'a>;
}

/// The [`Check::run`] of one check.
pub type RunCheck<S> = for<'a> fn(&'a mut Parts, &'a S) -> CheckFuture<'a>;

/// The checks of a rule, in the order of their positions in it.
#[diagnostic::on_unimplemented(
    message = "a check in the rule of this handler cannot run on the state `{S}`",
    note = "the arguments of a check are extractors: `User`, `UserClaims`, `Path`, `Query`, `State` of a part of `{S}`; it runs before the body is read"
)]
pub trait Checks<S: 'static>: 'static {
    /// One entry per check.
    const LIST: &'static [RunCheck<S>];
}

/// The checks of a rule that must not have any.
#[diagnostic::on_unimplemented(
    message = "the rule of this route asks a `#[check]`",
    label = "leave the check out, and name permissions: `rule!(Permission::TokensIntrospect, keys)`"
)]
pub trait NoChecks {}

impl NoChecks for () {}

/// Implements it for every number of checks that a rule can have.
macro_rules! checks {
    ($($check:ident)*) => {
        impl<S: 'static, $($check: Check<S>,)*> Checks<S> for ($($check,)*) {
            const LIST: &'static [RunCheck<S>] = &[$(<$check as Check<S>>::run),*];
        }
    };
}

checks!();
checks!(A1);
checks!(A1 A2);
checks!(A1 A2 A3);
checks!(A1 A2 A3 A4);
checks!(A1 A2 A3 A4 A5);
checks!(A1 A2 A3 A4 A5 A6);
checks!(A1 A2 A3 A4 A5 A6 A7);
checks!(A1 A2 A3 A4 A5 A6 A7 A8);
checks!(A1 A2 A3 A4 A5 A6 A7 A8 A9);
checks!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10);
checks!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11);
checks!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12);
checks!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13);
checks!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14);
checks!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15);
checks!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16);

/// Extracts the arguments and calls the function. A panic in it is an error and never admits the caller (HTTP-19).
/// Called by generated code. `A` is the return type of the function, spelled out there so that the compiler underlines
/// it.
///
/// The answer is not kept in the request: another guard can have another state, and by then another method, another
/// path or another caller. A guard keeps the answers of its own rule itself.
pub fn run_check<'a, A: CheckAnswer, F, Args, S>(check: F, parts: &'a mut Parts, state: &'a S) -> CheckFuture<'a>
where
    F: CheckFn<Args, Answer = A> + 'a,
    F::Future: Send,
    Args: FromRequestParts<S> + Send + 'a,
    S: Sync,
{
    Box::pin(async move {
        let asked = async {
            let arguments = Args::from_request_parts(parts, state).await.map_err(refused)?;
            check.call(arguments).await.into_answer()
        };
        catch_panic(asked).await.unwrap_or_else(|| Err(AuthError::internal("a check of a rule panicked").into()))
    })
}

/// The types that a check may return.
#[diagnostic::on_unimplemented(
    message = "a check cannot answer `{Self}`",
    label = "a check answers `bool` or `Result<bool, E>`",
    note = "`Ok(true)` lets the caller in as far as this check goes, `Ok(false)` does not; `Err(e)` is answered at once, and `E` is a response (`IntoResponse`)"
)]
pub trait CheckAnswer {
    /// Converts to yes, no, or the response to return at once.
    fn into_answer(self) -> Result<bool, Refused>;
}

impl CheckAnswer for bool {
    fn into_answer(self) -> Result<bool, Refused> {
        Ok(self)
    }
}

impl<E: IntoResponse> CheckAnswer for Result<bool, E> {
    fn into_answer(self) -> Result<bool, Refused> {
        self.map_err(refused)
    }
}

fn refused(answer: impl IntoResponse) -> Refused {
    let mut response = answer.into_response();
    // A plain text is a 200, and the client would believe that the handler ran.
    if response.status().is_success() {
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    }
    Refused::answered(response)
}

/// A function that can be called with a tuple of arguments.
pub trait CheckFn<Args>: Send {
    /// The output of its future.
    type Answer;
    /// The future that a call returns.
    type Future: Future<Output = Self::Answer>;

    /// Calls the function.
    fn call(self, arguments: Args) -> Self::Future;
}

/// Implements it for every number of arguments that a check can have.
macro_rules! check_fn {
    ($($arg:ident)*) => {
        #[allow(non_snake_case, reason = "one name for the type and the value")]
        impl<Function, Fut: Future, $($arg,)*> CheckFn<($($arg,)*)> for Function
        where
            Function: FnOnce($($arg,)*) -> Fut + Send,
        {
            type Answer = Fut::Output;
            type Future = Fut;

            fn call(self, ($($arg,)*): ($($arg,)*)) -> Fut {
                self($($arg,)*)
            }
        }
    };
}

check_fn!();
check_fn!(A1);
check_fn!(A1 A2);
check_fn!(A1 A2 A3);
check_fn!(A1 A2 A3 A4);
check_fn!(A1 A2 A3 A4 A5);
check_fn!(A1 A2 A3 A4 A5 A6);
check_fn!(A1 A2 A3 A4 A5 A6 A7);
check_fn!(A1 A2 A3 A4 A5 A6 A7 A8);
