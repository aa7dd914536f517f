//! Sign-up and login.

use super::Auth;
use super::limits::password::Attempt;
use super::logins::{FormerLogins, canonical, undeliverable};
use super::session::Tokens;
use crate::PasswordHash;
use crate::claims::Amr;
use crate::error::AuthError;
use crate::event::{EventKind, LimitedAction, LoginFailure, RegistrationRefusal};
use crate::password::{Password, PasswordError, Turn, Verdict};
use crate::proof::{Proof, Verified};
use crate::store::{StoreError, wait};
use crate::token::session::Client;
use crate::user::{AuthUser, Registration};

/// A login and a password, for [`Auth::login`]. `Debug` does not print the password.
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
/// use auth::{AuthError, Client, Credentials};
///
/// let auth = builder().build().await?;
/// let form = UserRegistration { email: "ada@example.org".to_owned(), display_name: "Ada".to_owned() };
/// auth.register(form, "correct horse battery staple", &Client::default()).await?;
///
/// // In a handler, `client: Client` is an extractor: address and user agent, for limits and the list of sessions.
/// let ada = Credentials::new("Ada@Example.org", "correct horse battery staple");
/// let (user, tokens) = auth.login(ada, &Client::default()).await?;
/// assert_eq!((user.id, auth.verify(&tokens.access_token)?.sub), (1, 1));
///
/// let wrong = Credentials::new("ada@example.org", "not the password").field("email");
/// let refused = auth.login(wrong, &Client::default()).await;
/// assert!(matches!(refused, Err(AuthError::InvalidCredentials)));
/// # Ok::<_, auth::Error>(()) }).unwrap(); }
/// ```
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    field: Option<&'a str>,
    login: &'a str,
    password: &'a str,
}

impl<'a> Credentials<'a> {
    /// Creates credentials. The login is looked up in the first `#[auth(login)]` field.
    #[must_use]
    pub const fn new(login: &'a str, password: &'a str) -> Self {
        Self { field: None, login, password }
    }

    /// Looks the login up in the login field of this column instead.
    #[must_use]
    pub const fn field(mut self, column: &'a str) -> Self {
        self.field = Some(column);
        self
    }
}

impl std::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("field", &self.field).finish_non_exhaustive()
    }
}

impl<U: AuthUser> Auth<U> {
    /// Creates an account and signs it in.
    ///
    /// # Errors
    /// [`AuthError::TooManyRequests`]; [`AuthError::InvalidFields`] with every rule that login and password break,
    /// [`AuthError::Taken`], [`AuthError::Busy`], any error of a hook, [`AuthError::Unavailable`].
    ///
    /// [`AuthError::NotYetActive`] if new accounts of the table need approval (`is_active … DEFAULT FALSE`) and no hook
    /// has given it yet: the account exists, but has no session. `auth.users().enable(…)` approves it.
    ///
    /// [`AuthError::AccountCreated`] if something failed after the account was stored: the account exists, but has no
    /// session, and its user can sign in. (If a hook refuses by then, its error is returned, and the account exists as
    /// well.)
    pub async fn register(
        &self,
        registration: U::Registration,
        password: &str,
        client: &Client,
    ) -> Result<(U, Tokens), AuthError> {
        let inner = self.inner();
        // Before anything that costs work: even folding a login does.
        let begun = self.begin_attempt(LimitedAction::Register, client)?;
        // Canonical for the hook, too: one that refuses a domain must not be fooled by capitals or full-width letters.
        // Whatever it changes is checked again.
        let former = FormerLogins::of::<U>(&registration);
        let (mut registration, _) = canonical::<U>(registration);
        let turn = self.turn().await?;
        self.limit_sign_up(begun, &registration, client).await?;
        drop(turn);
        let refused = |reason| self.tell(client, EventKind::RegistrationRefused { reason });
        let allowed = inner.hooks.before_register(&mut registration, client).await;
        allowed.inspect_err(|_| refused(RegistrationRefusal::Denied))?;
        let (registration, new) = self.acceptable(registration, password)?;
        let hash = inner.passwords.hash(new).await?;
        let user = self.insert_unless_former(&former, registration, Some(hash)).await.inspect_err(|error| {
            if matches!(error, AuthError::Taken { .. }) {
                refused(RegistrationRefusal::Taken);
            }
        })?;
        let id = user.id().to_string();
        self.tell(client, EventKind::Registered { user: id });
        self.first_session(user, password, client).await.map_err(AuthError::after_sign_up)
    }

