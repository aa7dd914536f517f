//! Without the feature `openapi` there is nothing to record beyond the table.

use axum::routing::MethodFilter;

use super::builtin_route::BuiltinRoute;
use crate::http_settings::AuthScheme;
use crate::model::principal::Principal;
use crate::model::user::AuthUser;
use crate::policy::Access;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct About;

#[expect(clippy::unused_self, reason = "the interface of the module with documents")]
impl About {
    pub(crate) const fn of<P: Principal>(_filter: MethodFilter, _access: &Access<P>) -> Self {
        Self
    }

    pub(crate) const fn behind<P: Principal>(&mut self, _layer: &Access<P>, _public: bool) {}

    pub(super) const fn handled_by<H>(&mut self) {}

    pub(super) const fn nested(&mut self, _inner: &str) {}

    pub(super) const fn nested_service(&mut self) {}

    pub(crate) const fn builtin<U: AuthUser>(
        &mut self,
        _route: &'static BuiltinRoute,
        _cookies: Option<([&str; 4], bool)>,
        _scheme: &AuthScheme,
    ) {
    }
}
