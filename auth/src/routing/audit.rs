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
            let what = "nobody can meet all of this".to_owned();
            found.push(Odd { what, so: format!("`{access}` shuts out everybody whom the rest lets in") });
        }
    }
    found
}

fn tell(oddity: Oddity, access: ErasedAccess, is_layer: bool) -> Odd {
    match oddity {
        Oddity::Everybody => {
            let plain = if is_layer { "rule!()" } else { "#[protected]" };
            Odd {
                what: "everybody who is signed in passes".to_owned(),
                so: format!("if that is meant by `{access}`, write `{plain}`, which says so"),
            }
        }
        Oddity::Nobody => Odd {
            what: "nobody can meet this".to_owned(),
            so: format!("`{access}` is false whatever roles somebody has"),
        },
        Oddity::NeverMet(atom) => Odd { what: format!("nobody meets `{atom}`"), so: "no role grants it".to_owned() },
    }
}
