//! Who may call what, as text and as JSON.

use std::fmt;

use serde_json::{Value, json};

use super::route::RouteInfo;
use super::rule_lints::lints_of;

/// The route table: `METHOD  PATH  WHO MAY CALL IT`, sorted by path. Public routes are marked with `*`, rules that cannot
/// be meant as written with `(!)` (see [`Routes::audit`](super::Routes::audit)), and routes whose callers must all have
/// signed in with several factors, because of `#[auth(mfa(…))]`, with `+ mfa`.
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
                "mfa": route.mfa,
                "keys": route.keys,
                "keys_only": route.keys_only,
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
            let mfa = if route.mfa { " + mfa" } else { "" };
            write!(f, "\n{:method$}  {:path$}  {open}{}{mfa}", route.method, route.path, route.who)?;
            for lint in lints_of(route) {
                write!(f, " (!) {}", lint.what)?;
            }
        }
        Ok(())
    }
}
