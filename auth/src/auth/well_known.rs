//! What the addresses below `/.well-known/` say.

use super::{Auth, AuthBuilder};
use crate::model::user::AuthUser;
use crate::passkeys::{Outside, is_page};

impl<U: AuthUser> AuthBuilder<U> {
    /// Sets the page where people change their password, as a path (`/account/password`) or a URL: where
    /// `/.well-known/change-password` leads, which password managers open (A Well-Known URL for Changing Passwords, W3C).
    ///
    /// The route is one of [`well_known`](Auth::well_known).
    pub fn change_password_page(mut self, page: impl Into<String>) -> Self {
        let page = page.into();
        if !is_page(&page) {
            let page = page.escape_debug();
            self.problems.push(format!(
                "`{page}` is no page to change a password: write a path such as `/password`, or `https://app.example/password`"
            ));
        }
        if U::SCHEMA.password.is_none() {
            let name = U::SCHEMA.name;
            self.problems.push(format!("`change_password_page` is for people with a password, and `{name}` has none"));
        }
        self.change_password_page = Some(page);
        self
    }
}

impl<U: AuthUser> Auth<U> {
    /// Returns what others read about the passkeys, if there are any.
    pub(crate) fn passkeys_outside(&self) -> Option<&Outside> {
        self.inner.accounts.sign_in.passkeys().ok().map(|passkeys| &passkeys.party().outside)
    }
}
