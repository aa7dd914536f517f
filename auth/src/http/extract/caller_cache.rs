//! The verified callers of a request, kept in its extensions for later guards and extractors. What is known about a
//! caller is a type of each user type, which nothing here looks into.

use std::any::Any;
use std::sync::Arc;

use axum::http::request::Parts;

type Erased = Arc<dyn Any + Send + Sync>;

/// One entry for each user type. All of them are in a single value, so that [`without`] finds them whatever their user
/// types are.
#[derive(Clone, Default)]
struct Callers {
    /// Almost always the only one.
    first: Option<Erased>,
    more: Vec<Erased>,
}

/// Returns the caller of the type `T` whom a guard or extractor has verified. Whether that is still who the request
/// comes from is for the reader to find out.
pub(super) fn kept<T: Any + Send + Sync>(parts: &Parts) -> Option<Arc<T>> {
    let Callers { first, more } = parts.extensions.get()?;
    first.iter().chain(more).find_map(|caller| Arc::clone(caller).downcast().ok())
}

/// Keeps the caller, in place of an earlier one of its type.
pub(super) fn keep<T: Any + Send + Sync>(parts: &mut Parts, caller: Arc<T>) {
    let callers: &mut Callers = parts.extensions.get_or_insert_default();
    let Callers { first, more } = callers;
    let Some(first) = first else {
        *first = Some(caller);
        return;
    };
    match std::iter::once(first).chain(&mut *more).find(|other| other.is::<T>()) {
        Some(place) => *place = caller,
        None => more.push(caller),
    }
}

/// Returns a copy of the request without its callers. A caller can own such a copy: with the callers in it, both would
/// own each other and never be freed.
pub(super) fn without(parts: &Parts) -> Parts {
    let mut copy = parts.clone();
    copy.extensions.remove::<Callers>();
    copy
}
