//! Operations whose path is not the one that is served, because the router with the handler is nested below another
//! one: `#[utoipa::path(path = "/stats")]` knows nothing of `/api`.
//!
//! An operation is moved along with its route: the evidence is the path that a route had before it was nested (kept in
//! `About`) and the name of the handler, which is the operation id unless the application chose another one. With two
//! different handlers to choose from it moves nothing, and says so in the log: a description at the wrong route is
//! worse than one at no route. `route_match` repeats axum's choice of a route on templates, for operations below a service,
//! in a fallback, or of `HEAD`.

use utoipa::openapi::path::{Operation, ParameterIn, PathsMap};
use utoipa::openapi::{PathItem, RefOr};

use super::guard::{METHODS, has, slot};
use super::route_match::handles;
use super::template::Template;
use crate::http::routing::{Handler, RouteInfo};

/// Moves operations to where their handlers are served; one that is served in several places goes to each of them. What
/// stays is said in the log if there is more than one place it could belong to.
pub(super) fn to_where_they_are_served(routes: &[RouteInfo], paths: &mut PathsMap<String, PathItem>) {
    let (stray, ids) = (stray(routes, paths), ids(paths));
    let mut moves = Vec::new();
    for (path, method) in stray {
        let Some(operation) = paths.get_mut(&path).and_then(|item| slot(item, method)?.clone()) else { continue };
        let free = routes.iter().filter(|route| is_free(route, method, paths));
        let places = places(free, &path, &operation, &ids);
        match places {
            Places::Here(places) => moves.push((path, method, places)),
            Places::Unclear(candidates) => tracing::warn!(
                target: "auth::openapi", path, method, ?candidates,
                "an OpenAPI operation has a path that no route serves, and several routes match it: the document \
                 keeps it where it is; give it the full path of one of the candidates"
            ),
            Places::None => {}
        }
    }
    for (path, method, places) in moves {
        relocate(paths, &path, method, &places);
    }
}

/// Where an operation belongs.
enum Places {
    None,
    Here(Vec<String>),
    Unclear(Vec<String>),
}

/// Operations at places that no route has.
fn stray(routes: &[RouteInfo], paths: &PathsMap<String, PathItem>) -> Vec<(String, &'static str)> {
    let mut stray = Vec::new();
    for (path, item) in paths {
        let form = Template::of(path).form;
        let mut here = routes.iter().filter(|route| Template::of(&route.path).form == form).peekable();
        let is_served = here.peek().is_some();
        let here: Vec<&RouteInfo> = here.collect();
        for method in METHODS.into_iter().filter(|method| has(item, method)) {
            let answered = here.iter().any(|route| answers(route, method));
            if !(is_served && answered) {
                stray.push((path.clone(), method));
            }
        }
    }
    stray
}

fn answers(route: &RouteInfo, method: &str) -> bool {
    handles(route, method) || (method == "HEAD" && handles(route, "GET"))
}

/// Every operation id, as often as it occurs.
fn ids(paths: &PathsMap<String, PathItem>) -> Vec<String> {
    let mut ids = Vec::new();
    for item in paths.values() {
        for method in METHODS {
            let operation = slot(&mut item.clone(), method).and_then(Option::take);
            ids.extend(operation.and_then(|operation| operation.operation_id));
        }
    }
    ids
}

/// Whether the application has left a route undescribed.
fn is_free(route: &RouteInfo, method: &str, paths: &PathsMap<String, PathItem>) -> bool {
    let form = Template::of(&route.path).form;
    route.about.builtin.is_none()
        && answers(route, method)
        && !paths.iter().any(|(path, item)| has(item, method) && Template::of(path).form == form)
}

/// The evidence: the path that a route had before it was nested, and the name of its handler, which is the operation id
/// unless the application chose another one.
fn places<'a>(free: impl Iterator<Item = &'a RouteInfo>, path: &str, operation: &Operation, ids: &[String]) -> Places {
    let form = Template::of(path).form;
    let id = operation.operation_id.as_deref().unwrap_or_default();
    let (mut by_both, mut by_path, mut by_name) = (Vec::new(), Vec::new(), Vec::new());
    for route in free {
        let inner = route.about.inner.iter().find(|inner| Template::of(inner).form == form);
        let named = name(route.about.handler) == id;
        let place = inner.and_then(|inner| served(route, inner, path));
        match place {
            Some(place) if named => by_both.push((route, place)),
            Some(place) => by_path.push((route, place)),
            None if named => by_name.push((route, Template::of(&route.path).text)),
            None => {}
        }
    }
    let is_only_one = ids.iter().filter(|other| *other == id).count() == 1;
    let found = [Some(by_both), Some(by_path), Some(by_name).filter(|_| is_only_one)].into_iter().flatten();
    let Some(found) = found.into_iter().find(|found| !found.is_empty()) else { return Places::None };
    let mut handlers: Vec<Handler> = found.iter().map(|(route, _)| route.about.handler).collect();
    handlers.dedup();
    let places = found.into_iter().map(|(_, place)| place).collect();
    if handlers.len() == 1 { Places::Here(places) } else { Places::Unclear(places) }
}

/// Returns the path of `route` with the names that the description gives to parameters.
fn served(route: &RouteInfo, inner: &str, described: &str) -> Option<String> {
    let prefix = if inner == "/" { &*route.path } else { route.path.strip_suffix(inner)? };
    let below = if inner == "/" { "" } else { described };
    Some(format!("{}{}", Template::of(prefix).text, Template::of(below).text))
}

/// `stats` for `shop::handlers::stats`.
fn name(handler: Handler) -> &'static str {
    let Handler::Of(handler) = handler else { return "" };
    let path = handler.split('<').next().unwrap_or_default();
    path.rsplit("::").next().unwrap_or_default()
}

fn relocate(paths: &mut PathsMap<String, PathItem>, from: &str, method: &'static str, places: &[String]) {
    let Some(item) = paths.get_mut(from) else { return };
    let Some(mut operation) = slot(item, method).and_then(Option::take) else { return };
    operation.parameters.get_or_insert_default().extend(item.parameters.clone().unwrap_or_default());
    operation.parameters = operation.parameters.filter(|parameters| !parameters.is_empty());
    if !METHODS.into_iter().any(|method| has(item, method)) {
        paths.remove(from);
    }
    for place in places {
        let mut operation = operation.clone();
        keep_parameters_of(place, &mut operation);
        if let Some(slot) = slot(paths.entry(place.clone()).or_default(), method) {
            *slot = Some(operation);
        }
    }
}

/// A parameter that the path does not have makes a document invalid.
fn keep_parameters_of(path: &str, operation: &mut Operation) {
    let names = Template::of(path).parameters;
    if let Some(parameters) = &mut operation.parameters {
        parameters.retain(|parameter| match parameter {
            RefOr::T(parameter) => {
                !matches!(parameter.parameter_in, ParameterIn::Path) || names.contains(&parameter.name)
            }
            RefOr::Ref(_) => true,
        });
    }
}
