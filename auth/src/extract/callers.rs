//! The verified callers of a request, kept in its extensions for later guards and extractors.

use std::any::Any;
use std::sync::Arc;

use axum::http::request::Parts;

use super::caller::Caller;
use crate::user::AuthUser;

type Erased = Arc<dyn Any + Send + Sync>;

/// One entry for each user type. All of them are in a single value, so that [`without`] finds them whatever their user
/// types are.
#[derive(Clone, Default)]
struct Callers {
    /// Almost always the only one.
    first: Option<Erased>,
    more: Vec<Erased>,
}

/// Returns the caller of this user type whom a guard or extractor has verified. Whether that is still who the request
/// comes from is for the reader to find out.
pub(super) fn kept<U: AuthUser>(parts: &Parts) -> Option<Caller<U>> {
    let Callers { first, more } = parts.extensions.get()?;
    first.iter().chain(more).find_map(Caller::from_erased)
}

/// Keeps the caller, in place of an earlier one of this user type.
pub(super) fn keep<U: AuthUser>(parts: &mut Parts, caller: &Caller<U>) {
    let callers: &mut Callers = parts.extensions.get_or_insert_default();
    let Callers { first, more } = callers;
    let Some(first) = first else {
        *first = Some(caller.erased());
        return;
    };
    match std::iter::once(first).chain(&mut *more).find(|other| Caller::<U>::from_erased(other).is_some()) {
        Some(place) => *place = caller.erased(),
        None => more.push(caller.erased()),
    }
}

/// Returns a copy of the request without its callers. A caller can own such a copy: with the callers in it, both would
/// own each other and never be freed.
pub(super) fn without(parts: &Parts) -> Parts {
    let mut copy = parts.clone();
    copy.extensions.remove::<Callers>();
    copy
}
