//! `POST /login`.

use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::MethodFilter;

use super::call::Call;
use super::deliver::deliver;
use super::endpoint::Endpoint;
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::model::body_fields::Fields;
use crate::model::event::LimitedAction;
use crate::model::user::AuthUser;
use crate::policy::Access;
use crate::sign_in::Credentials;

impl<U: AuthUser> Endpoint<U> {
    pub(super) const LOGIN: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/login",
            summary: "Sign in with a password",
            body: RequestBody::Login,
            success: Success { status: 200, description: "Signed in", content: SuccessContent::Tokens },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[
                (
                    401,
                    "Unknown login or wrong password: `invalid_credentials`. Another step is needed: `factor_required`, \
                     with `sign_in` and `methods`",
                ),
                (403, "Account inactive: `inactive_user`. Or refused: `cross_site`, or a code of the application"),
            ],
        },
        access: &Access::Public { reason: Some("requires a password") },
        handler: |call| Box::pin(login(call)),
    };
}

async fn login<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let (channel, client) = (call.channel()?, call.client());
    let begun = call.auth.begin_attempt(LimitedAction::Login, &client)?;
    let mut fields = call.fields().await?;
    let login = take_login::<U>(&mut fields);
    let (password, device) = (fields.take::<String>("password"), fields.take::<Option<String>>("device"));
    let (((column, login), password), device) = fields.finish(login.zip(password).zip(device))?;
    let device = device.as_deref().or_else(|| call.auth.device_cookie(&call.parts));
    let credentials = Credentials::new(&login, &password).field(column).device(device);
    let (user, tokens) = call.auth.account_service().sign_in.login(begun, credentials, &client).await?.signed_in()?;
    Ok(deliver(&call.auth, client, StatusCode::OK, (&user, &tokens), channel).await?)
}

/// Takes the one login field in the body. Two could belong to two users, and it would be unclear which one signs in.
fn take_login<U: AuthUser>(fields: &mut Fields) -> Option<(&'static str, String)> {
    let columns: Vec<&'static str> = U::SCHEMA.logins.iter().map(|login| login.column).collect();
    let named: Vec<&'static str> = columns.iter().copied().filter(|column| fields.has(column)).collect();
    let all = columns.join("`, `");
    fields.knows(&columns);
    match *named {
        [column] => Some((column, fields.take(column)?)),
        [] => {
            let first = columns.first().copied().unwrap_or("login");
            let one_of = if columns.len() > 1 { "one of " } else { "" };
            fields.refuse(first, "missing", format!("{one_of}`{all}` is required"));
            None
        }
        [_, second, ..] => {
            fields.refuse(second, "ambiguous", format!("send one of `{all}`, not several"));
            for column in named {
                drop(fields.take::<serde_json::Value>(column));
            }
            None
        }
    }
}
