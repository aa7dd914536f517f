use std::marker::PhantomData;

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

impl<S> RunsOn<S> for () {
    fn add(self, _path: &str, _routes: &mut Vec<Route<S>>) {}
}

impl<S, First: RunsOn<S>, Rest: RunsOn<S>> RunsOn<S> for Endpoint<First, Rest> {
    fn add(self, path: &str, routes: &mut Vec<Route<S>>) {
        self.rest.add(path, routes);
        self.first.add(path, routes);
    }
}

impl<S, E: RunsOn<S>> RunsOn<S> for Methods<E> {
    fn add(self, path: &str, routes: &mut Vec<Route<S>>) {
        self.endpoints.add(path, routes);
    }
}

impl<E> Methods<E> {
    /// Also handles the methods in `methods`: `MethodFilter::GET.or(MethodFilter::POST)`.
    pub fn on<H: Declared<Args>, Args, M>(
        self,
        methods: MethodFilter,
        handler: H,
    ) -> Methods<Endpoint<One<H, Args, M>, E>> {
        self.with(Verb::On(methods), handler)
    }

    /// Also handles every method that nothing else of this path does.
    pub fn any<H: Declared<Args>, Args, M>(self, handler: H) -> Methods<Endpoint<One<H, Args, M>, E>> {
        self.with(Verb::Any, handler)
    }

    fn with<H: Declared<Args>, Args, M>(self, verb: Verb, handler: H) -> Methods<Endpoint<One<H, Args, M>, E>> {
        let first = One { verb, handler, shape: PhantomData };
        Methods { endpoints: Endpoint { first, rest: self.endpoints } }
    }
}

/// Handles the methods in `methods` with a handler marked `#[protected]` or `#[public]`. The table names each method.
pub fn on<H: Declared<Args>, Args, M>(methods: MethodFilter, handler: H) -> Methods<Endpoint<One<H, Args, M>, ()>> {
    Methods { endpoints: () }.on(methods, handler)
}

/// Handles every method that nothing else of the path does with a handler marked `#[protected]` or `#[public]`.
pub fn any<H: Declared<Args>, Args, M>(handler: H) -> Methods<Endpoint<One<H, Args, M>, ()>> {
    Methods { endpoints: () }.any(handler)
}

macro_rules! methods {
    ($($name:ident $filter:ident $text:literal;)*) => {
        $(
            #[doc = concat!("Answers `", $text, "` with a handler under `#[protected]` or `#[public]`.")]
            pub fn $name<H: Declared<Args>, Args, M>(handler: H) -> Methods<Endpoint<One<H, Args, M>, ()>> {
                Methods { endpoints: () }.on(MethodFilter::$filter, handler)
            }
        )*

        impl<E> Methods<E> {
            $(
                #[doc = concat!("Also answers `", $text, "`.")]
                pub fn $name<H: Declared<Args>, Args, M>(self, handler: H) -> Methods<Endpoint<One<H, Args, M>, E>> {
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
