//! The rules for logins, apart from uniqueness.

use crate::error::FieldError;

/// The longest login, in bytes: an e-mail address has at most 254 (RFC 5321 §4.5.3.1.3).
const MAX_BYTES: usize = 254;

/// Returns the first rule that `text` (canonical) breaks. A column whose name contains "mail" must look like an e-mail
/// address; only sending mail to it can tell whether it is one.
pub(crate) fn broken(column: &str, text: &str) -> Option<FieldError> {
    let broken = |code, message: String| Some(FieldError::new(column, code, message));
    if text.is_empty() {
        return broken("missing", format!("`{column}` is empty"));
    }
    if text.len() > MAX_BYTES {
        return Some(too_long(column));
    }
    if text.chars().any(char::is_control) {
        return broken("invalid", format!("`{column}` contains control characters"));
    }
    if column.to_lowercase().contains("mail") && !looks_like_an_address(text) {
        return broken("invalid", format!("`{column}` is not an e-mail address"));
    }
    None
}

/// Reports a login that is too long.
pub(crate) fn too_long(column: &str) -> FieldError {
    FieldError::new(column, "too_long", format!("`{column}` is longer than {MAX_BYTES} bytes"))
}

/// One `@` with text on both sides, no blanks, no lists, no quoting (REG-04).
fn looks_like_an_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |part: &str| {
        !part.is_empty()
            && !part
                .chars()
                .any(|c| c.is_whitespace() || matches!(c, '@' | ',' | ';' | '"' | '<' | '>' | '(' | ')' | '\\'))
    };
    plain(local) && plain(domain) && !domain.starts_with('.') && !domain.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::broken;

    #[test]
    fn reg_04_only_one_plain_address_is_an_e_mail_login() {
        for good in ["a@x.y", "first.last+tag@sub.example.org", "ü@exämple.org", "root@localhost"] {
            assert_eq!(broken("email", good), None, "{good}");
        }
        for bad in
            ["", "a", "@x", "a@", "a@x.y,b@z.w", "\"a@b\"@x.y", "a b@x.y", "A <a@x.y>", "a@x.y\n", "a@@x", "a@.x"]
        {
            assert!(broken("email", bad).is_some(), "{bad:?}");
        }
        assert!(broken("email", &format!("{}@x.y", "a".repeat(251))).is_some());
    }

    #[test]
    fn other_logins_are_only_bounded() {
        assert_eq!(broken("user_name", "ada"), None);
        assert!(broken("user_name", "ada\0").is_some());
    }
}
