//! Finds rules that probably do not say what was meant, before the first request.

use std::fmt;

use super::erased_access::ErasedAccess;
use super::route::RouteInfo;
use crate::policy::RuleLint;

/// Something odd about the rule of a route. See [`Routes::audit`](super::Routes::audit).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The method as in the table, such as `GET`.
    pub method: String,
    /// The path as in the table, such as `/posts/{id}`.
    pub path: String,
    /// What is odd, and what to do about it.
    pub sentence: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.method, self.path, self.sentence)
    }
}

/// Returns what is odd about these routes.
pub(super) fn findings(routes: &[RouteInfo]) -> Vec<Finding> {
    let findings = routes.iter().flat_map(|route| {
        lints_of(route).into_iter().map(|lint| Finding {
            method: route.method.clone(),
            path: route.path.clone(),
            sentence: format!("{}: {}", lint.what, lint.so),
        })
    });
    findings.collect()
}

/// What a rule probably does not mean, for the route table.
pub(super) struct Lint {
    pub(super) what: String,
    so: String,
}

pub(super) fn lints_of(route: &RouteInfo) -> Vec<Lint> {
    let accesses: Vec<ErasedAccess> = route.accesses().collect();
    let mut found = Vec::new();
    for (index, access) in accesses.iter().enumerate() {
        let is_layer = index < route.layers.len();
        found.extend(access.lints().into_iter().map(|lint| describe(lint, *access, is_layer)));
        if access.excludes(accesses.get(..index).unwrap_or_default()) {
            let what = "no user can meet all of these rules".to_owned();
            found.push(Lint { what, so: format!("`{access}` refuses everybody whom the other rules admit") });
        }
    }
    found
}

fn describe(lint: RuleLint, access: ErasedAccess, is_layer: bool) -> Lint {
    match lint {
        RuleLint::Everybody => {
            let plain = if is_layer { "rule!()" } else { "#[protected]" };
            Lint {
                what: "every signed-in user passes".to_owned(),
                so: format!("`{access}` is always true; if that is intended, write `{plain}`"),
            }
        }
        RuleLint::Nobody => Lint {
            what: "no user can meet this rule".to_owned(),
            so: format!("`{access}` is false for all combinations of roles"),
        },
        RuleLint::NeverMet(atom) => {
            Lint { what: format!("no user meets `{atom}`"), so: "no role grants it".to_owned() }
        }
    }
}
