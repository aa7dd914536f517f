//! What standard input holds instead of an access token. Nothing of it is repeated: it may be a secret all the same.

/// Returns the text without the name of the header, and of one of the schemes that the application reads.
pub(super) fn bare<'a>(text: &'a str, schemes: &[&str]) -> &'a str {
    let text = text.trim();
    let text = without(text, "authorization:").map_or(text, str::trim_start);
    let token = schemes.iter().find_map(|scheme| without(text, scheme)?.strip_prefix(' '));
    token.map_or(text, str::trim_start)
}

fn without<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (begin, rest) = text.split_at_checked(prefix.len())?;
    begin.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Texts that begin like this are something else.
const BEGINNINGS: [(&str, &str); 16] = [
    ("bearer ", "the word `Bearer` twice: send `Authorization: Bearer`, a blank and the token"),
    ("basic ", "a name and password of the scheme `Basic`"),
    ("digest ", "an answer of the scheme `Digest`"),
    ("dpop ", "a token of the scheme `DPoP`, which this library does not know"),
    ("token ", "the scheme `Token` before it, which this application does not read: send `Bearer`"),
    ("jwt ", "the scheme `JWT` before it, which this application does not read: send `Bearer`"),
    ("negotiate ", "a ticket of the scheme `Negotiate`"),
    ("http://", "an address, such as a mailed link, which is opened and not sent as a token"),
    ("https://", "an address, such as a mailed link, which is opened and not sent as a token"),
    ("set-cookie:", "a whole cookie: the token is what stands between `=` and `;`"),
    ("cookie:", "a whole cookie: the token is what stands between `=` and `;`"),
    ("__host-", "a cookie with its name: the token is what stands after `=`"),
    ("$argon2", "a password hash"),
    ("$2", "a password hash"),
    ("-----begin", "a key or a certificate"),
    ("base64:", "a secret as `auth secret new` prints it: nobody should send that anywhere"),
];

/// What well-known keys of services begin with.
const API_KEYS: [&str; 16] = [
    "sk_",
    "pk_",
    "rk_",
    "sk-",
    "key-",
    "whsec_",
    "ghp_",
    "gho_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "AKIA",
    "AIza",
    "npm_",
    "hf_",
];

/// Words that programs write for a value that is not there.
const NOTHING: [&str; 5] = ["null", "undefined", "none", "nil", "[object object]"];

/// Says what it is, if it cannot be an access token by its form; `None` if only the verifier knows.
pub(super) fn other_than_token(text: &str) -> Option<&'static str> {
    let small = text.to_ascii_lowercase();
    if NOTHING.contains(&&*small) {
        return Some("a word for nothing: the client sends a variable that is not set");
    }
    let known = BEGINNINGS.iter().find(|(begin, _)| small.starts_with(begin));
    if let Some((_, what)) = known {
        return Some(what);
    }
    by_characters(text).or_else(|| by_length(text))
}

fn by_characters(text: &str) -> Option<&'static str> {
    let has = |characters: &str| text.contains(|c| characters.contains(c));
    if text.starts_with(['{', '[']) {
        return Some("JSON, such as the answer to a login: the token is the value of `access_token`");
    }
    if text.starts_with(['"', '\'', '`', '<', '\u{201c}']) {
        return Some("a token in quotes: they are sent along and are no part of it");
    }
    if text.contains(char::is_whitespace) {
        return Some("more than one word: a token has no blanks or line ends; was it wrapped?");
    }
    if has("%") {
        return Some("percent-encoded, as in an address");
    }
    if text.matches('.').count() != 2 {
        return None;
    }
    if has("+/=") {
        return Some("base64 with `+`, `/` or `=`, where a JWT has base64url");
    }
    if ["v1.", "v2.", "v3.", "v4."].iter().any(|version| text.starts_with(version)) {
        return Some("a PASETO, which this library does not issue");
    }
    text.contains("...").then_some("shortened: the middle is missing")
}

/// What has no dots is named by its length and alphabet.
fn by_length(text: &str) -> Option<&'static str> {
    if text.contains('.') || text.len() > 1_024 {
        return None;
    }
    if API_KEYS.iter().any(|begin| text.starts_with(begin)) {
        return Some("an API key, or the token of another service");
    }
    let all = |is: fn(&char) -> bool| text.chars().all(|c| is(&c));
    Some(match text.len() {
        8 | 9 if all(|c| c.is_ascii_digit() || *c == '-') => "a mailed code",
        6 if all(char::is_ascii_digit) => "a code of an authenticator",
        22 if is_base64url(text) => "22 characters: the id of a token, or a generated password",
        36 if text.matches('-').count() == 4 => "a UUID, such as the id of an account",
        43 if is_base64url(text) => "43 characters: the id of a session, or a key",
        64 if all(char::is_ascii_hexdigit) => "64 hexadecimal digits: a hash or a key",
        64 if is_base64url(text) => {
            "a refresh token or the token of a mailed link, and the store does not know it (any more)"
        }
        _ if text.starts_with("eyJ") => "the first part of a JWT: it ends before its first dot",
        _ if text.starts_with('$') => "a variable of a shell, or a hash",
        _ => return None,
    })
}

fn is_base64url(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::{bare, other_than_token};

    #[test]
    fn header_and_scheme_are_left_out() {
        for text in ["a.b.c", " Bearer a.b.c\n", "Authorization: Bearer a.b.c", "authorization:bearer  a.b.c"] {
            assert_eq!(bare(text, &["Token", "Bearer"]), "a.b.c");
        }
        assert_eq!(bare("token a.b.c", &["Token", "Bearer"]), "a.b.c");
        assert_eq!(bare("token a.b.c", &["Bearer", "Bearer"]), "token a.b.c");
        assert_eq!(bare("bearer", &["Bearer"]), "bearer", "not the scheme without a token");
    }

    #[test]
    fn only_the_verifier_judges_the_form_of_a_token() {
        for text in ["a.b.c", "eyJ.eyJ.abc", "a.b", "a.b.c.d.e", "..", "a..c"] {
            assert_eq!(other_than_token(text), None, "{text}");
        }
    }

    #[test]
    fn no_text_makes_it_panic() {
        for text in ["", "ä", "€€€", "bear€", "\u{0}", "%", &"𝕏".repeat(300)] {
            let _ = (bare(text, &["Bearer"]), other_than_token(text));
        }
    }
}
