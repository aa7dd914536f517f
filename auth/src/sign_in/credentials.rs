//! What somebody types to sign in.

/// A login and a password, for [`Auth::login`](crate::Auth::login). `Debug` prints neither the password nor
/// what a device keeps.
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
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth::{AuthError, ClientInfo, Credentials};
///
/// let auth = builder().build().await?;
/// let form = UserRegistration { email: "ada@example.org".to_owned(), display_name: "Ada".to_owned() };
/// auth.register(form, "correct horse battery staple", &ClientInfo::default()).await?;
///
/// // In a handler, `client: ClientInfo` is an extractor: address and user agent, for limits and the list of sessions.
/// let ada = Credentials::new("Ada@Example.org", "correct horse battery staple");
/// let (user, tokens) = auth.login(ada, &ClientInfo::default()).await?.signed_in()?;
/// assert_eq!((user.id, auth.verify(&tokens.access_token)?.sub), (1, 1));
///
/// let wrong = Credentials::new("ada@example.org", "not the password").field("email");
/// let refused = auth.login(wrong, &ClientInfo::default()).await;
/// assert!(matches!(refused, Err(AuthError::InvalidCredentials)));
/// # Ok::<_, auth::Error>(()) }).unwrap(); }
/// ```
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    pub(super) field: Option<&'a str>,
    pub(super) login: &'a str,
    pub(super) password: &'a str,
    pub(super) device: Option<&'a str>,
}

impl<'a> Credentials<'a> {
    /// Creates credentials. The login is looked up in the first `#[auth(login)]` field.
    #[must_use]
    pub const fn new(login: &'a str, password: &'a str) -> Self {
        Self { field: None, login, password, device: None }
    }

    /// Looks the login up in the login field of this column instead.
    #[must_use]
    pub const fn field(mut self, column: &'a str) -> Self {
        self.field = Some(column);
        self
    }

    /// Adds what the device has kept ([`TrustedDevice::token`](crate::TrustedDevice)): it takes the place of a second step,
    /// if there is one and devices can be trusted ([`trusted_devices`](crate::AuthBuilder::trusted_devices)). One that is not
    /// good (any more) counts for nothing.
    #[must_use]
    pub const fn device(mut self, token: Option<&'a str>) -> Self {
        self.device = token;
        self
    }
}

impl std::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("field", &self.field).finish_non_exhaustive()
    }
}
