//! The handle of what waits for a mailed code or link: in the body, or in a cookie of the browser that asked.
//!
//! A handle in the body decides alone, like a bearer token (HTTP-08): it is what the client means, opens nothing by itself,
//! and an old cookie must not shut out whoever has it. A cookie counts only for requests from our own pages. It goes when
//! it was used; after a refusal it stays until it ends, because the answer may arrive after that to a newer request.

use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::Response;

use super::call::Call;
use super::response::{TokenDelivery, waiting};
use crate::auth::Auth;
use crate::base::error::AuthError;
use crate::base::pending_sign_in::{Needs, PendingSignIn};
use crate::http_settings::{HandleCookie, SameOrigin};
use crate::model::body_fields::Fields;
use crate::model::user::AuthUser;

impl<U: AuthUser> Auth<U> {
    /// Returns the handle that this browser keeps, for your own pages: what [`login`](Self::login), `register`,
    /// `sign_in_by_mail`, `forgot_password` or `request_address_change` gave it.
    ///
    /// ```
    /// # use auth::{Answer, Auth, AuthError, AuthUser, ClientInfo, HandleCookie, SignIn};
    /// # use axum::http::request::Parts;
    /// /// The form with the code.
    /// async fn entered<U: AuthUser>(
    ///     auth: &Auth<U>,
    ///     request: &Parts,
    ///     client: &ClientInfo,
    ///     code: &str,
    /// ) -> Result<SignIn<U>, AuthError> {
    ///     let handle = auth.handle_cookie(HandleCookie::SignIn, request)?.ok_or(AuthError::SignInExpired)?;
    ///     auth.answer(handle, Answer::MailedCode(code), client).await
    /// }
    /// ```
    ///
    /// # Errors
    /// [`AuthError::CrossSite`] if a page of another site caused the request; [`AuthError::SignInExpired`] if the cookie
    /// is longer than a browser keeps; [`AuthError::InvalidRequest`] if there are two of them.
    pub fn handle_cookie<'a>(&self, which: HandleCookie, request: &'a Parts) -> Result<Option<&'a str>, AuthError> {
        let cookies = &self.http().cookies;
        let handle = cookies.handle(which, request).map_err(|error| match error {
            AuthError::InvalidToken => AuthError::SignInExpired,
            error => error,
        })?;
        if handle.is_some() {
            cookies.check_origin(request)?;
        }
        Ok(handle)
    }

    /// Keeps a handle in the browser that gets this response, as our own routes do for clients with cookies: no script
    /// can read it, and no form has to carry it. Get the proof that the request is from a page of yours
    /// ([`same_origin`](Self::same_origin)) before anything is done.
    ///
    /// # Errors
    /// [`AuthError::Internal`] if cookies are off.
    pub fn set_handle_cookie(
        &self,
        which: HandleCookie,
        headers: &mut HeaderMap,
        (handle, expires_in): (&str, Duration),
        _page: SameOrigin,
    ) -> Result<(), AuthError> {
        self.http().cookies.set_handle(which, headers, (handle, expires_in))
    }

    /// Removes the cookie again, when its handle was used.
    pub fn clear_handle_cookie(&self, which: HandleCookie, headers: &mut HeaderMap) {
        self.http().cookies.clear_handle(which, headers);
    }

    /// Builds the 202 of our own routes to a sign-in or a sign-up that needs another step: the handle through the given
    /// channel, never cached. For another page, set the cookie yourself.
    ///
    /// # Errors
    /// [`AuthError::Internal`] if cookies are off.
    pub fn pending_response(&self, pending: &PendingSignIn, channel: TokenDelivery) -> Result<Response, AuthError> {
        let given = (pending.sign_in.as_str(), pending.expires_in);
        self.handle_response(HandleCookie::SignIn, given, Some(pending.needs), channel)
    }

    /// Answers that something waits for a mail, if there was anybody to mail it to.
    pub(super) fn handle_response(
        &self,
        which: HandleCookie,
        (handle, life): (&str, Duration),
        needs: Option<Needs>,
        channel: TokenDelivery,
    ) -> Result<Response, AuthError> {
        match channel {
            TokenDelivery::Body => Ok(waiting(Some(handle), needs, life)),
            TokenDelivery::Cookies(page) => {
                let mut response = waiting(None, needs, life);
                self.set_handle_cookie(which, response.headers_mut(), (handle, life), page)?;
                Ok(response)
            }
        }
    }
}

/// The handle that a request names.
pub(super) struct Handle {
    pub(super) text: String,
    kept: Option<HandleCookie>,
}

impl Handle {
    /// Returns where the answer goes: into cookies, if that is where the handle came from, or else as the client wants.
    pub(super) const fn channel(&self, wanted: TokenDelivery) -> TokenDelivery {
        if self.kept.is_some() { TokenDelivery::Cookies(SameOrigin::checked()) } else { wanted }
    }

    /// It was used: the browser forgets it.
    pub(super) fn forget<U: AuthUser>(&self, auth: &Auth<U>, mut response: Response) -> Response {
        if let Some(which) = self.kept {
            auth.clear_handle_cookie(which, response.headers_mut());
        }
        response
    }
}

impl<U: AuthUser> Call<U> {
    /// Takes the handle in the body, or else the one that the browser keeps. If there is neither, it is missing in the
    /// body.
    pub(super) fn take_handle(&self, which: HandleCookie, fields: &mut Fields) -> Result<Option<Handle>, AuthError> {
        match fields.take::<Option<String>>("sign_in") {
            None => return Ok(None),
            Some(Some(text)) => return Ok(Some(Handle { text, kept: None })),
            Some(None) => {}
        }
        let kept = self.kept_handle(which)?;
        if kept.is_none() {
            fields.refuse("sign_in", "missing", "`sign_in` is required".to_owned());
        }
        Ok(kept)
    }

    /// Reads the handle of a sign-in, of a request that has nothing else.
    pub(super) async fn handle(&mut self) -> Result<Handle, AuthError> {
        match self.fields_if_any().await? {
            Some(mut fields) => {
                let handle = self.take_handle(HandleCookie::SignIn, &mut fields)?;
                fields.finish(handle)
            }
            None => self.kept_handle(HandleCookie::SignIn)?.ok_or(AuthError::UnsupportedMediaType),
        }
    }

    /// Returns the handle that the browser keeps.
    pub(super) fn kept_handle(&self, which: HandleCookie) -> Result<Option<Handle>, AuthError> {
        let text = self.report_cross_site(self.auth.handle_cookie(which, &self.parts))?;
        Ok(text.map(|text| Handle { text: text.to_owned(), kept: Some(which) }))
    }
}
