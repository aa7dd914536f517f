use std::future::Future;
use std::pin::Pin;

use crate::base::catch_panic::catch_panic;
use crate::base::error::AuthError;
use crate::model::client_info::ClientInfo;
use crate::model::user::AuthUser;

/// Steps of the application before and after those of the library. Implement what you need; the defaults do nothing.
///
/// A hook that fails ends the request with its error; [`AuthError::Denied`] is meant for that. One that panics ends it
/// with [`AuthError::Internal`]. Hooks run within the request: keep them short, and hand long work (such as mail) to a
/// task of your own.
///
/// If a field breaks a rule of yours, return [`AuthError::InvalidFields`]. The client gets it in the same form as the
/// library's own errors: a 422 with the field, a code for programs, and a sentence for humans. Those of
/// [`before_register`](Self::before_register) come together with the library's own, in one answer.
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
/// #     let secret = Secret::generate().unwrap();
/// #     Auth::<User>::builder((users, MemoryRecords::new())).secret(secret)
/// # }
/// use auth::{AuthError, ClientInfo, FieldError, Hooks};
///
/// struct OnlyUs;
///
/// impl Hooks<User> for OnlyUs {
///     async fn before_register(&self, form: &mut UserRegistration, _: &ClientInfo) -> Result<(), AuthError> {
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
/// let refused = auth.register(form, "correct horse battery staple", &ClientInfo::default()).await;
/// assert!(matches!(refused, Err(AuthError::InvalidFields(errors)) if errors.len() == 2));
/// # let form = UserRegistration { email: "eve@elsewhere.example".to_owned(), display_name: " ".to_owned() };
/// // With a short password, the library has something to say, too.
/// let refused = auth.register(form, "short", &ClientInfo::default()).await;
/// assert!(matches!(refused, Err(AuthError::InvalidFields(errors)) if errors.len() == 3));
/// # Ok::<_, auth::Error>(()) }).unwrap(); }
/// ```
///
/// (Only sending mail to the address can tell whether it belongs to the user.)
pub trait Hooks<U: AuthUser>: Send + Sync + 'static {
    /// Runs before a sign-up is checked and stored: for invitation codes, allowed domains, fields to fill in. The
    /// logins are already in canonical form ([`canonical_login`](crate::canonical_login)).
    fn before_register(
        &self,
        registration: &mut U::Registration,
        client: &ClientInfo,
    ) -> impl Future<Output = Result<(), AuthError>> + Send {
        let _ = (registration, client);
        async { Ok(()) }
    }

    /// Runs after a sign-up was stored, before its first session. If accounts start inactive, this is the place to
    /// notify somebody who approves them; an account that is active when this returns gets its session at once.
    fn after_register(&self, user: &U, client: &ClientInfo) -> impl Future<Output = Result<(), AuthError>> + Send {
        let _ = (user, client);
        async { Ok(()) }
    }

    /// Runs when somebody has shown all that a sign-in to an active account takes, before the session starts (and before a
    /// second factor counts that is added inside the sign-in): for unaccepted terms, maintenance.
    fn before_login(&self, user: &U, client: &ClientInfo) -> impl Future<Output = Result<(), AuthError>> + Send {
        let _ = (user, client);
        async { Ok(()) }
    }

    /// Runs after the session was stored.
    fn after_login(&self, user: &U, client: &ClientInfo) -> impl Future<Output = Result<(), AuthError>> + Send {
        let _ = (user, client);
        async { Ok(()) }
    }
}

/// No hooks.
impl<U: AuthUser> Hooks<U> for () {}

type Boxed<'a> = Pin<Box<dyn Future<Output = Result<(), AuthError>> + Send + 'a>>;

/// Object-safe [`Hooks`], so that `Auth` needs only one type parameter.
pub(crate) trait DynHooks<U: AuthUser>: Send + Sync {
    fn before_register<'a>(&'a self, registration: &'a mut U::Registration, client: &'a ClientInfo) -> Boxed<'a>;
    fn after_register<'a>(&'a self, user: &'a U, client: &'a ClientInfo) -> Boxed<'a>;
    fn before_login<'a>(&'a self, user: &'a U, client: &'a ClientInfo) -> Boxed<'a>;
    fn after_login<'a>(&'a self, user: &'a U, client: &'a ClientInfo) -> Boxed<'a>;
}

/// A panic in a hook is an error like any other: what was begun is undone, and the client gets an answer.
fn guarded<'a>(name: &'static str, hook: impl Future<Output = Result<(), AuthError>> + Send + 'a) -> Boxed<'a> {
    Box::pin(async move {
        catch_panic(hook).await.unwrap_or_else(|| Err(AuthError::internal(format!("the hook `{name}` panicked"))))
    })
}

impl<U: AuthUser, H: Hooks<U>> DynHooks<U> for H {
    fn before_register<'a>(&'a self, registration: &'a mut U::Registration, client: &'a ClientInfo) -> Boxed<'a> {
        guarded("before_register", async move { Hooks::before_register(self, registration, client).await })
    }
    fn after_register<'a>(&'a self, user: &'a U, client: &'a ClientInfo) -> Boxed<'a> {
        guarded("after_register", async move { Hooks::after_register(self, user, client).await })
    }
    fn before_login<'a>(&'a self, user: &'a U, client: &'a ClientInfo) -> Boxed<'a> {
        guarded("before_login", async move { Hooks::before_login(self, user, client).await })
    }
    fn after_login<'a>(&'a self, user: &'a U, client: &'a ClientInfo) -> Boxed<'a> {
        guarded("after_login", async move { Hooks::after_login(self, user, client).await })
    }
}
