//! What an API document needs to know about a route beyond the table.
//!
//! `OpenAPI` documents come from what is enforced. A route keeps its rule, its user type and, for our own routes, the
//! cookie names (`http/routing/about.rs`); `openapi` reads these and never calls a handler. The fields of bodies are found
//! by running the real `from_fields` and `Deserialize` on a deserializer that only records what is requested
//! (`json_shape/`): no type is recognised by its spelling, and the derive generates nothing for it. Without the feature
//! these are empty types, and nothing is compiled for them.

use axum::routing::MethodFilter;

use super::builtin_route::BuiltinRoute;
use super::method_filter;
use crate::http_settings::AuthScheme;
use crate::model::json_shape::UserShape;
use crate::model::principal::{Principal, Realm};
use crate::model::user::AuthUser;
use crate::policy::{Access, Rule};

#[derive(Clone, Debug)]
pub(crate) struct About {
    /// Several for a filter such as `MethodFilter::GET.or(MethodFilter::POST)`, and all for `ANY`.
    pub(crate) methods: Vec<&'static str>,
    /// The user type of the rule.
    pub(crate) user: Realm,
    /// That of a built-in route on the wire.
    pub(crate) shape: Option<fn() -> UserShape>,
    /// Whether a signed-in caller can get a 403 even with a recent and strong login.
    pub(crate) refuses: bool,
    /// Whether a more recent or stronger login may be required.
    pub(crate) step_up: bool,
    /// Like `refuses`, with a 404. If several rules apply, around and in a handler, some can be hidden and others not.
    pub(crate) hidden: bool,
    /// Set for a built-in route.
    pub(crate) builtin: Option<Builtin>,
    pub(crate) handler: Handler,
    /// The paths it had before it was nested, the innermost first.
    pub(crate) inner: Vec<String>,
}

/// What answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handler {
    /// A handler of this type, which for a function is its path: `shop::handlers::stats`.
    Of(&'static str),
    Service,
    /// A service that also answers the path above its wildcard.
    NestedService,
}

/// What is known about a built-in route, wherever it is nested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Builtin {
    pub(crate) route: &'static BuiltinRoute,
    /// The names of this user type's cookies; `None` if there are none.
    pub(crate) cookies: Option<CookieNames>,
    /// The scheme of its access tokens, if it is another than that of RFC 6750.
    pub(crate) scheme: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CookieNames {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) sign_in: String,
    pub(crate) address_change: String,
    /// Whether every client gets cookies, not only those that ask for them.
    pub(crate) always: bool,
}

impl About {
    pub(crate) fn of<P: Principal>(filter: MethodFilter, access: &Access<P>) -> Self {
        let about = Self {
            methods: methods(filter),
            user: P::REALM,
            shape: None,
            refuses: false,
            step_up: false,
            hidden: false,
            builtin: None,
            handler: Handler::Service,
            inner: Vec::new(),
        };
        about.asking(access)
    }

    /// Records the handler.
    pub(super) fn handled_by<H>(&mut self) {
        self.handler = Handler::Of(std::any::type_name::<H>());
    }

    /// Records that it leaves the path `inner` for a longer one.
    pub(super) fn nested(&mut self, inner: &str) {
        self.inner.push(inner.to_owned());
    }

    /// Records that it is a nested service.
    pub(super) fn nested_service(&mut self) {
        self.handler = Handler::NestedService;
    }

    /// Adds a layer. If the handler would be `public` otherwise, the layer determines the user type.
    pub(crate) fn behind<P: Principal>(&mut self, layer: &Access<P>, public: bool) {
        *self = self.clone().asking(layer);
        if public && self.builtin.is_none() {
            self.user = P::REALM;
        }
    }

    fn asking<P: Principal>(mut self, access: &Access<P>) -> Self {
        if let Access::Protected { rule, hidden, .. } = access {
            let refuses = refuses(rule);
            self.refuses |= refuses && !hidden;
            self.hidden |= refuses && *hidden;
            self.step_up |= steps_up(rule);
        }
        self
    }

    /// Makes this a built-in route.
    pub(crate) fn builtin<U: AuthUser>(
        &mut self,
        route: &'static BuiltinRoute,
        cookies: Option<([&str; 4], bool)>,
        scheme: &AuthScheme,
    ) {
        let cookies = cookies.map(|(names, always)| {
            let [access, refresh, sign_in, address_change] = names.map(str::to_owned);
            CookieNames { access, refresh, sign_in, address_change, always }
        });
        let scheme = (!scheme.is_bearer()).then(|| scheme.name().to_owned());
        self.shape = Some(UserShape::of::<U>);
        self.builtin = Some(Builtin { route, cookies, scheme });
    }
}

fn refuses<P: Principal>(rule: &Rule<P>) -> bool {
    match rule {
        Rule::SignedIn => false,
        Rule::Is(requirement, _) => requirement.step_up().is_none(),
        Rule::Check(..) | Rule::Not(_) => true,
        Rule::All(rules) | Rule::Any(rules) => rules.iter().any(refuses),
    }
}

fn steps_up<P: Principal>(rule: &Rule<P>) -> bool {
    let mut found = false;
    rule.each_requirement(&mut |requirement| found |= requirement.step_up().is_some());
    found
}

/// Without `shape`, which the user type implies: comparing functions is not meaningful.
impl PartialEq for About {
    fn eq(&self, other: &Self) -> bool {
        let Self { methods, user, shape: _, refuses, step_up, hidden, builtin, handler, inner } = self;
        *methods == other.methods
            && *user == other.user
            && (*refuses, *step_up, *hidden) == (other.refuses, other.step_up, other.hidden)
            && *builtin == other.builtin
            && (*handler, inner) == (other.handler, &other.inner)
    }
}

impl Eq for About {}

/// The methods that a document can contain: `CONNECT` is part of `ANY`, but not of documents.
fn methods(filter: MethodFilter) -> Vec<&'static str> {
    method_filter::methods(filter).filter(|method| *method != "CONNECT").collect()
}

#[cfg(test)]
mod tests {
    use axum::routing::MethodFilter;

    use super::methods;

    #[test]
    fn a_filter_for_several_methods_is_all_of_them() {
        assert_eq!(methods(MethodFilter::GET), ["GET"]);
        assert_eq!(methods(MethodFilter::PUT.or(MethodFilter::GET)), ["GET", "PUT"]);
        assert_eq!(methods(MethodFilter::CONNECT.or(MethodFilter::GET)), ["GET"]);
    }
}
