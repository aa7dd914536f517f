//! One request to one of the built-in routes.

use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::response::Response;

use super::body;
use super::form::Form;
use super::response::TokenDelivery;
use crate::auth::Auth;
use crate::base::error::AuthError;
use crate::base::pending_sign_in::PendingSignIn;
use crate::http::extract::{Caller, admit, client, refused, renew, test_probe};
use crate::http::rejection::Refused;
use crate::http_settings::SameOrigin;
use crate::model::body_fields::Fields;
use crate::model::claims::Claims;
use crate::model::client_info::ClientInfo;
use crate::model::event::Refusal;
use crate::model::user::AuthUser;
use crate::policy::Access;

/// A request that is being handled.
pub(super) struct Call<U: AuthUser> {
    pub(super) auth: Auth<U>,
    pub(super) parts: Parts,
    body: Option<Body>,
    /// How many bytes of the body are read.
    max_body: usize,
    caller: Option<Caller<Auth<U>>>,
}

impl<U: AuthUser> Call<U> {
    pub(super) fn new(auth: Auth<U>, request: Request, max_body: usize) -> Self {
        let (parts, body) = request.into_parts();
        Self { auth, parts, body: Some(body), max_body, caller: None }
    }

    /// Decides before the body is read. Returns a response if that was all that was asked for, or if the browser has to
    /// ask again.
    pub(super) async fn admit(&mut self, access: &'static Access<U>) -> Result<Option<Response>, Refused> {
        // Those that are open to everybody read the cookies themselves.
        if matches!(access, Access::Protected { .. })
            && let Some(again) = renew(&mut self.parts, &self.auth, access).await
        {
            return Ok(Some(again));
        }
        self.caller = admit::<Auth<U>, (), ()>(&mut self.parts, &(), &self.auth, access).await?;
        if let Some(decided) = test_probe::passed(&self.parts) {
            return Ok(Some(decided));
        }
        self.check_row().await?;
        Ok(None)
    }

    /// Refuses a token that names its row if that row is gone. Whoever has a token of an earlier row with the same id
    /// must not see or end the sessions of the user who has it now.
    async fn check_row(&mut self) -> Result<(), Refused> {
        if self.caller.as_ref().is_some_and(|caller| caller.claims().is_ok_and(|claims| claims.created().is_some())) {
            self.row().await?;
        }
        Ok(())
    }

    /// Returns the caller of a route that is not public.
    pub(super) fn caller(&self) -> Result<&Caller<Auth<U>>, AuthError> {
        self.caller.as_ref().ok_or(AuthError::NotSignedIn)
    }

    /// Returns the claims of the caller's token, which an API key has none of.
    pub(super) fn claims(&self) -> Result<&U::Claims, AuthError> {
        self.caller()?.claims()
    }

    /// Returns the caller's row, which is active and meets every rule.
    pub(super) async fn row(&mut self) -> Result<&U, Refused> {
        let caller = self.caller.as_ref().ok_or(AuthError::NotSignedIn)?;
        caller.row(&mut self.parts, &self.auth).await
    }

    /// Does the same with a row that is not from the cache.
    pub(super) async fn live_row(&mut self) -> Result<&U, Refused> {
        let caller = self.caller.as_ref().ok_or(AuthError::NotSignedIn)?;
        caller.live_row(&mut self.parts, &self.auth).await
    }

    /// Reports a refusal for being cross-site: a request that uses or asks for cookies must come from our own pages.
    pub(super) fn report_cross_site<T>(&self, checked: Result<T, AuthError>) -> Result<T, AuthError> {
        if matches!(checked, Err(AuthError::CrossSite)) {
            refused(&self.parts, &self.auth, None, Refusal::CrossSite);
        }
        checked
    }

    /// Returns where the tokens go. Called before anything is done.
    pub(super) fn channel(&self) -> Result<TokenDelivery, AuthError> {
        self.report_cross_site(self.auth.token_delivery(&self.parts))
    }

    /// The same for a caller who is signed in: it is the channel of their access token, and cookies for everybody if the
    /// settings say that no token is ever in a body.
    pub(super) fn callers_channel(&self) -> Result<TokenDelivery, AuthError> {
        let http = self.auth.http();
        let always = matches!(http.cookies.names(), Some((_, true)));
        match http.scheme.token(&self.parts.headers)? {
            // Checked as at a login: no page of another site gets the browser a cookie.
            Some(_) if always => self.channel(),
            Some(_) => Ok(TokenDelivery::Body),
            // The guard has checked the origin of a request with cookies.
            None => Ok(TokenDelivery::Cookies(SameOrigin::checked())),
        }
    }

    /// Answers that another step is needed, with the handle where the tokens will go.
    pub(super) fn step_response(&self, pending: Box<PendingSignIn>, channel: TokenDelivery) -> Response {
        self.auth.http().step_response(pending, matches!(channel, TokenDelivery::Cookies(_)), &self.parts)
    }

    pub(super) fn client(&self) -> ClientInfo {
        client(&self.parts, &self.auth)
    }

    /// Reads the JSON object in the body.
    pub(super) async fn fields(&mut self) -> Result<Fields, AuthError> {
        self.fields_if_any().await?.ok_or(AuthError::UnsupportedMediaType)
    }

    /// Reads the JSON object in the body, if there is a body.
    pub(super) async fn fields_if_any(&mut self) -> Result<Option<Fields>, AuthError> {
        body::fields(&self.parts, self.body.take().unwrap_or_default(), self.max_body).await
    }

    /// Reads the form in the body.
    pub(super) async fn form(&mut self) -> Result<Form, AuthError> {
        body::form(&self.parts, self.body.take().unwrap_or_default(), self.max_body).await
    }

    /// Reads the address in the body, under the name of its login.
    pub(super) async fn address(&mut self) -> Result<String, AuthError> {
        let mut fields = self.fields().await?;
        let address = fields.take::<String>(U::SCHEMA.address_column());
        fields.finish(address)
    }

    /// Reads the token of a mailed link in the body.
    pub(super) async fn mailed_token(&mut self) -> Result<String, AuthError> {
        let mut fields = self.fields().await?;
        let token = fields.take::<String>("token");
        fields.finish(token)
    }

    /// Reads the refresh token in the body, if there is one.
    pub(super) async fn refresh_token_in_body(&mut self) -> Result<Option<String>, AuthError> {
        let Some(mut fields) = self.fields_if_any().await? else { return Ok(None) };
        let token = fields.take::<Option<String>>("refresh_token");
        fields.finish(token)
    }
}
