use std::future::Future;
use std::pin::Pin;

use crate::error::AuthError;
use crate::token::session::Client;
use crate::user::AuthUser;

/// What an application adds before and after our own steps. Implement what you need; the rest does nothing.
///
/// A hook that fails ends the request with its error: [`AuthError::Denied`] is made for that. Hooks run inside the
/// request: keep them short, and hand long work (mail) to a task of yours.
///
/// A field that breaks a rule of yours is an [`AuthError::InvalidFields`]: the client gets it as it gets our own, a 422
/// with the field, a code for programs, and a sentence for people.
///
/// ```
/// # #[cfg(all(feature = "macros", feature = "password", feature = "testing"))] {
/// # use auth::store::{Change, MemoryRecords, MemoryUsers};
/// # use auth::{Auth, AuthUser, NewUser, PasswordHash, Secret};
/// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
/// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash,
/// #     #[auth(register)] display_name: String }
/// # fn builder() -> auth::AuthBuilder<User> {
/// #     let create = |new: NewUser<User>, next: u64| User { id: next as i64, email: new.registration.email,
/// #         password_hash: new.password_hash.unwrap(), display_name: new.registration.display_name };
/// #     let users = MemoryUsers::new(create, |_: &mut User, _: Change<User>| ());
/// #     let secret = Secret::new("Zg1pQ0vXkq8uJ4mYt7wRb2NcE5sHd9aL").unwrap();
/// #     Auth::<User>::builder((users, MemoryRecords::new())).secret(secret)
/// # }
/// use auth::{AuthError, Client, FieldError, Hooks};
///
/// struct OnlyUs;
///
/// impl Hooks<User> for OnlyUs {
///     async fn before_register(&self, form: &mut UserRegistration, _: &Client) -> Result<(), AuthError> {
///         let mut errors = Vec::new();
///         if !form.email.ends_with("@example.org") {
///             errors.push(FieldError::new("email", "domain", "sign up with your address at example.org"));
///         }
///         form.display_name = form.display_name.trim().to_owned();
///         if form.display_name.is_empty() {
///             errors.push(FieldError::new("display_name", "empty", "say what to call you"));
///         }
///         if errors.is_empty() { Ok(()) } else { Err(AuthError::InvalidFields(errors)) }
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let auth = builder().hooks(OnlyUs).build().await?;
/// let form = UserRegistration { email: "eve@elsewhere.example".to_owned(), display_name: " ".to_owned() };
/// let refused = auth.register(form, "correct horse battery staple", &Client::default()).await;
/// assert!(matches!(refused, Err(AuthError::InvalidFields(errors)) if errors.len() == 2));
/// # Ok::<_, auth::Error>(()) }).unwrap(); }
/// ```
///
/// (Whether the address is theirs, only a mail to it can tell.)
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
