//! The rules for logins that are to be stored, apart from uniqueness.
//!
//! Sign-up fields that go into the token are limited to 512 bytes each: otherwise a stranger could make an account
//! whose token fits into no header or cookie.

use unicode_normalization::is_nfc;

use crate::base::error::{AuthError, FieldError};
use crate::model::canonical::{canonical_login as canonical, is_domain, visible};
use crate::model::schema::Login;
use crate::model::user::AuthUser;

/// The longest login, in bytes: an e-mail address has at most 254 (RFC 5321 §4.5.3.1.3).
const MAX_BYTES: usize = 254;
/// The longest local part of an address that mail is delivered to (RFC 5321 §4.5.3.1.1).
const MAX_LOCAL_BYTES: usize = 64;

/// Returns the canonical form of a login for the column `field`, after checking that it may be stored: for applications
/// that write logins themselves. Sign-up stores this form and login looks for it, so a row with any other may belong to
/// somebody who cannot sign in.
///
/// The form depends on the field, which is why it takes the user type. All are trimmed. Unless it is
/// `#[auth(login(exact))]`, the text becomes NFKC with Unicode's simple case folding: `Σ`, `σ` and `ς` are one, `ß` and
/// `ss` are two. If the name of the column contains "mail", it is an address: its domain becomes what DNS resolves
/// (UTS 46, non-transitional, as A-labels), and characters that are not seen are removed. In other fields they are
/// refused, except joiners where RFC 5892 §A allows them. An exact field keeps every letter as it was typed; it refuses
/// twins of another text: blanks that are no spaces, and text that is not NFC.
///
/// ```
/// # #[cfg(feature = "macros")] {
/// # use auth::{AuthError, AuthUser, PasswordHash};
/// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
/// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(login(exact))] badge: Option<String>,
/// #     #[auth(password_hash)] password_hash: PasswordHash }
/// use auth::canonical_login;
///
/// assert_eq!(canonical_login::<User>("email", " Ada@EXÄMPLE.org\u{200b}").unwrap(), "ada@xn--exmple-cua.org");
/// assert_eq!(canonical_login::<User>("badge", " A-17 ").unwrap(), "A-17");
/// let refused = canonical_login::<User>("email", "ada").unwrap_err();
/// assert_eq!(refused.to_string(), "some fields are not valid: `email` is not an e-mail address (invalid)");
///
/// // In a handler: the unique index of the column says whether it is taken.
/// # async fn rename(pool: &sqlx::SqlitePool, auth: &auth::Auth<User>, id: i64, typed: &str) -> auth::Result<()> {
/// let email = canonical_login::<User>("email", typed)?;
/// sqlx::query("UPDATE users SET email = $1 WHERE id = $2").bind(email).bind(id).execute(pool).await?;
/// auth.accounts().row_changed(&id).await?;
/// # Ok(()) }
/// # }
/// ```
///
/// # Errors
/// [`AuthError::InvalidFields`] with the rule that the login breaks; [`AuthError::InvalidRequest`] if there is no login
/// field of that name.
pub fn canonical_login<U: AuthUser>(field: &str, text: &str) -> Result<String, AuthError> {
    let login = U::SCHEMA.logins.iter().find(|login| login.column == field);
    let login = login.ok_or(AuthError::InvalidRequest("there is no such login field"))?;
    let text = canonical(login, text).into_owned();
    match broken(login, &text).or_else(|| undeliverable(login, &text)) {
        Some(error) => Err(AuthError::InvalidFields(vec![error])),
        None => Ok(text),
    }
}

/// Returns the first rule that `text` (canonical) breaks. Whether an address is one can only be found out by sending
/// mail to it.
pub(crate) fn broken(login: &Login, text: &str) -> Option<FieldError> {
    let column = login.column;
    let broken = |code, message: String| Some(FieldError::new(column, code, message));
    if text.is_empty() {
        return broken("missing", format!("`{column}` is empty"));
    }
    if text.len() > MAX_BYTES {
        return broken("too_long", format!("`{column}` is longer than {MAX_BYTES} bytes"));
    }
    if text.chars().any(char::is_control) {
        return broken("invalid", format!("`{column}` contains control characters"));
    }
    if visible::has_unseen(text) {
        return broken("invalid", format!("`{column}` contains invisible characters"));
    }
    if login.exact && text.chars().any(|c| c.is_whitespace() && c != ' ') {
        return broken("invalid", format!("`{column}` contains blanks that are no spaces"));
    }
    if login.exact && !is_nfc(text) {
        return broken(
            "invalid",
            format!("`{column}` has letters in a form that is taken for another one (it is not NFC)"),
        );
    }
    if login.is_address() && !looks_like_an_address(text) {
        return broken("invalid", format!("`{column}` is not an e-mail address"));
    }
    None
}

/// Returns the rule for new addresses alone: existing accounts may be imported with what no mail reaches. What breaks a
/// rule for all of them is [`broken`], and said once.
pub(crate) fn undeliverable(login: &Login, text: &str) -> Option<FieldError> {
    if broken(login, text).is_some() {
        return None;
    }
    let (local, domain) = text.rsplit_once('@').filter(|_| login.is_address())?;
    let column = login.column;
    // Only quoted parts may have these (RFC 5321 §4.1.2). For parsers of headers `a:b@x.org` is a group whose member is
    // `b@x.org`, so mail for one account would go to the mailbox of another.
    if local.contains([':', '[', ']']) || !is_of_the_open_network(domain) {
        return Some(FieldError::new(column, "invalid", format!("`{column}` is not an e-mail address")));
    }
    let message = || format!("the part of `{column}` before the `@` is longer than {MAX_LOCAL_BYTES} bytes");
    (local.len() > MAX_LOCAL_BYTES).then(|| FieldError::new(column, "too_long", message()))
}

