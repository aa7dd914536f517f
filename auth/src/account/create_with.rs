//! Accounts that are more than a sign-up makes: with roles, permissions or a state, in one step.

use super::Accounts;
use crate::base::error::AuthError;
use crate::model::event::EventKind;
use crate::model::user::AuthUser;
use crate::sign_in::logins::{FormerLogins, canonical, undeliverable};
use crate::store::Change;

impl<U: AuthUser> Accounts<'_, U> {
    /// Creates an account like [`create`](Self::create), together with changes of its row: roles, permissions, whether it
    /// is active. There is no moment at which anybody can sign in without them. Without a password, nobody can sign in
    /// with one.
    ///
    /// With a pool of sqlx, all of it is one transaction. With two stores of your own, an account whose changes fail is
    /// deleted again.
    ///
    /// ```
    /// # #[cfg(feature = "macros")] {
    /// # use auth::{Auth, AuthError, AuthRole, AuthUser, PasswordHash};
    /// # #[derive(Clone, Debug, PartialEq, AuthRole)] enum Role { Member, Admin }
    /// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash,
    /// #     #[auth(role, default = Role::Member)] role: Role }
    /// use auth::store::Change;
    ///
    /// async fn seed(auth: &Auth<User>, password: &str) -> Result<(), AuthError> {
    ///     let accounts = auth.accounts();
    ///     // As people type it: the canonical form is looked up.
    ///     if accounts.find_by_login("email", "Ada@example.org").await?.is_none() {
    ///         let ada = UserRegistration { email: "ada@example.org".to_owned() };
    ///         accounts.create_with(ada, Some(password), &[Change::Roles(Role::Admin)]).await?;
    ///     }
    ///     Ok(())
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`AuthError::InvalidFields`], [`AuthError::Taken`], [`AuthError::Busy`], [`AuthError::Unavailable`];
    /// [`AuthError::Internal`] if the user type has no column for a change. There is no account then.
    pub async fn create_with(
        &self,
        registration: U::Registration,
        password: Option<&str>,
        changes: &[Change<U>],
    ) -> Result<U, AuthError> {
        let former = FormerLogins::of::<U>(&registration);
        let (registration, hash) = if let Some(password) = password {
            let (registration, password) = self.accounts.acceptable(registration, password)?;
            (registration, Some(self.accounts.sign_in.passwords().hash(password).await?))
        } else {
            let (registration, mut errors) = canonical::<U>(registration);
            errors.extend(undeliverable::<U>(&registration));
            if !errors.is_empty() {
                return Err(AuthError::InvalidFields(errors));
            }
            (registration, None)
        };
        let user = self.accounts.insert_unless_former(&former, registration, hash, None, changes).await?;
        self.tell(EventKind::UserCreated { user: user.id().to_string() });
        self.accounts.limits.password_was_set(&user).await;
        Ok(user)
    }
}
