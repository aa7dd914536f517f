use axum::routing::{MethodFilter, MethodRouter};

use super::about::About;
use super::erased_access::{ErasedAccess, conjunction};
use super::method_filter;
use crate::model::principal::Principal;
use crate::policy::Access;

/// One route and who may call it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools, reason = "they are columns of a table")]
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
    /// Whether everybody whom it admits must have signed in with several factors, because of `#[auth(mfa(…))]` on the
    /// user type.
    pub mfa: bool,
    /// Whether it admits API keys: those that meet the rule.
    pub keys: bool,
    /// Whether it admits nobody else: it is for programs alone.
    pub keys_only: bool,
    /// Whether its handler admits those who have not: to show another factor, or to sign out.
    pub(crate) any_factors: bool,
    /// The rule of the handler itself (for a service: of the layer around it), for consumers that need more than its
    /// text.
    pub(crate) access: ErasedAccess,
    /// The rules of the layers around it, outermost first.
    pub(crate) layers: Vec<ErasedAccess>,
    /// What API documents need in addition.
    pub(crate) about: About,
}

impl RouteInfo {
    pub(crate) fn of<P: Principal>(method: MethodFilter, path: &str, access: &'static Access<P>) -> Self {
        let about = About::of(method, access);
        let access = ErasedAccess::of(access);
        let route = Self {
            method: method_filter::name(method),
            path: path.to_owned(),
            who: String::new(),
            public: false,
            reason: None,
            hidden: false,
            mfa: false,
            keys: false,
            keys_only: false,
            any_factors: false,
            access,
            layers: Vec::new(),
            about,
        };
        route.described()
    }

    /// Its handler admits those who have to sign in with several factors, and have not.
    pub(crate) fn with_any_factors(mut self) -> Self {
        self.any_factors = true;
        self.described()
    }

    /// Its handler admits API keys, and nobody else.
    pub(crate) fn with_keys_only(mut self) -> Self {
        self.keys_only = true;
        self.described()
    }

    /// Adds a layer around it.
    pub(super) fn behind<P: Principal>(mut self, layer: &'static Access<P>) -> Self {
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
        self.method == method_filter::ANY
    }

    fn described(mut self) -> Self {
        self.who = conjunction(&self.layers, self.access, self.keys_only);
        let public = self.accesses().all(ErasedAccess::is_public);
        let hidden = self.accesses().any(ErasedAccess::is_hidden);
        let own = Some(self.access).filter(|_| !self.any_factors);
        let mfa = self.layers.iter().copied().chain(own).any(ErasedAccess::is_mfa);
        let keys = !public && self.accesses().all(|access| access.is_public() || access.takes_keys());
        Self { public, hidden, mfa, keys, reason: self.access.reason().filter(|_| public), ..self }
    }
}

/// One handler of one path.
pub struct Route<S> {
    pub(crate) info: RouteInfo,
    pub(super) answers: Answers<S>,
}

/// Where a route's handler goes in axum's router.
pub(super) enum Answers<S> {
    /// Handles the methods it names; others remain axum's 405.
    Methods(MethodRouter<S>),
    /// Handles every method that nothing else of its path does.
    Any(MethodRouter<S>),
    /// Handles every path below a prefix.
    Nested(MethodRouter),
    /// Handles every path, or every path below a prefix, that nothing else does.
    Fallback(MethodRouter<S>),
}

impl<S> Route<S> {
    /// Returns the path of a fallback.
    pub(super) fn fallback_path(&self) -> Option<&str> {
        matches!(self.answers, Answers::Fallback(_)).then_some(self.info.path.as_str())
    }
}
