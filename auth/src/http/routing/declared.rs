//! Two questions about a handler, asked in different places so that each mistake gets its own error message:
//! [`Declared`] (does it say who may call it?) in `get(handler)`, and [`RunsOn`] (can it run here?) in `Routes::route`.
//!
//! `get()` asks one question, `route()` the other. `Declared` (is the first parameter a guard?) and `RunsOn<S>` (can it
//! run with this state?) are two traits. A single trait would tell people with a wrong state to add an attribute that
//! they already have.
//!
//! `route()` puts the bound on the state, not on the route. The bound is `S: Hosts<E>`, which means `E: RunsOn<S>`. In
//! `Routes::new().route(…).route(…)` the state is known only at the end, and the compiler leaves a bound on an unknown type
//! unexamined. The other way round, it examined every route again after each one (a third of the time to check 200
//! routes), and chose the first state from which some `State<Part>` can be extracted.
//!
//! Until then the compiler goes through all bounds that wait for the state again and again, several hundred times a
//! route. So a route has one such bound and not several: everything about a handler is a condition of one trait
//! ([`Fits`]), `route()` has no bounds of its own, and axum's marker of the last parameter, which only the state
//! decides, is not in the type of `get(handler)`, so that this type is complete at once. Together this is a sixth of
//! the time to check 200 routes.

use std::marker::PhantomData;

use axum::extract::{FromRequest, FromRequestParts};
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, MethodRouter, any, on};

use super::answering::Answering;
use super::method_filter::every_method;
use super::route::{Answers, Route, RouteInfo};
use crate::http::extract::{Checks, Guard, Selects};
use crate::policy::Policy;

/// A handler whose first parameter is a [`Guard`]: a function with `#[protected]` or `#[public]`. What else axum asks
/// of it is in [`Fits`].
#[diagnostic::on_unimplemented(
    message = "this handler does not say who may call it",
    label = "put `#[protected]` or `#[public]` on this function",
    note = "`#[protected]`: signed in; `#[protected(Role::Admin)]`: with a role; `#[public]`: open to everybody",
    note = "a closure cannot carry an attribute: make an `async fn` of it"
)]
pub trait Declared<Args>: Sized {}

/// Parameters with which the handler `H` can run on the state `S`; `M` is axum's marker for the last parameter.
///
/// These are the conditions of axum's `Handler`, and that the rule can be asked about the users of the state. axum's
/// trait has an implementation for every number of parameters, so the compiler can only say that none of them fits.
/// Of a tuple of parameters there is one, and the compiler says which of its conditions does not hold. The trait is
/// on the parameters and not on the handler: those of a handler that does not say who may call it are unknown, and
/// the compiler says nothing more about it.
pub trait Fits<H, S, M: ?Sized> {
    /// Makes it answer these methods; its errors are answered by the handle in the state.
    fn on(handler: H, methods: MethodFilter) -> MethodRouter<S>;
    /// Makes it answer every method.
    fn any(handler: H) -> MethodRouter<S>;
    /// Says who may call it.
    fn info(methods: MethodFilter, path: &str) -> RouteInfo;
}

/// A declared handler that can run on a router with the state `S`, with the markers `M` of its last parameters.
#[diagnostic::on_unimplemented(
    message = "this is no `get(…)`, `post(…)`, … of handlers that say who may call them",
    label = "not of `auth::routing`",
    note = "write `use auth::routing::{{get, post}};` in place of axum's functions of these names"
)]
pub trait RunsOn<S, M: ?Sized> {
    /// Adds it to `routes`.
    fn add(self, path: &str, routes: &mut Vec<Route<S>>);
}

/// [`RunsOn`] with the types swapped. The state of `Routes::new()` is known only at the end of a chain of routes. A
/// bound *on* a type that is still unknown is simply deferred, whereas `E: RunsOn<S>` would be examined again after
/// every route (a third of the time to check a big router), and would infer the first state that some argument can be
/// extracted from.
pub trait Hosts<E, M: ?Sized>: Sized {
    /// Adds `methods` to `routes`.
    fn host(methods: E, path: &str, routes: &mut Vec<Route<Self>>);
}

