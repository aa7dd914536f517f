//! `GET /dev/mail`: the mail that is not sent in development, as pages.
//!
//! Every link in these mails works, so only this machine is answered. The address of the client alone does not tell: a
//! tunnel or a proxy on this machine carries the requests of others. The `Host` alone does not either, because a client
//! writes it; but it is what a browser tells that was led here by somebody's page under a name that has two addresses
//! (DNS rebinding). So both have to be local, and nothing may have been forwarded.

mod page;

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts as _, Path};
use axum::http::header::{FORWARDED, HeaderName, VIA};
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::MethodFilter;
use serde::Deserialize;

use super::call::Call;
use super::endpoint::Endpoint;
use crate::auth::Auth;
use crate::base::error::AuthError;
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Routes, Success, SuccessContent};
use crate::http::transport::host;
use crate::mail::{MailDirectory, MailId};
use crate::model::origin::Host;
use crate::model::user::AuthUser;
use crate::policy::Access;

/// What proxies write into the requests that they pass on.
const OF_PROXIES: [HeaderName; 5] = [
    FORWARDED,
    VIA,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-real-ip"),
];
const REFUSED: (u16, &str) = (403, "Not asked from this machine: `local_only`");

impl<U: AuthUser> Auth<U> {
    /// Returns `GET /dev/mail`, where you read in a browser what a [`MailDirectory`] keeps: links can be clicked, and
    /// nothing needs a mail program. With any other mailer there are no routes, so they can be merged always:
    ///
    /// ```
    /// # use auth::{Auth, AuthUser};
    /// # use auth::routing::Routes;
    /// # #[derive(Clone, Debug, sqlx::FromRow, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String }
    /// # fn demo(auth: Auth<User>) -> Routes<Auth<User>> {
    /// Routes::new().nest("/auth", auth.routes()).merge(auth.development_mailbox())
    /// # }
    /// ```
    ///
    /// Only this machine is answered: the connection comes from it, the `Host` is a name of it (`localhost`, or an
    /// address such as `127.0.0.1`), and no proxy has passed the request on. Everybody else gets 403 `local_only`. It
    /// takes a server that knows its clients, as [`auth::serve`](crate::serve) does.
    pub fn development_mailbox<S: Clone + Send + Sync + 'static>(&self) -> Routes<S> {
        let mut routes = Routes::new();
        if self.mail_directory().is_some() {
            Endpoint::MAILS.add_to(&mut routes, self);
            Endpoint::MAIL.add_to(&mut routes, self);
        }
        routes
    }
}

impl<U: AuthUser> Endpoint<U> {
    const MAILS: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::GET,
            path: "/dev/mail",
            summary: "List the mail that was not sent, in development",
            body: RequestBody::None,
            success: Success {
                status: 200,
                description: "A page with the last hundred",
                content: SuccessContent::Html,
            },
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[REFUSED],
        },
        access: &Access::Public { reason: Some("development, for this machine only") },
        handler: |call| Box::pin(mails(call)),
    };

    const MAIL: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::GET,
            path: "/dev/mail/{id}",
            summary: "Show a mail that was not sent, in development",
            body: RequestBody::None,
            success: Success { status: 200, description: "A page with the mail", content: SuccessContent::Html },
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[REFUSED, (404, "There is no such mail: `not_found`")],
        },
        access: &Access::Public { reason: Some("development, for this machine only") },
        handler: |call| Box::pin(mail(call)),
    };
}

async fn mails<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let directory = directory(call)?;
    let kept = directory.kept().await.map_err(AuthError::unavailable)?;
    Ok(page::list(&kept))
}

/// Extracted by name, because the application may nest these routes below a path with parameters of its own.
#[derive(Deserialize)]
struct MailPath {
    id: String,
}

async fn mail<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let directory = directory(call)?.clone();
    let path = Path::<MailPath>::from_request_parts(&mut call.parts, &()).await.map_err(|_| AuthError::NotFound)?;
    let id = MailId::parse(&path.id).ok_or(AuthError::NotFound)?;
    let message = directory.mail(&id).await.ok_or(AuthError::NotFound)?;
    Ok(page::mail(&message, &directory.file(&id)))
}

fn directory<U: AuthUser>(call: &Call<U>) -> Result<&MailDirectory, AuthError> {
    if let Some(message) = refusal(&call.parts) {
        return Err(AuthError::Denied { code: "local_only", message: message.to_owned() });
    }
    call.auth.mail_directory().ok_or(AuthError::NotFound)
}

/// Returns why a request is not one of this machine.
fn refusal(parts: &Parts) -> Option<&'static str> {
    let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<SocketAddr>>() else {
        return Some(
            "the server does not know who is asking, and the development mailbox answers only its own machine: start it \
             with `auth::serve`, or with `into_make_service_with_connect_info::<SocketAddr>()`",
        );
    };
    if !peer.ip().to_canonical().is_loopback() {
        return Some("the development mailbox answers only the machine that it runs on: read the `.eml` files instead");
    }
    if OF_PROXIES.iter().any(|name| parts.headers.contains_key(name)) {
        return Some("the development mailbox answers nobody behind a proxy: open it at the port of the application");
    }
    if !host(parts).as_ref().is_some_and(Host::is_loopback) {
        return Some("the development mailbox answers only under a name of this machine: open it at `localhost`");
    }
    None
}
