//! The calls of a table: each route with each method that it answers, and what guards say to them.

use axum::http::{Method, StatusCode};

use super::outcome::{Expected, Observed};
use super::report::Deviation;
use crate::http::routing::{RouteInfo, Table};
use crate::testing::TestRequest;

/// A client that can be told to ask for the decision of guards.
pub(super) trait Probes {
    /// Starts a request as this caller.
    fn request(&self, method: Method, path: &str) -> TestRequest;
}

/// Those who call.
pub(super) trait Callers {
    /// Somebody who presents nothing.
    fn anonymous(&self) -> impl Probes + Send + Sync;

    /// Calls a route as everybody, given what the anonymous call `observed`. A route without a guard is not called again.
    fn call(&self, at: &At<'_>, observed: Observed, found: &mut Vec<Deviation>) -> impl Future<Output = ()> + Send;
}

/// The routes of a table, with values for the parameters of their paths.
#[derive(Clone, Debug)]
pub(super) struct Calls<'a> {
    pub(super) table: &'a Table,
    pub(super) values: Vec<(String, String)>,
}

impl Calls<'_> {
    /// Calls every route as everybody, and returns what deviates.
    pub(super) async fn deviations(&self, callers: &(impl Callers + Sync)) -> Vec<Deviation> {
        assert!(!self.table.routes().is_empty(), "there is no route in the table");
        let mut found = Vec::new();
        for route in self.table.routes() {
            let path = self.fill(&route.path);
            let methods = self.methods(route);
            let several = methods.len() > 1;
            let (mut served, mut left_out, before) = (false, Vec::new(), found.len());
            for method in methods {
                let at = At { route, method, path: &path };
                let observed = at.ask(&callers.anonymous()).await;
                if matches!(observed, Observed::Preflight(_)) && route.method == "ANY" {
                    continue; // `OPTIONS` is the CORS layer's around such a route, and asks for nothing.
                }
                if several && matches!(observed, Observed::Unasked(StatusCode::METHOD_NOT_ALLOWED)) {
                    left_out.extend(at.compare("anonymous", &Expected::Passed, &observed));
                    continue; // A method that is not in the filter of several methods.
                }
                served = true;
                callers.call(&at, observed, &mut found).await;
            }
            if !served {
                found.extend(left_out);
            } else if found.len() == before && self.has_head(route) {
                let at = At { route, method: Method::HEAD, path: &path };
                let observed = at.ask(&callers.anonymous()).await;
                callers.call(&at, observed, &mut found).await;
            }
        }
        found
    }

    /// Fills in every parameter of the path.
    fn fill(&self, path: &str) -> String {
        // A fallback answers paths that nothing else matches.
        if let Some(prefix) = path.strip_suffix('*').filter(|prefix| prefix.is_empty() || prefix.ends_with('/')) {
            let prefix = self.fill(prefix.trim_end_matches('/'));
            return format!("{prefix}/nothing-else-is-called-like-this");
        }
        let mut filled = String::new();
        let mut rest = path;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            let name = name.trim_start_matches('*');
            let value = self.values.iter().rev().find(|(known, _)| known == name);
            filled.push_str(value.map_or("1", |(_, value)| value));
            rest = after;
        }
        filled + rest
    }

    /// Whether `HEAD` belongs to this route, because it answers `GET`: somebody may have added another handler for it.
    fn has_head(&self, route: &RouteInfo) -> bool {
        let names = |route: &RouteInfo, name: &str| route.method.split('|').any(|method| method == name);
        let elsewhere = |other: &RouteInfo| other.path == route.path && names(other, "HEAD");
        names(route, "GET") && !self.table.routes().iter().any(elsewhere)
    }

    /// Returns the methods a route is called with: both of `GET|POST`, and for `ANY` all that have no line of their
    /// own.
    fn methods(&self, route: &RouteInfo) -> Vec<Method> {
        let all = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"];
        // A handler for `GET` also answers `HEAD`.
        let is = |other: &str, name: &str| other == name || (other, name) == ("GET", "HEAD");
        let answers = |route: &RouteInfo, name: &str| route.method.split('|').any(|method| is(method, name));
        let here = self.table.routes().iter().filter(|other| other.path == route.path);
        let own = |name: &str| here.clone().any(|other| answers(other, name));
        let named = all.into_iter().filter(|name| {
            let written = route.method.split('|').any(|method| method == *name);
            written || (route.method == "ANY" && !own(name))
        });
        named.filter_map(|name| name.parse().ok()).collect()
    }
}

/// A route and how it is called.
pub(super) struct At<'a> {
    pub(super) route: &'a RouteInfo,
    method: Method,
    path: &'a str,
}

impl At<'_> {
    pub(super) async fn ask(&self, client: &impl Probes) -> Observed {
        let call = || client.request(self.method.clone(), self.path).probing();
        let observed = Observed::of(&call().await);
        if !matches!(observed, Observed::Unasked(_)) || self.method != Method::OPTIONS {
            return observed;
        }
        let preflight =
            call().header("origin", "https://elsewhere.example").header("access-control-request-method", "GET");
        Observed::of_preflight(&preflight.await)
    }

    pub(super) fn compare(&self, caller: &str, expected: &Expected, observed: &Observed) -> Option<Deviation> {
        (!expected.matches(observed)).then(|| Deviation {
            route: format!("{} {}", self.method, self.route.path),
            rule: self.route.who.clone(),
            caller: caller.to_owned(),
            expected: expected.to_string(),
            observed: observed.to_string(),
        })
    }

    /// What is wrong with a test in which nobody meets the rule.
    pub(super) fn nobody_meets_it(&self) -> Deviation {
        Deviation {
            route: format!("{} {}", self.method, self.route.path),
            rule: self.route.who.clone(),
            caller: "every caller of this test".to_owned(),
            expected: "somebody to be admitted".to_owned(),
            observed:
                "refusals alone, as the rule says: tell with `TestIssuer::writes` how the issuer writes roles and \
                       permissions, or add a `caller` who meets the rule"
                    .to_owned(),
        }
    }
}
