//! `DELETE /factors/trusted-devices`, and what devices keep: in the body, or in a cookie. The route is there if people may
//! trust devices.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::MethodFilter;

use super::call::Call;
use super::endpoint::Endpoint;
use super::response::no_content;
use super::sessions::Recent;
use crate::account::TrustedDevice;
use crate::auth::Auth;
use crate::base::error::AuthError;
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::http_settings::SameOrigin;
use crate::model::client_info::ClientInfo;
use crate::model::user::AuthUser;
use crate::policy::Policy;
use crate::session::Tokens;

impl<U: AuthUser> Endpoint<U> {
    pub(super) const FORGET_DEVICES: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::DELETE,
            path: "/factors/trusted-devices",
            summary: "Trust no device any more; sessions go on",
            body: RequestBody::None,
            success: Success { status: 204, description: "None is trusted", content: SuccessContent::None },
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[],
        },
        access: Recent::ACCESS,
        handler: |call| Box::pin(forget(call)),
    };
}

async fn forget<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    call.auth.forget_devices(call.claims()?, &call.client()).await?;
    let mut response = no_content();
    if call.parts.headers.contains_key(COOKIE) {
        call.auth.http().cookies.clear_device(response.headers_mut());
    }
    Ok(response)
}

impl<U: AuthUser> Auth<U> {
    /// Returns what this browser keeps as a trusted device, for pages of your own:
    /// [`Credentials::device`](crate::Credentials::device) takes it. It counts only for requests from pages of yours.
    #[must_use]
    pub fn device_cookie<'a>(&self, request: &'a Parts) -> Option<&'a str> {
        self.http().cookies.device(request)
    }

    /// Keeps a trusted device in the browser that gets this response, as our own routes do for clients with cookies: no
    /// script can read it.
    ///
    /// # Errors
    /// [`AuthError::Internal`] if it makes no valid header.
    pub fn set_device_cookie(
        &self,
        headers: &mut HeaderMap,
        device: &TrustedDevice,
        _page: SameOrigin,
    ) -> Result<(), AuthError> {
        self.http().cookies.set_device(headers, (&device.token, device.expires_in))
    }

    /// Trusts the device on which a sign-in was completed, if that was asked for. The sign-in stands without it.
    pub(super) async fn trust_if(
        &self,
        wanted: bool,
        (user, tokens): (&U, &Tokens),
        client: &ClientInfo,
    ) -> Option<TrustedDevice> {
        if !wanted {
            return None;
        }
        match self.trust_device(user.id(), tokens.session, client).await {
            Ok(device) => device,
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(target: "auth::login", error, "somebody has signed in, and their device is not trusted");
                None
            }
        }
    }
}