    /// Begins the session of an account that has just been created.
    async fn first_session(&self, user: U, password: &str, client: &Client) -> Result<(U, Tokens), AuthError> {
        let inner = self.inner();
        self.account_began(&user, client).await;
        inner.hooks.after_register(&user, client).await?;
        // The hook may have approved an account that starts inactive.
        if !user.is_active() && !inner.users.find(user.id()).await?.is_some_and(|row| row.is_active()) {
            let (user, reason) = (Some(user.id().to_string()), LoginFailure::Inactive);
            self.tell(client, EventKind::LoginFailed { user, reason });
            return Err(AuthError::NotYetActive);
        }
        let generation = self.mark(user.id()).await?.generation;
        self.sign_in(Proof::new(user, Amr::PASSWORD, generation), password, client).await
    }

    /// Signs in with a password, and returns the user as the access token describes them.
    ///
    /// # Errors
    /// [`AuthError::InvalidCredentials`] for an unknown login or a wrong password, after the same work;
    /// [`AuthError::InactiveUser`] only after the right password; [`AuthError::TooManyRequests`] before anything is
    /// looked up, for unknown and known logins alike; [`AuthError::Busy`] when too many passwords are being checked;
    /// any error of a hook; [`AuthError::Unavailable`].
    pub async fn login(&self, credentials: Credentials<'_>, client: &Client) -> Result<(U, Tokens), AuthError> {
        let proof = self.prove_password(credentials, client).await?;
        if let Err(error) = self.inner().hooks.before_login(proof.user(), client).await {
            let (user, reason) = (Some(proof.user().id().to_string()), LoginFailure::Denied);
            self.tell(client, EventKind::LoginFailed { user, reason });
            return Err(error);
        }
        self.sign_in(proof, credentials.password, client).await
    }

    /// Counts the attempt, checks the password, and returns the proof needed to start a session.
    async fn prove_password(&self, credentials: Credentials<'_>, client: &Client) -> Result<Proof<U>, AuthError> {
        let begun = self.begin_attempt(LimitedAction::Login, client)?;
        let login = (Self::wanted_login(credentials)?, credentials.login);
        let turn = self.turn().await?;
        let aim = self.aim_at_typed(login.0, login.1);
        let mut attempt = self.attempt_password(begun, aim, None, client).await?;
        let proved = self.check_password(login, credentials.password, &mut attempt, turn, client).await;
        match &proved {
            Ok(proof) => self.attempt_succeeded(attempt, proof.user()).await,
            Err(AuthError::InvalidCredentials) => {}
            Err(AuthError::Unavailable { .. }) => self.attempt_undone_later(attempt).await,
            Err(_) => self.attempt_undone(attempt).await,
        }
        proved
    }

