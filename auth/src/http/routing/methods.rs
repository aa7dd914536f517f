use axum::routing::MethodFilter;

use super::declared::{Declared, One, RunsOn, Verb};
use super::route::Route;

/// The handlers of one path, as created by [`get`] and its siblings, and extended by chaining.
#[derive(Debug)]
pub struct Methods<E> {
    endpoints: E,
}

/// One more handler. Part of the type of a chain such as `get(list).post(create)`.
#[derive(Debug)]
pub struct Endpoint<First, Rest> {
    first: First,
    rest: Rest,
}

impl<S, First: RunsOn<S, M>, Rest: RunsOn<S, N>, M, N> RunsOn<S, (M, N)> for Endpoint<First, Rest> {
    fn add(self, path: &str, routes: &mut Vec<Route<S>>) {
        self.rest.add(path, routes);
        self.first.add(path, routes);
    }
}

impl<S, E: RunsOn<S, M>, M: ?Sized> RunsOn<S, M> for Methods<E> {
    fn add(self, path: &str, routes: &mut Vec<Route<S>>) {
        self.endpoints.add(path, routes);
    }
}

impl<E> Methods<E> {
    /// Also handles the methods in `methods`: `MethodFilter::GET.or(MethodFilter::POST)`.
    pub fn on<H: Declared<Args>, Args>(self, methods: MethodFilter, handler: H) -> Methods<Endpoint<One<H, Args>, E>> {
        self.with(One::new(Verb::On(methods), handler))
    }

    /// Also handles every method that nothing else of this path does.
    pub fn any<H: Declared<Args>, Args>(self, handler: H) -> Methods<Endpoint<One<H, Args>, E>> {
        self.with(One::new(Verb::Any, handler))
    }

    fn with<First>(self, first: First) -> Methods<Endpoint<First, E>> {
        Methods { endpoints: Endpoint { first, rest: self.endpoints } }
    }
}

/// Handles the methods in `methods` with a handler marked `#[protected]` or `#[public]`. The table names each method.
pub fn on<H: Declared<Args>, Args>(methods: MethodFilter, handler: H) -> Methods<One<H, Args>> {
    Methods { endpoints: One::new(Verb::On(methods), handler) }
}

/// Handles every method that nothing else of the path does with a handler marked `#[protected]` or `#[public]`.
pub fn any<H: Declared<Args>, Args>(handler: H) -> Methods<One<H, Args>> {
    Methods { endpoints: One::new(Verb::Any, handler) }
}

macro_rules! methods {
    ($($name:ident $filter:ident $text:literal;)*) => {
        $(
            #[doc = concat!("Answers `", $text, "` with a handler under `#[protected]` or `#[public]`.")]
            pub fn $name<H: Declared<Args>, Args>(handler: H) -> Methods<One<H, Args>> {
                on(MethodFilter::$filter, handler)
            }
        )*

        impl<E> Methods<E> {
            $(
                #[doc = concat!("Also answers `", $text, "`.")]
                pub fn $name<H: Declared<Args>, Args>(
                    self,
                    handler: H,
                ) -> Methods<Endpoint<One<H, Args>, E>> {
                    self.on(MethodFilter::$filter, handler)
                }
            )*
        }
    };
}

methods! {
    get GET "GET";
    head HEAD "HEAD";
    post POST "POST";
    put PUT "PUT";
    patch PATCH "PATCH";
    delete DELETE "DELETE";
    options OPTIONS "OPTIONS";
    trace TRACE "TRACE";
}
