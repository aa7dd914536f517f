//! `POST /password/change`.

use axum::response::Response;
use axum::routing::MethodFilter;

use super::call::Call;
use super::endpoint::Endpoint;
use super::response::{hide_table, no_content};
use crate::base::error::{AuthError, FieldError};
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::model::claims::Claims;
use crate::model::event::LimitedAction;
use crate::model::user::AuthUser;
use crate::policy::{Policy, SignedIn};

impl<U: AuthUser> Endpoint<U> {
    pub(super) const CHANGE_PASSWORD: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/password/change",
            summary: "Change the password and end all other sessions",
            body: RequestBody::PasswordChange,
            success: Success { status: 204, description: "Password changed", content: SuccessContent::None },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[],
        },
        access: SignedIn::ACCESS,
        handler: |call| Box::pin(change(call)),
    };
}

async fn change<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let mut fields = call.fields().await?;
    let current = fields.take::<String>("current_password");
    let new = fields.take::<String>("new_password");
    let (current, new) = fields.finish(current.zip(new))?;
    // An account that was disabled directly in the table may not change anything. The hash must be the present one.
    let user = call.live_row().await?.clone();
    let session = *call.claims()?.registered().sid;
    let client = call.client();
    let begun = call.auth.begin_attempt(LimitedAction::ChangePassword, &client)?;
    let service = call.auth.account_service();
    match service.change_password_of(begun, user, Some(session), (&current, &new), &client).await {
        Ok(()) => Ok(no_content()),
        // The caller is signed in, so this is about a field; a 401 would make clients try a refresh.
        Err(AuthError::InvalidCredentials) => {
            let message = "wrong current password";
            Err(AuthError::InvalidFields(vec![FieldError::new("current_password", "wrong", message)]).into())
        }
        Err(error) => Err(hide_table(error).into()),
    }
}
