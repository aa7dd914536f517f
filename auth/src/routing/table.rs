//! Who may call what, as text and as JSON.

use std::fmt;

use axum::routing::MethodFilter;
use serde_json::{Value, json};

use super::about::About;
use super::audit::odd;
use super::erased::{ErasedAccess, conjunction};
use super::filter;
use crate::policy::Access;
use crate::user::AuthUser;

/// One route and who may call it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RouteInfo {
    /// `GET`, `GET|POST`, or `ANY` (every method that no other route of the path handles). `GET` also handles `HEAD`,
    /// unless that has a route of its own.
    pub method: String,
    /// `/posts/{id}`. `*` and `/api/*` are fallbacks: every path, or every path below `/api`, that no other route
    /// handles.
    pub path: String,
    /// The rule as written, `signed in`, or `public: reason`. For a route behind layers: all rules, outermost first,
    /// joined by `&&`; `Role::Admin (handler: public)` if the handler itself would admit everybody.
    pub who: String,
    /// Whether everybody may call it.
    pub public: bool,
    /// The reason a route is public, if the handler states one.
    pub reason: Option<&'static str>,
    /// Whether callers whom a rule refuses can get a 404.
    pub hidden: bool,
    /// The rule of the handler itself (for a service: of the layer around it), for consumers that need more than its
    /// text.
    pub(crate) access: ErasedAccess,
    /// The rules of the layers around it, outermost first.
    pub(crate) layers: Vec<ErasedAccess>,
    /// What API documents need in addition.
    pub(crate) about: About,
}

impl RouteInfo {
    pub(crate) fn of<U: AuthUser>(method: MethodFilter, path: &str, access: &'static Access<U>) -> Self {
        let about = About::of(method, access);
        let access = ErasedAccess::of(access);
        let route = Self {
            method: filter::name(method),
            path: path.to_owned(),
            who: String::new(),
            public: false,
            reason: None,
            hidden: false,
            access,
            layers: Vec::new(),
            about,
        };
        route.described()
    }

    /// Adds a layer around it.
    pub(super) fn behind<U: AuthUser>(mut self, layer: &'static Access<U>) -> Self {
        self.about.behind(layer, self.public);
        self.layers.insert(0, ErasedAccess::of(layer));
        self.described()
    }

    /// Returns every rule that must hold: those of layers first, the handler's last.
    pub(crate) fn accesses(&self) -> impl Iterator<Item = ErasedAccess> {
        self.layers.iter().copied().chain([self.access])
    }

    /// Whether it handles every method that no other route of its path does.
    #[cfg_attr(not(feature = "openapi"), allow(dead_code, reason = "for documents"))]
    pub(crate) fn answers_any(&self) -> bool {
        self.method == filter::ANY
    }

    fn described(mut self) -> Self {
        self.who = conjunction(&self.layers, self.access);
        let public = self.accesses().all(ErasedAccess::is_public);
        let hidden = self.accesses().any(ErasedAccess::is_hidden);
        Self { public, hidden, reason: self.access.reason().filter(|_| public), ..self }
    }
}

/// The route table: `METHOD  PATH  WHO MAY CALL IT`, sorted by path. Public routes are marked with `*`, and rules that
/// cannot be meant as written with `(!)`: see [`Routes::audit`](super::Routes::audit).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table(pub(super) Vec<RouteInfo>);

impl Table {
    /// Returns the routes, sorted by path and method.
    #[must_use]
    pub fn routes(&self) -> &[RouteInfo] {
        &self.0
    }

    /// Returns the routes as JSON: a list in the order of the table, of objects with the fields of [`RouteInfo`].
    /// Fields may be added, but their meaning does not change.
    ///
    /// ```
    /// # use auth::routing::Routes;
    /// # fn demo<S: Clone + Send + Sync + 'static>(routes: Routes<S>) {
    /// // A test that fails when a route opens that nobody listed:
    /// let open = routes.to_json().as_array().map(|routes| routes.iter().filter(|route| route["public"] == true).count());
    /// # }
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Value {
        let object = |route: &RouteInfo| {
            json!({
                "method": route.method,
                "path": route.path,
                "who": route.who,
                "public": route.public,
                "reason": route.reason,
                "hidden": route.hidden,
            })
        };
        self.0.iter().map(object).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |head: &str, text: fn(&RouteInfo) -> &str| {
            self.0.iter().map(|route| text(route).chars().count()).max().unwrap_or(0).max(head.len())
        };
        let method = width("METHOD", |route| &route.method);
        let path = width("PATH", |route| &route.path);
        write!(f, "{:method$}  {:path$}  WHO MAY CALL IT", "METHOD", "PATH")?;
        for route in &self.0 {
            let open = if route.public { "* " } else { "" };
            write!(f, "\n{:method$}  {:path$}  {open}{}", route.method, route.path, route.who)?;
            for odd in odd(route) {
                write!(f, " (!) {}", odd.what)?;
            }
        }
        Ok(())
    }
}
