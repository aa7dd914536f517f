use std::future::Future;
use std::pin::Pin;

use crate::error::AuthError;
use crate::token::session::Client;
use crate::user::AuthUser;

/// What an application adds before and after our own steps. Implement what you need; the rest does nothing.
///
/// A hook that fails ends the request with its error: [`AuthError::Denied`] is made for that. Hooks run inside the
/// request: keep them short, and hand long work (mail) to a task of yours.
pub trait Hooks<U: AuthUser>: Send + Sync + 'static {
    /// Before a sign-up is checked and stored: invitation codes, allowed domains, fields to fill in. The logins are in
    /// canonical form already (trimmed, NFKC, lower case).
    fn before_register(
        &self,
        registration: &mut U::Registration,
        client: &Client,
    ) -> impl Future<Output = Result<(), AuthError>> + Send {
        let _ = (registration, client);
        async { Ok(()) }
    }

    /// After a sign-up was stored, before its first session. Where accounts begin inactive, this is where somebody is told
    /// that one waits for approval; one that is active when this ends gets its session at once.
    fn after_register(&self, user: &U, client: &Client) -> impl Future<Output = Result<(), AuthError>> + Send {
        let _ = (user, client);
        async { Ok(()) }
    }

    /// After the right password of an active account, before the session: terms not accepted, maintenance.
    fn before_login(&self, user: &U, client: &Client) -> impl Future<Output = Result<(), AuthError>> + Send {
        let _ = (user, client);
        async { Ok(()) }
    }

    /// After the session was stored.
    fn after_login(&self, user: &U, client: &Client) -> impl Future<Output = Result<(), AuthError>> + Send {
        let _ = (user, client);
        async { Ok(()) }
    }
}

/// No hooks.
impl<U: AuthUser> Hooks<U> for () {}

type Boxed<'a> = Pin<Box<dyn Future<Output = Result<(), AuthError>> + Send + 'a>>;

/// [`Hooks`], boxed, so that `Auth` has one type parameter.
pub(crate) trait DynHooks<U: AuthUser>: Send + Sync {
    fn before_register<'a>(&'a self, registration: &'a mut U::Registration, client: &'a Client) -> Boxed<'a>;
    fn after_register<'a>(&'a self, user: &'a U, client: &'a Client) -> Boxed<'a>;
    fn before_login<'a>(&'a self, user: &'a U, client: &'a Client) -> Boxed<'a>;
    fn after_login<'a>(&'a self, user: &'a U, client: &'a Client) -> Boxed<'a>;
}

impl<U: AuthUser, H: Hooks<U>> DynHooks<U> for H {
    fn before_register<'a>(&'a self, registration: &'a mut U::Registration, client: &'a Client) -> Boxed<'a> {
        Box::pin(Hooks::before_register(self, registration, client))
    }
    fn after_register<'a>(&'a self, user: &'a U, client: &'a Client) -> Boxed<'a> {
        Box::pin(Hooks::after_register(self, user, client))
    }
    fn before_login<'a>(&'a self, user: &'a U, client: &'a Client) -> Boxed<'a> {
        Box::pin(Hooks::before_login(self, user, client))
    }
    fn after_login<'a>(&'a self, user: &'a U, client: &'a Client) -> Boxed<'a> {
        Box::pin(Hooks::after_login(self, user, client))
    }
}
