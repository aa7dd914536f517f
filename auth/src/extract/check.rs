//! Checks: requirements made of extractors, for what a token cannot know, such as who wrote a post.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::IntoResponse;

use crate::caught::caught;
use crate::claims::Claims;
use crate::error::AuthError;
use crate::policy::Answers;
use crate::rejection::Refused;
use crate::user::AuthUser;

/// The pending result of a check.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<bool, Refused>> + Send + 'a>>;

/// A function with `#[check]`, on routers with the state `S`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a check",
    label = "the rule of this handler asks `{Self}`, which is no function under `#[check]`",
    note = "a check is an `async fn` of extractors that answers `bool` or `Result<bool, E>`, under `#[check]`; requirements are written with their type, as `Role::Admin`"
)]
pub trait Check<S>: Sized + 'static {
    /// Runs the check.
    fn ask<'a>(parts: &'a mut Parts, state: &'a S) -> Answering<'a>;
}

/// The [`Check::ask`] of one check.
pub type Ask<S> = for<'a> fn(&'a mut Parts, &'a S) -> Answering<'a>;

/// The checks of a rule, in the order of their positions in it.
#[diagnostic::on_unimplemented(
    message = "a check in the rule of this handler cannot run on the state `{S}`",
    note = "the arguments of a check are extractors: `User`, `UserClaims`, `Path`, `Query`, `State` of a part of `{S}`; it runs before the body is read"
)]
pub trait Checks<S: 'static>: 'static {
    /// One entry per check.
    const LIST: &'static [Ask<S>];
}

impl<S: 'static> Checks<S> for () {
    const LIST: &'static [Ask<S>] = &[];
}

/// The checks of a rule together with the state they need, with its type erased: when the row is loaded after the
/// guard, the rule is evaluated again, and may need checks that did not run before.
pub(super) trait Asker: Send + Sync {
    fn ask<'a>(&'a self, place: usize, parts: &'a mut Parts) -> Answering<'a>;
}

struct Asking<C, S> {
    state: S,
    checks: PhantomData<fn() -> C>,
}

impl<C: Checks<S>, S: Send + Sync + 'static> Asker for Asking<C, S> {
    fn ask<'a>(&'a self, place: usize, parts: &'a mut Parts) -> Answering<'a> {
        put::<C, S>(place, parts, &self.state)
    }
}

/// Keeps the checks with a copy of the state; `None` if there are none.
pub(super) fn asker<C: Checks<S>, S: Clone + Send + Sync + 'static>(state: &S) -> Option<Arc<dyn Asker>> {
    if C::LIST.is_empty() {
        return None;
    }
    Some(Arc::new(Asking::<C, S> { state: state.clone(), checks: PhantomData }))
}

/// Runs the check at `place`.
pub(super) fn put<'a, C: Checks<S>, S: 'static>(place: usize, parts: &'a mut Parts, state: &'a S) -> Answering<'a> {
    // A result that cannot be recorded would be asked for endlessly.
    match C::LIST.get(place).filter(|_| place < Answers::MOST) {
        Some(ask) => ask(parts, state),
        None => Box::pin(async move { Err(AuthError::internal(format!("the rule has no check {place}")).into()) }),
    }
}

/// The result of the check `C` for this URI and this caller. If a layer or another rule runs the check again, it gets
/// the same result. A router nested as a service sees a different URI, with different parameters, and runs it anew.
struct Answered<C>(bool, Uri, Turn, PhantomData<fn() -> C>);

impl<C> Clone for Answered<C> {
    fn clone(&self) -> Self {
        Self(self.0, self.1.clone(), self.2, PhantomData)
    }
}

/// How often the caller of this request was replaced by that of another handle.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Turn(usize);

fn turn(parts: &Parts) -> Turn {
    parts.extensions.get().copied().unwrap_or_default()
}

/// Discards earlier results of checks, because they were about another caller.
pub(super) fn forget(parts: &mut Parts) {
    let Turn(before) = turn(parts);
    parts.extensions.insert(Turn(before.wrapping_add(1)));
}

/// Extracts the arguments and calls the function, once per request. A panic in it is an error and never admits the
/// caller (HTTP-19). Called by generated code. `A` is the return type of the function, spelled out there so that the
/// compiler underlines it.
pub fn ask_once<'a, C: 'static, A: CheckAnswer, F, Args, S>(
    check: F,
    parts: &'a mut Parts,
    state: &'a S,
) -> Answering<'a>
where
    F: CheckFn<Args, Answer = A> + 'a,
    F::Asked: Send,
    Args: FromRequestParts<S> + Send + 'a,
    S: Sync,
{
    Box::pin(async move {
        if let Some(Answered(answer, uri, at, _)) = parts.extensions.get::<Answered<C>>()
            && (uri, *at) == (&parts.uri, turn(parts))
        {
            return Ok(*answer);
        }
        let asked = async {
            let arguments = Args::from_request_parts(parts, state).await.map_err(refused)?;
            check.call(arguments).await.into_answer()
        };
        let answer = caught(asked).await.unwrap_or_else(|| Err(AuthError::internal("a check panicked").into()))?;
        parts.extensions.insert(Answered::<C>(answer, parts.uri.clone(), turn(parts), PhantomData));
        Ok(answer)
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
    type Asked: Future<Output = Self::Answer>;

    /// Calls the function.
    fn call(self, arguments: Args) -> Self::Asked;
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
            type Asked = Fut;

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

/// Asks the trait system about an argument, through every alias: the inherent constants below take precedence where
/// they apply; otherwise those of [`ReadsNoBody`] and [`NeedsNobody`] are found. Generated code asserts them.
pub struct Argument<T>(PhantomData<fn() -> T>);

impl<T: FromRequest<()>> Argument<T> {
    /// The argument is an extractor that consumes the request.
    pub const READS_BODY: bool = true;
}

/// See [`Argument`].
pub trait ReadsNoBody {
    /// The argument does not consume the request.
    const READS_BODY: bool = false;
}

impl<T> ReadsNoBody for Argument<T> {}

impl<T: AuthUser> Argument<T> {
    /// The argument is somebody who is signed in.
    pub const IS_USER: bool = true;
}

impl<T: Claims> Argument<T> {
    /// The argument is what the token of somebody who is signed in says.
    pub const IS_CLAIMS: bool = true;
}

/// See [`Argument`].
pub trait NeedsNobody {
    /// The argument is no user.
    const IS_USER: bool = false;
    /// The argument is no claims of one.
    const IS_CLAIMS: bool = false;
}

impl<T> NeedsNobody for Argument<T> {}
