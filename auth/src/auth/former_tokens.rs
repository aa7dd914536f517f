//! Access tokens of the auth before this one, by the handle.

use super::AuthBuilder;
use crate::former_tokens::FormerTokens;
use crate::model::user::AuthUser;

impl<U: AuthUser> AuthBuilder<U> {
    /// Accepts the access tokens that the application issued before it used this library, until they expire: the switch
    /// signs nobody out. Off by default; see [the guide](crate::guide::coming_from) for the whole way.
    ///
    /// ```
    /// # use auth::{AuthBuilder, AuthUser};
    /// use auth::FormerTokens;
    ///
    /// # fn with<U: AuthUser>(builder: AuthBuilder<U>, former_secret: &str) -> AuthBuilder<U> {
    /// // The text with which `jsonwebtoken` signed `{"sub": "42", "exp": …}`.
    /// builder.former_tokens(FormerTokens::hs256(former_secret).accepted_until("2027-03-01"))
    /// # }
    /// ```
    ///
    /// A former token in the `Authorization` header is exchanged for a session at the first request. That is a session like
    /// any other: it is in the list (`former_token`), and a logout, another password, or a disabled account ends it, after
    /// which the token is refused. It has no refresh token, ends with the token at the latest, and nobody has signed in: it
    /// is never recent ([`Fresh`](crate::Fresh)) and has no second factor. Roles are those of the row. The application
    /// gets [`FormerTokenAccepted`](crate::event::EventKind::FormerTokenAccepted), and no hook is asked.
    ///
    /// A token is refused if anything of its user was ended by this library since it was issued, if there is no such user,
    /// or if the account is disabled. Tokens in cookies are not read.
    ///
    /// `build()` refuses a key that is none, a guessable secret, and a missing end. Former tokens have a cache of the size of
    /// [`token_cache`](Self::token_cache).
    pub fn former_tokens(mut self, tokens: FormerTokens) -> Self {
        self.former_tokens = Some(tokens);
        self
    }
}
