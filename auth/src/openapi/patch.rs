//! Matches routes with the document, by method and path.

use utoipa::openapi::path::{Operation, PathsMap};
use utoipa::openapi::{Components, OpenApi, PathItem, ResponseBuilder};

use super::schemes::Schemes;
use super::template::Template;
use super::{OperationKey, builtin, guard, ids, nested, route_match};
use crate::http::routing::RouteInfo;

pub(super) fn patch(routes: &[RouteInfo], mut document: OpenApi) -> OpenApi {
    let mut components = document.components.take().unwrap_or_default();
    let schemes = Schemes::register(routes, &mut components);
    let paths = &mut document.paths.paths;
    without_wildcards(paths);
    nested::to_where_they_are_served(routes, paths);
    let mut answered: Vec<OperationKey> = Vec::new();
    // Routes for `ANY` method come after routes for one.
    let (any, named): (Vec<_>, Vec<_>) = routes.iter().partition(|route| route.answers_any());
    for route in named.into_iter().chain(any) {
        let template = Template::of(&route.path);
        for method in &route.about.methods {
            let path = place(paths, &template, method);
            let names = Template::of(&path).parameters;
            if route.answers_any() && !paths.contains_key(&path) {
                continue;
            }
            let item = paths.entry(path.clone()).or_default();
            let Some(slot) = guard::slot(item, method) else { continue };
            // Eight undescribed operations would say nothing, so for such a route only the existing operations are
            // guarded.
            if route.answers_any() && (slot.is_none() || answered.contains(&(path.clone(), *method))) {
                continue;
            }
            let operation = slot.get_or_insert_with(|| undescribed(route, &schemes, &mut components));
            guard::add(operation, method, route, &schemes, &mut components);
            guard::parameters(item, method, &names, &components);
            answered.push((path, *method));
        }
    }
    for (path, method) in unanswered(paths, &answered) {
        let Some(route) = route_match::answering(routes, &path, method) else { continue };
        let names = Template::of(&path).parameters;
        let Some(item) = paths.get_mut(&path) else { continue };
        if let Some(Some(operation)) = guard::slot(item, method) {
            guard::add(operation, method, route, &schemes, &mut components);
        }
        guard::parameters(item, method, &names, &components);
        answered.push((path, method));
    }
    ids::make_unique(paths, &answered);
    document.components = Some(components).filter(|components| *components != Components::default());
    document
}

/// Operations that no route has as its own: those of `HEAD` that `GET` answers, those at one path of a parameter, and
/// those below a service or in a fallback. What guards these is what guards them.
fn unanswered(paths: &PathsMap<String, PathItem>, answered: &[OperationKey]) -> Vec<OperationKey> {
    let methods = |(path, item): (&String, &PathItem)| {
        guard::METHODS
            .into_iter()
            .filter(|method| guard::has(item, method))
            .map(|method| (path.clone(), method))
            .collect()
    };
    let all: Vec<Vec<OperationKey>> = paths.iter().map(methods).collect();
    all.into_iter().flatten().filter(|place| !answered.contains(place)).collect()
}

/// Renames axum's `{*rest}` to `{rest}`, because a document has no wildcards.
pub(super) fn without_wildcards(paths: &mut PathsMap<String, PathItem>) {
    let wild: Vec<String> = paths.keys().filter(|path| path.contains("{*")).cloned().collect();
    for path in wild {
        if let Some(item) = paths.remove(&path) {
            paths.entry(Template::of(&path).text).or_default().merge_operations(item);
        }
    }
}

/// Returns the path in the document that matches: names of parameters may differ, also between methods.
fn place(paths: &PathsMap<String, PathItem>, template: &Template, method: &str) -> String {
    let same = |path: &&String| Template::of(path).form == template.form;
    let described = paths.iter().filter(|(path, _)| same(path)).find(|(_, item)| guard::has(item, method));
    let by_name = || paths.keys().find(|path| **path == template.text);
    let by_form = || paths.keys().find(same);
    let found = described.map(|(path, _)| path).or_else(by_name).or_else(by_form);
    found.unwrap_or(&template.text).clone()
}

/// Creates an operation for a route that is not described.
fn undescribed(route: &RouteInfo, schemes: &Schemes, components: &mut Components) -> Operation {
    let described = builtin::operation(route, components).map(|mut operation| {
        let tag = if schemes.are_several() { route.about.user.name } else { "auth" };
        operation.tags = Some(vec![tag.to_owned()]);
        operation
    });
    described.unwrap_or_else(|| {
        let mut operation = Operation::new();
        guard::answer(&mut operation, "default", || {
            ResponseBuilder::new().description("The response of the handler").build()
        });
        operation
    })
}