/// Whether a domain is a name, of the letters that names of hosts have (RFC 5321 §4.1.2): whatever else stands there, a
/// mailer may read as something else. What ends in a number is the address of a host for resolvers (`127.1`, `0x7f.1`), and
/// may be an inner one.
fn is_of_the_open_network(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let last = domain.rsplit('.').next().unwrap_or_default();
    let digits = last.strip_prefix("0x").map_or_else(
        || last.bytes().all(|byte| byte.is_ascii_digit()),
        |hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()),
    );
    domain.split('.').all(is_label) && !digits
}

/// One `@` with text on both sides, no blanks, no lists, no quoting (REG-04), and a domain that can be looked up.
fn looks_like_an_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |part: &str| {
        !part.is_empty()
            && !part
                .chars()
                .any(|c| c.is_whitespace() || matches!(c, '@' | ',' | ';' | '"' | '<' | '>' | '(' | ')' | '\\'))
    };
    plain(local) && plain(domain) && !domain.starts_with('.') && !domain.ends_with('.') && is_domain(domain)
}

#[cfg(test)]
mod tests {
    use super::{broken, undeliverable};
    use crate::model::schema::{Login, Sql};

    const NONE: Sql = Sql { dollar: "", question: "" };

    const fn login(column: &'static str) -> Login {
        Login { column, exact: false, optional: false, address: false, select: NONE, update: NONE }
    }

    const EMAIL: Login = Login { address: true, ..login("email") };
    const NAME: Login = login("user_name");

    #[test]
    fn reg_04_only_one_plain_address_is_an_e_mail_login() {
        for good in ["a@x.y", "first.last+tag@sub.example.org", "ü@xn--exmple-cua.org", "root@localhost"] {
            assert_eq!(broken(&EMAIL, good), None, "{good}");
        }
        for bad in [
            "",
            "a",
            "@x",
            "a@",
            "a@x.y,b@z.w",
            "\"a@b\"@x.y",
            "a b@x.y",
            "A <a@x.y>",
            "a@x.y\n",
            "a@@x",
            "a@.x",
            "a@xn--a.org",
            "a@\u{5d0}a.org",
        ] {
            assert!(broken(&EMAIL, bad).is_some(), "{bad:?}");
        }
        assert!(broken(&EMAIL, &format!("{}@x.y", "a".repeat(251))).is_some());
    }

    #[test]
    fn other_logins_are_bounded_and_visible() {
        for good in ["ada", "ada king", "نی\u{200c}ما", "ניצן", "\u{600}1"] {
            assert_eq!(broken(&NAME, good), None, "{good}");
        }
        for bad in [
            "ada\0",
            "admin\u{200b}",
            "ad\u{ad}min",
            "\u{202e}nimda",
            "\u{feff}admin",
            "\u{200b}",
            "a\u{e0041}",
            "a\u{200d}b",
            "a\u{2028}b",
            "\u{3164}",
            "\u{2800}",
            "a\u{fff9}b",
            "a\u{fe0f}",
        ] {
            let error = broken(&NAME, bad).unwrap();
            assert_eq!(error.code, "invalid", "{bad:?}");
            assert!(!error.message.contains(bad), "{bad:?}");
        }
    }

    #[test]
    fn exact_logins_have_no_twins() {
        let badge = Login { exact: true, ..login("badge") };
        for good in ["A 17", "Zo\u{eb} 7", "ﬁn", "Σς"] {
            assert_eq!(broken(&badge, good), None, "{good}");
        }
        for twin in ["A\u{a0}17", "A\u{2003}17", "A\u{3000}17", "Zoe\u{308} 7", "\u{212b}ngström", "\u{1100}\u{1161}"]
        {
            assert_eq!(broken(&badge, twin).unwrap().code, "invalid", "{twin:?}");
        }
    }

    #[test]
    fn new_address_needs_a_deliverable_local_part() {
        let with = |bytes| format!("{}@x.org", "a".repeat(bytes));
        assert_eq!(undeliverable(&EMAIL, &with(64)), None);
        assert_eq!(undeliverable(&EMAIL, &with(65)).unwrap().code, "too_long");
        assert_eq!(undeliverable(&NAME, &with(65)), None);
        assert_eq!(broken(&EMAIL, &with(65)), None, "who has one already keeps it");
    }

    #[test]
    fn new_address_is_one_mailbox_of_the_open_network() {
        for good in ["a@x.org", "a@xn--exmple-cua.org", "root@localhost", "a@r3---x.org", "a@1.x1", "a@x.0xg"] {
            assert_eq!(undeliverable(&EMAIL, good), None, "{good}");
        }
        let label = format!("a@{}.org", "x".repeat(64));
        for bad in
            ["a:b@x.org", ":b@x.org", "a]@x.org", "[a@x.org", "a@x.org:25", "a@x/y.org", "a@x%y", "a@x..org", "a@x|y"]
                .into_iter()
                .chain([
                    "a@127.0.0.1",
                    "a@127.1",
                    "a@2130706433",
                    "a@0x7f.0x1",
                    "a@0x",
                    "a@[127.0.0.1]",
                    "a@x_y.org",
                    &label,
                ])
        {
            assert_eq!(undeliverable(&EMAIL, bad).unwrap().code, "invalid", "{bad}");
            assert_eq!(broken(&EMAIL, bad), None, "who has one already keeps it: {bad}");
        }
    }
}
