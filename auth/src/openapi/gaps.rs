//! What a document and the routes do not have in common.

use std::fmt;

use utoipa::openapi::OpenApi;

use super::guard::{METHODS, has};
use super::template::Template;
use super::{nested, patch, route_match};
use crate::http::routing::{RouteInfo, Routes};

/// What your own document and the routes do not have in common: see [`Routes::gaps`]. Each entry is a method and a path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gaps {
    /// Operations that no route answers: described under a path that is not served, or answered by another program.
    pub operations_without_route: Vec<String>,
    /// Routes that the document does not describe. The library's own routes describe themselves.
    pub routes_without_operation: Vec<String>,
}

impl Gaps {
    /// Returns whether document and routes agree.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations_without_route.is_empty() && self.routes_without_operation.is_empty()
    }
}

impl fmt::Display for Gaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for operation in &self.operations_without_route {
            writeln!(f, "described, but not served: {operation}")?;
        }
        for route in &self.routes_without_operation {
            writeln!(f, "served, but not described: {route}")?;
        }
        Ok(())
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// Compares the operations that you have described with the routes, for a test:
    ///
    /// ```
    /// # use auth::routing::Routes;
    /// # use utoipa::OpenApi;
    /// # #[derive(OpenApi)] struct Doc;
    /// # fn test(routes: Routes) {
    /// let gaps = routes.gaps(&Doc::openapi());
    /// assert!(gaps.is_empty(), "{gaps}");
    /// # }
    /// ```
    ///
    /// `document` is your own, not the one that [`openapi`](Self::openapi) returns, in which every route is described.
    /// Operations of nested routers are looked for where they are served, as `openapi` does. A fallback counts for
    /// nothing here; a service describes itself if one operation below it is described.
    #[must_use]
    pub fn gaps(&self, document: &OpenApi) -> Gaps {
        gaps(self.table().routes(), document)
    }
}

fn gaps(routes: &[RouteInfo], document: &OpenApi) -> Gaps {
    let mut paths = document.paths.paths.clone();
    patch::without_wildcards(&mut paths);
    nested::to_where_they_are_served(routes, &mut paths);
    let mut gaps = Gaps::default();
    let mut described: Vec<(&RouteInfo, String, &str)> = Vec::new();
    for (path, item) in &paths {
        for method in METHODS.into_iter().filter(|method| has(item, method)) {
            match route_match::answering_on_purpose(routes, path, method) {
                Some(route) => described.push((route, Template::of(path).form, method)),
                None => gaps.operations_without_route.push(format!("{method} {path}")),
            }
        }
    }
    for route in routes.iter().filter(|route| route.about.builtin.is_none() && !route_match::is_fallback(route)) {
        let form = Template::of(&route.path).form;
        let is_described = |method: &&str| {
            described.iter().any(|(by, at, of)| *by == route && (route.answers_any() || (*at == form && of == method)))
        };
        if route.answers_any() {
            if !is_described(&"ANY") {
                gaps.routes_without_operation.push(format!("{} {}", route.method, route.path));
            }
            continue;
        }
        let missing = route.about.methods.iter().filter(|method| !is_described(method));
        gaps.routes_without_operation.extend(missing.map(|method| format!("{method} {}", route.path)));
    }
    gaps
}
