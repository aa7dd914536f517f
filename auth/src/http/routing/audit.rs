//! Finds rules that probably do not say what was meant, before the first request.

use std::fmt;

use super::erased::ErasedAccess;
use super::route::RouteInfo;
use crate::policy::Oddity;

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
        odd(route).into_iter().map(|odd| Finding {
            method: route.method.clone(),
            path: route.path.clone(),
            sentence: format!("{}: {}", odd.what, odd.so),
        })
    });
    findings.collect()
}

/// What is odd about a route, for the table, and what to do about it.
pub(super) struct Odd {
    pub(super) what: String,
    so: String,
}

pub(super) fn odd(route: &RouteInfo) -> Vec<Odd> {
    let accesses: Vec<ErasedAccess> = route.accesses().collect();
    let mut found = Vec::new();
    for (place, access) in accesses.iter().enumerate() {
        let is_layer = place < route.layers.len();
        found.extend(access.oddities().into_iter().map(|oddity| tell(oddity, *access, is_layer)));
        if access.excludes(accesses.get(..place).unwrap_or_default()) {
            let what = "no user can meet all of these rules".to_owned();
            found.push(Odd { what, so: format!("`{access}` refuses everybody whom the other rules admit") });
        }
    }
    found
}

fn tell(oddity: Oddity, access: ErasedAccess, is_layer: bool) -> Odd {
    match oddity {
        Oddity::Everybody => {
            let plain = if is_layer { "rule!()" } else { "#[protected]" };
            Odd {
                what: "every signed-in user passes".to_owned(),
                so: format!("`{access}` is always true; if that is intended, write `{plain}`"),
            }
        }
        Oddity::Nobody => Odd {
            what: "no user can meet this rule".to_owned(),
            so: format!("`{access}` is false for all combinations of roles"),
        },
        Oddity::NeverMet(atom) => Odd { what: format!("no user meets `{atom}`"), so: "no role grants it".to_owned() },
    }
}
