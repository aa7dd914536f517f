//! Rules that say something else than was meant, found before the first request.

use std::fmt;

use super::erased::ErasedAccess;
use super::routes::Routes;
use super::table::RouteInfo;
use crate::policy::Oddity;

/// Something odd about the rule of a route. See [`Routes::audit`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// `GET`, as in the table.
    pub method: String,
    /// `/posts/{id}`, as in the table.
    pub path: String,
    /// What is odd, and what to do about it.
    pub sentence: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.method, self.path, self.sentence)
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// Looks for rules that cannot be meant as they are, now that it is known what roles include and grant:
    ///
    /// - everybody who is signed in passes: `Role::Member`, where every role includes `Member`;
    /// - nobody can pass: `Role::Admin && !Role::Member`, where admins are members;
    /// - nobody can meet the rule of a layer and that of the handler behind it;
    /// - a permission in it is granted by no role.
    ///
    /// The table marks such routes with `(!)`. A test keeps them out:
    ///
    /// ```
    /// # use auth::routing::Routes;
    /// # fn demo<S: Clone + Send + Sync + 'static>(routes: Routes<S>) {
    /// assert_eq!(routes.audit(), []);
    /// # }
    /// ```
    ///
    /// It finds no false rule: with more than ten roles in a `Roles` list, or twelve checks and the like in one rule, or
    /// many of both, it does not look.
    #[must_use]
    pub fn audit(&self) -> Vec<Finding> {
        let table = self.table();
        let findings = table.routes().iter().flat_map(|route| {
            odd(route).into_iter().map(|odd| Finding {
                method: route.method.clone(),
                path: route.path.clone(),
                sentence: format!("{}: {}", odd.what, odd.so),
            })
        });
        findings.collect()
    }
}

/// What is odd, for the table, and what to do about it.
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