    /// Waits for this request's turn to look up an account, for as long as it may wait for stores.
    async fn turn(&self) -> Result<Turn<'_>, AuthError> {
        let inner = self.inner();
        let turn =
            async { inner.passwords.look_up().await.ok_or_else(|| StoreError::unavailable("nobody has a turn")) };
        Ok(wait(inner.store_timeout, turn).await?)
    }

    async fn check_password(
        &self,
        (index, login): (usize, &str),
        password: &str,
        attempt: &mut Attempt,
        turn: Turn<'_>,
        client: &Client,
    ) -> Result<Proof<U>, AuthError> {
        let inner = self.inner();
        let fail = |attempt: Attempt, user: Option<&U>, reason| {
            let user = user.map(|user| user.id().to_string());
            let account = self.account_key(index, login).to_string();
            self.tell_about(client, account, EventKind::LoginFailed { user: user.clone(), reason });
            if !matches!(reason, LoginFailure::Inactive) {
                self.attempt_failed(attempt, user, client);
            }
        };
        let user = match self.find_typed(index, login).await {
            Err(error) if error.is_corrupt() => {
                drop(turn);
                let right = self.knows_password((index, login), password).await?;
                if !right {
                    fail(*attempt, None, LoginFailure::WrongPassword);
                }
                return Err(if right { error.into() } else { AuthError::InvalidCredentials });
            }
            user => user?,
        };
        self.complete_sign_up(user.as_ref()).await?;
        // Read before the password is checked: any change of the password meanwhile raises it.
        let generation = match &user {
            Some(user) => self.mark(user.id()).await?.generation,
            // The same number of queries for an account that does not exist.
            None => self.absent_mark().await?,
        };
        drop(turn);
        self.attempt_is_at(attempt, LimitedAction::Login, user.as_ref(), client).await?;
        let attempt = *attempt;
        let stored = user.as_ref().and_then(AuthUser::password_hash);
        let verdict = inner.passwords.verify(Password::new(password), stored).await;
        if let (Err(PasswordError::CorruptHash { .. }), Some(user)) = (&verdict, &user) {
            self.tell(client, EventKind::CorruptHash { user: user.id().to_string() });
        }
        let verdict = verdict?;
        let has_password = stored.is_some_and(|hash| !hash.is_empty() && !hash.starts_with(['!', '*']));
        let Some(user) = user else {
            fail(attempt, None, LoginFailure::UnknownAccount);
            return Err(AuthError::InvalidCredentials);
        };
        let upgrade = match verdict {
            Verdict::Right { upgrade } => upgrade,
            Verdict::Wrong => {
                let reason = if has_password { LoginFailure::WrongPassword } else { LoginFailure::NoPassword };
                fail(attempt, Some(&user), reason);
                return Err(AuthError::InvalidCredentials);
            }
        };
        if !user.is_active() {
            fail(attempt, Some(&user), LoginFailure::Inactive);
            return Err(AuthError::InactiveUser);
        }
        let verified = match upgrade {
            Some(hash) => self.renew_hash(&user, hash, client).await,
            None => Verified::Stays,
        };
        Ok(Proof::new(user, Amr::PASSWORD, generation).with_hash(verified))
    }

    /// The row cannot be read, because it holds a value that this release does not know. Only who knows the password is
    /// told.
    async fn knows_password(&self, (index, login): (usize, &str), password: &str) -> Result<bool, AuthError> {
        let inner = self.inner();
        let stored = self.find_typed_hash(index, login).await?;
        let stored = stored.as_ref().map(PasswordHash::expose);
        Ok(matches!(inner.passwords.verify(Password::new(password), stored).await?, Verdict::Right { .. }))
    }

    /// Returns the index of the login field.
    fn wanted_login(credentials: Credentials<'_>) -> Result<usize, AuthError> {
        let logins = U::SCHEMA.logins.iter().enumerate();
        let mut wanted = logins.filter(|(_, login)| credentials.field.is_none_or(|field| login.column == field));
        let (index, _) = wanted.next().ok_or(AuthError::InvalidRequest("there is no such login field"))?;
        Ok(index)
    }

    async fn absent_mark(&self) -> Result<u64, AuthError> {
        let inner = self.inner();
        inner.records.get(&inner.kinds.mark, "").await?;
        Ok(0)
    }

    /// Checks a sign-up and reports every broken rule of logins and password at once.
    pub(super) fn acceptable(
        &self,
        registration: U::Registration,
        password: &str,
    ) -> Result<(U::Registration, Password), AuthError> {
        let (registration, mut errors) = canonical::<U>(registration);
        errors.extend(undeliverable::<U>(&registration));
        let context: Vec<&str> = (0..U::SCHEMA.logins.len()).filter_map(|index| registration.login(index)).collect();
        let password = Password::new(password);
        if let Err(rules) = self.inner().passwords.policy().check(&password, &context) {
            errors.extend(rules.iter().map(|rule| rule.at("password")));
        }
        if errors.is_empty() { Ok((registration, password)) } else { Err(AuthError::InvalidFields(errors)) }
    }
}
