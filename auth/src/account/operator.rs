//! What an operator at a terminal asks for: accounts by what people type, and roles by their names.

use super::{Accounts, LoginField};
use crate::base::error::AuthError;
use crate::model::user::AuthUser;
use crate::store::StoreError;

impl<U: AuthUser> Accounts<'_, U> {
    /// Returns the user whose login at `index` was typed as `typed`: in the form in which a login looks it up.
    pub(crate) async fn find_typed(&self, index: usize, typed: &str) -> Result<Option<U>, AuthError> {
        Ok(self.accounts.logins.find_typed(index, typed).await?)
    }

    /// Returns a page of accounts, by id. A row that cannot be read is an error in its place.
    pub(crate) async fn list(
        &self,
        after: Option<&U::Id>,
        most: u32,
    ) -> Result<Vec<Result<U, StoreError>>, StoreError> {
        self.accounts.users.list_each(after, most).await
    }

    /// [`set_login`](Self::set_login), for the login at this index.
    pub(crate) async fn set_login_at(&self, id: &U::Id, index: usize, login: &str) -> Result<(), AuthError> {
        self.set_login(id, LoginField::at(index), login).await
    }

    /// [`set_role`](Self::set_role) or [`set_roles`](Self::set_roles), for whichever of them the user type has.
    pub(crate) async fn set_held_roles(&self, id: &U::Id, roles: U::Roles) -> Result<(), AuthError> {
        self.store_roles(id, roles).await
    }
}
