//! API keys of test users.

use super::client::TestClient;
use super::{TestApp, fail};
use crate::api_keys::NewApiKey;
use crate::model::user::AuthUser;

impl<U: AuthUser> TestApp<U> {
    /// Makes an API key for `user`, with these permissions by their names, and returns its text.
    ///
    /// ```
    /// # #[cfg(feature = "macros")] {
    /// # use auth::{AuthPermission, AuthRole, AuthUser, NameEnum, testing::TestApp};
    /// # #[derive(Clone, Debug, PartialEq, AuthPermission)] enum Permission { ReportsRead }
    /// # #[derive(Clone, Debug, PartialEq, AuthRole)]
    /// # enum Role { #[role(grants(Permission::ReportsRead))] Member }
    /// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(role, default = Role::Member)] role: Role }
    /// # async fn demo(app: TestApp<User>) {
    /// let member = app.create_user(Role::Member).await;
    /// let key = app.api_key(&member, &[Permission::ReportsRead.name()]).await;
    /// app.with_api_key(&key).get("/reports").await.expect_status(200);
    /// # } }
    /// ```
    ///
    /// # Panics
    /// If the user may not have such a key, or [`api_keys`](crate::AuthBuilder::api_keys) are off.
    pub async fn api_key(&self, user: &U, permissions: &[&str]) -> String {
        let new = NewApiKey::new("test", permissions.iter().copied());
        match self.auth().accounts().create_api_key(user.id(), new).await {
            Ok(key) => key.expose().to_owned(),
            Err(error) => fail(format_args!("cannot make an API key for the test: {error:?}")),
        }
    }

    /// Returns a client that presents an API key, or whatever text is given.
    #[must_use]
    pub fn with_api_key(&self, key: &str) -> TestClient<U> {
        TestClient::with_api_key(self.auth(), self.router(), key)
    }
}
