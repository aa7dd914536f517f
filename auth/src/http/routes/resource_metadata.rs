//! `GET /.well-known/oauth-protected-resource`: who issues tokens for this service (RFC 9728).

use std::sync::Arc;

use axum::http::request::Parts;
use axum::routing::{MethodFilter, get};

use super::public_document::answer;
use crate::http::extract::test_probe;
use crate::http::routing::{RouteInfo, Routes};
use crate::http_settings::HttpSettings;
use crate::issuer::{Issuer, ReadClaims};
use crate::model::principal::Principal;
use crate::policy::Access;

impl<P: Principal + ReadClaims> Issuer<P> {
    /// Returns `GET /.well-known/oauth-protected-resource`, if this service is named as a
    /// [resource](crate::issuer::IssuerBuilder::resource): merge it at the root of the domain.
    pub fn well_known<S: Clone + Send + Sync + 'static>(&self) -> Routes<S> {
        let mut routes = Routes::new();
        add_to::<P, S>(&mut routes, self.http_settings());
        routes
    }
}

/// Adds the route, if this service is a resource.
pub(super) fn add_to<P: Principal, S: Clone + Send + Sync + 'static>(routes: &mut Routes<S>, http: &Arc<HttpSettings>) {
    let Some(resource) = &http.resource else { return };
    let access = const { &Access::<P>::Public { reason: Some("for clients that do not know the issuer") } };
    let info = RouteInfo::of(MethodFilter::GET, &resource.path, access);
    let document = resource.document.clone();
    let served =
        get(async move |parts: Parts| test_probe::passed(&parts).unwrap_or_else(|| answer(&document, &parts.headers)));
    routes.push(info, served);
}
