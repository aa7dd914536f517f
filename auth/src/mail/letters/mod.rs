//! What mails say: built-in letters in English and German, and the application's own.

mod built_in;
mod english;
mod german;
mod html;
mod letter;
mod words;
mod written;

use built_in::built_in;
pub use html::Html;
pub(crate) use html::escaped;
pub use letter::Letter;
pub use written::Written;

use crate::base::catch_panic::catch_panic_now;
use crate::model::locale::Locale;
use crate::model::user::AuthUser;

/// Writes letters. `None` leaves one to the library, which writes German to readers who prefer it, and else English.
///
/// ```
/// # #[cfg(feature = "macros")] {
/// # use auth::{AuthUser, Locale, PasswordHash};
/// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
/// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash,
/// #     #[auth(register)] display_name: String }
/// use auth::mail::{Html, Letter, Letters, Written};
///
/// struct Ours;
///
/// impl Letters<User> for Ours {
///     fn write(&self, letter: &Letter<'_, User>, _: &Locale) -> Option<Written> {
///         let Letter::ResetPassword { user, link, .. } = letter else { return None };
///         let greeting = format!("Hello {},", user.display_name);
///         Some(Written {
///             subject: "Your new password".to_owned(),
///             text: format!("{greeting}\n\nchoose it here: {link}\n"),
///             html: Some(Html::new("en").paragraph(&greeting).button(link, "Choose a password").finish()),
///         })
///     }
/// }
/// # }
/// ```
pub trait Letters<U: AuthUser>: Send + Sync + 'static {
    /// Writes one letter. It is written anew for each attempt to send it.
    fn write(&self, letter: &Letter<'_, U>, locale: &Locale) -> Option<Written>;
}

/// The built-in letters.
impl<U: AuthUser> Letters<U> for () {
    fn write(&self, _: &Letter<'_, U>, _: &Locale) -> Option<Written> {
        None
    }
}

/// Object-safe [`Letters`], with the built-in ones behind them.
pub(crate) trait DynLetters<U: AuthUser>: Send + Sync + 'static {
    fn write(&self, letter: &Letter<'_, U>, locale: &Locale) -> Written;
}

impl<U: AuthUser, L: Letters<U>> DynLetters<U> for L {
    fn write(&self, letter: &Letter<'_, U>, locale: &Locale) -> Written {
        // Whoever waits for a new password is better served by our words than by none.
        let own = catch_panic_now(|| Letters::write(self, letter, locale)).unwrap_or_else(|| {
            tracing::error!(target: "auth::mail", "the application's letters panicked: the built-in one was sent");
            None
        });
        own.unwrap_or_else(|| built_in(&letter.facts(), locale))
    }
}

#[cfg(test)]
mod tests;