impl<S, E: RunsOn<S, M>, M: ?Sized> Hosts<E, M> for S {
    fn host(methods: E, path: &str, routes: &mut Vec<Route<S>>) {
        methods.add(path, routes);
    }
}

/// What a handler responds to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Verb {
    /// Requests with these methods.
    On(MethodFilter),
    /// Requests with any method that nothing else of the path handles.
    Any,
    /// Requests to any path that nothing else handles.
    Fallback,
}

/// One handler for some methods.
#[derive(Debug)]
pub struct One<H, Args> {
    verb: Verb,
    handler: H,
    arguments: PhantomData<fn() -> Args>,
}

impl<H, Args> One<H, Args> {
    pub(super) const fn new(verb: Verb, handler: H) -> Self {
        Self { verb, handler, arguments: PhantomData }
    }
}

impl<S, H, Args, M> RunsOn<S, M> for One<H, Args>
where
    Args: Fits<H, S, M>,
    M: ?Sized,
{
    fn add(self, path: &str, routes: &mut Vec<Route<S>>) {
        let (methods, answers) = match self.verb {
            Verb::On(methods) => (methods, Answers::Methods(Args::on(self.handler, methods))),
            Verb::Any => (every_method(), Answers::Any(Args::any(self.handler))),
            Verb::Fallback => (every_method(), Answers::Fallback(Args::any(self.handler))),
        };
        let mut info = Args::info(methods, path);
        info.about.handled_by::<H>();
        routes.push(Route { info, answers });
    }
}

/// Implements the traits for every number of parameters that axum supports. All but the last leave the body alone.
macro_rules! declare {
    () => {
        declare!(impl [] [] Guard<P, Select>);
    };
    ([$($early:ident)*] $last:ident) => {
        declare!(impl [Guard<P, Select>, $($early,)*] [$($early,)* $last,] $last);
    };
    (impl [$($early:ty,)*] [$($arg:ident,)*] $last:ty) => {
        impl<H, Fut, P, Select, $($arg,)*> Declared<(Guard<P, Select>, $($arg,)*)> for H
        where
            H: FnOnce(Guard<P, Select>, $($arg,)*) -> Fut,
        {
        }

        impl<H, Fut, P, Select, S, Marker, $($arg,)*> Fits<H, S, Marker> for (Guard<P, Select>, $($arg,)*)
        where
            H: FnOnce(Guard<P, Select>, $($arg,)*) -> Fut + Clone + Send + Sync + 'static,
            Fut: Future<Output: IntoResponse> + Send,
            S: Clone + Send + Sync + 'static,
            Select: Selects<S>,
            P: Policy<Select::User, Checks: Checks<S>>,
            $($early: FromRequestParts<S> + Send + 'static,)*
            $last: FromRequest<S, Marker> + Send + 'static,
            Marker: 'static,
        {
            fn on(handler: H, methods: MethodFilter) -> MethodRouter<S> {
                let handler = Answering::new::<Select>(handler);
                on::<_, (Marker, Guard<P, Select>, $($arg,)*), S>(methods, handler)
            }

            fn any(handler: H) -> MethodRouter<S> {
                let handler = Answering::new::<Select>(handler);
                any::<_, (Marker, Guard<P, Select>, $($arg,)*), S>(handler)
            }

            fn info(methods: MethodFilter, path: &str) -> RouteInfo {
                RouteInfo::of(methods, path, <P as Policy<Select::User>>::ACCESS)
            }
        }
    };
}

declare!();
declare!([] A);
declare!([A] B);
declare!([A B] C);
declare!([A B C] D);
declare!([A B C D] E);
declare!([A B C D E] F);
declare!([A B C D E F] G);
declare!([A B C D E F G] I);
declare!([A B C D E F G I] J);
declare!([A B C D E F G I J] K);
declare!([A B C D E F G I J K] L);
declare!([A B C D E F G I J K L] M);
declare!([A B C D E F G I J K L M] N);
declare!([A B C D E F G I J K L M N] O);
declare!([A B C D E F G I J K L M N O] Q);
