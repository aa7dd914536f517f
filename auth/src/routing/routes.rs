use std::fmt;

use axum::Router;
use axum::routing::MethodRouter;

use super::declared::Hosts;
use super::table::{RouteInfo, Table};

/// Routes under declaration: every handler has said who may call it.
///
/// Hand the finished value to axum with [`into_router`](Self::into_router), add your layers there, and give it its
/// state. A plain `axum::Router` stays usable beside it, for what needs no such care (static files); the table does
/// not know what is in that.
#[must_use = "routes do nothing until they are made into a router"]
pub struct Routes<S = ()> {
    routes: Vec<Route<S>>,
}

/// One handler for one method of one path.
pub struct Route<S> {
    pub(crate) info: RouteInfo,
    pub(crate) handler: MethodRouter<S>,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No route yet.
    pub const fn new() -> Self {
        Self { routes: Vec::new() }
    }

    /// Answers `path` (axum's syntax: `/posts/{id}`) with `methods`: `get(list).post(create)`.
    pub fn at<E>(mut self, path: &str, methods: E) -> Self
    where
        S: Hosts<E>,
    {
        S::host(methods, path, &mut self.routes);
        self
    }

    pub(crate) fn push(&mut self, info: RouteInfo, handler: MethodRouter<S>) {
        self.routes.push(Route { info, handler });
    }

    /// Puts `routes` below `prefix`. Handlers see the whole path, and the table shows it.
    pub fn nest(mut self, prefix: &str, routes: Self) -> Self {
        let prefix = prefix.trim_end_matches('/');
        self.routes.extend(routes.routes.into_iter().map(|mut route| {
            let path = if route.info.path == "/" { "" } else { &route.info.path };
            route.info.path =
                if prefix.is_empty() && path.is_empty() { "/".to_owned() } else { format!("{prefix}{path}") };
            route
        }));
        self
    }

    /// Adds `routes` as they are.
    pub fn merge(mut self, routes: Self) -> Self {
        self.routes.extend(routes.routes);
        self
    }

    /// Leaves the route `method path` out: one of ours that the application does not want, or answers itself.
    ///
    /// ```
    /// # fn demo<U: auth::AuthUser>(auth: auth::Auth<U>) -> auth::routing::Routes<auth::Auth<U>> {
    /// auth.routes().without("POST", "/register")
    /// # }
    /// ```
    ///
    /// # Panics
    /// If there is no such route: a misspelled one would stay open without a word.
    #[track_caller]
    pub fn without(mut self, method: &str, path: &str) -> Self {
        let before = self.routes.len();
        self.routes.retain(|route| !(route.info.method == method && route.info.path == path));
        assert!(
            self.routes.len() < before,
            "there is no `{method} {path}` to leave out; the routes are\n{}",
            self.table()
        );
        self
    }

    /// Who may call what.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut infos: Vec<RouteInfo> = self.routes.iter().map(|route| route.info.clone()).collect();
        infos.sort_by(|a, b| (&a.path, a.method).cmp(&(&b.path, b.method)));
        Table(infos)
    }

    /// The axum router.
    ///
    /// # Panics
    /// As axum does: if a path is malformed, or two handlers answer the same method of the same path.
    pub fn into_router(self) -> Router<S> {
        self.routes.into_iter().fold(Router::new(), |router, route| router.route(&route.info.path, route.handler))
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for Routes<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.routes.iter().map(|route| &route.info)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Routes;

    #[test]
    #[should_panic(expected = "there is no `POST /regster` to leave out")]
    fn a_misspelled_route_is_not_left_open_in_silence() {
        drop(Routes::<()>::new().without("POST", "/regster"));
    }
}
