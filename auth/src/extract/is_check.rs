//! What to say when a rule asks a function that is not under `#[check]`.
//!
//! Such a function has no type of its name, and the compiler would say "expected type, found function". So a rule imports
//! the name, beside [`no_checks`], whose types stand in for those that are missing and are no checks.

use axum::http::request::Parts;

use super::check::{Answering, Check};

/// A function under `#[check]`; `F` is the type of the function itself.
#[diagnostic::on_unimplemented(
    message = "this rule asks something that is not a check",
    label = "put `#[check]` on this function",
    note = "a check is an `async fn` of extractors that answers `bool` or `Result<bool, E>`, under `#[check]`; requirements are written with their type, as `Role::Admin`"
)]
pub trait IsCheck<F> {}

/// Compiles for checks only.
pub const fn is_check<T: IsCheck<F>, F>(_: &F) {}

/// Stands in for a check. It is asked nowhere, since it does not compile.
#[derive(Debug)]
pub struct NoCheck;

/// Where there is no such function either (a slip in its name), the compiler has said so; nothing about checks then.
impl IsCheck<NoCheck> for NoCheck {}
/// Beside the other, so that the compiler cannot take one of them for the only one that may be meant.
impl IsCheck<()> for NoCheck {}

/// One complaint is enough: where the rule is, not once more where the route is.
impl<S> Check<S> for NoCheck {
    fn ask<'a>(_: &'a mut Parts, _: &'a S) -> Answering<'a> {
        Box::pin(async { Ok(false) })
    }
}

/// One for each check that a rule can have. An import of that name takes the place of the type if it brings one.
pub mod no_checks {
    pub use super::NoCheck as __check0;
    pub use super::NoCheck as __check1;
    pub use super::NoCheck as __check2;
    pub use super::NoCheck as __check3;
    pub use super::NoCheck as __check4;
    pub use super::NoCheck as __check5;
    pub use super::NoCheck as __check6;
    pub use super::NoCheck as __check7;
    pub use super::NoCheck as __check8;
    pub use super::NoCheck as __check9;
    pub use super::NoCheck as __check10;
    pub use super::NoCheck as __check11;
    pub use super::NoCheck as __check12;
    pub use super::NoCheck as __check13;
    pub use super::NoCheck as __check14;
    pub use super::NoCheck as __check15;
}
