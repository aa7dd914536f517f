//! `GET /me`.

use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::MethodFilter;

use super::call::Call;
use super::endpoint::Endpoint;
use super::response::private_json;
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::model::profile::Profile;
use crate::model::user::AuthUser;
use crate::policy::{Policy, SignedIn};

impl<U: AuthUser> Endpoint<U> {
    pub(super) const ME: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::GET,
            path: "/me",
            summary: "Get the signed-in user",
            body: RequestBody::None,
            success: Success { status: 200, description: "The user", content: SuccessContent::Profile },
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[],
        },
        access: SignedIn::ACCESS,
        handler: |call| Box::pin(me(call)),
    };
}

async fn me<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let user = call.row().await?;
    let mut profile = Profile::default();
    user.profile(&mut profile);
    Ok(private_json(StatusCode::OK, &profile))
}
