//! Who may call what, as text.

use std::any::Any;
use std::fmt;

use axum::routing::MethodFilter;

use super::about::About;
use crate::policy::Access;
use crate::user::AuthUser;

/// One route and who may call it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RouteInfo {
    /// `GET`
    pub method: &'static str,
    /// `/posts/{id}`
    pub path: String,
    /// The rule as it was written, `signed in`, or `public: reason`.
    pub who: String,
    /// Whether everybody may.
    pub public: bool,
    /// The rule itself, for what reads more in it than its text.
    pub(crate) access: ErasedAccess,
    /// What documents say beside that.
    pub(crate) about: About,
}

/// An `&'static Access<U>` of one user type or another: one application can have several.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "testing"), allow(dead_code, reason = "the test kit looks into rules"))]
pub(crate) struct ErasedAccess(&'static (dyn Any + Send + Sync));

impl ErasedAccess {
    fn of<U: AuthUser>(access: &'static Access<U>) -> Self {
        Self(access)
    }

    /// The rule, if it is about users of type `U`.
    #[cfg_attr(not(feature = "testing"), allow(dead_code, reason = "as above"))]
    pub(crate) fn about<U: AuthUser>(self) -> Option<&'static Access<U>> {
        self.0.downcast_ref()
    }
}

impl fmt::Debug for ErasedAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Access")
    }
}

/// Two routes are the same if they read the same.
impl PartialEq for ErasedAccess {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for ErasedAccess {}

impl RouteInfo {
    pub(crate) fn of<U: AuthUser>(method: MethodFilter, path: &str, access: &'static Access<U>) -> Self {
        let public = matches!(access, Access::Public { .. });
        Self {
            method: name(method),
            path: path.to_owned(),
            who: access.to_string(),
            public,
            access: ErasedAccess::of(access),
            about: About::of(method, access),
        }
    }
}

/// The route table: `METHOD  PATH  WHO MAY CALL IT`, sorted by path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table(pub(super) Vec<RouteInfo>);

impl Table {
    /// The routes, sorted by path and method.
    #[must_use]
    pub fn routes(&self) -> &[RouteInfo] {
        &self.0
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |head: &str, text: fn(&RouteInfo) -> &str| {
            self.0.iter().map(|route| text(route).chars().count()).max().unwrap_or(0).max(head.len())
        };
        let method = width("METHOD", |route| route.method);
        let path = width("PATH", |route| &route.path);
        write!(f, "{:method$}  {:path$}  WHO MAY CALL IT", "METHOD", "PATH")?;
        for route in &self.0 {
            write!(f, "\n{:method$}  {:path$}  {}", route.method, route.path, route.who)?;
        }
        Ok(())
    }
}

/// axum's filter has no public name for itself.
fn name(filter: MethodFilter) -> &'static str {
    const NAMES: [(MethodFilter, &str); 8] = [
        (MethodFilter::GET, "GET"),
        (MethodFilter::HEAD, "HEAD"),
        (MethodFilter::POST, "POST"),
        (MethodFilter::PUT, "PUT"),
        (MethodFilter::PATCH, "PATCH"),
        (MethodFilter::DELETE, "DELETE"),
        (MethodFilter::OPTIONS, "OPTIONS"),
        (MethodFilter::TRACE, "TRACE"),
    ];
    NAMES.iter().find(|(known, _)| *known == filter).map_or("ANY", |(_, name)| name)
}
