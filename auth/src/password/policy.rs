//! Which passwords may be chosen.

use super::blocklist::CommonPasswords;
use super::error::PasswordConfigError;
use super::text::{MAX_BYTES, Password, folded};
use super::violation::PasswordViolation;

/// The smallest minimum that a policy may set (NIST SP 800-63B-4 §3.1.1.2, with a second factor; 15 without).
const FEWEST: usize = 8;
/// The smallest maximum that a policy may set, so that passphrases are possible (NIST: "at least 64").
const ROOM: usize = 64;
/// The largest maximum that a policy may set: longer text of four-byte characters would not fit into the 1024 bytes
/// that are accepted.
const MOST: usize = 256;

/// Which passwords may be chosen: length, no common ones, nothing personal. There are no rules about kinds of
/// characters, and passwords do not expire, because both make people choose worse passwords (NIST SP 800-63B-4
/// §3.1.1.2).
///
/// The default is 8 to 128 characters. Set the minimum to 15 where the password is the only factor.
///
/// ```
/// use auth::password::{Password, PasswordPolicy};
///
/// let policy = PasswordPolicy::default().min_length(15).service_name("Acme Payroll");
/// let broken = policy.check(&Password::new("AcmePayroll"), &["ann@example.org"]).unwrap_err();
/// assert_eq!(broken[0].code(), "too_short");
/// assert_eq!(broken[0].to_string(), "must have at least 15 characters");
/// ```
#[derive(Clone, Debug)]
pub struct PasswordPolicy {
    min: usize,
    max: usize,
    services: Vec<String>,
    common: CommonPasswords,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self { min: 8, max: 128, services: Vec::new(), common: CommonPasswords::default() }
    }
}

impl PasswordPolicy {
    /// Sets the minimum length in characters (Unicode code points after NFKC); 8 by default. Start-up refuses less than
    /// 8.
    #[must_use]
    pub const fn min_length(mut self, characters: usize) -> Self {
        self.min = characters;
        self
    }

    /// Sets the maximum length in characters (Unicode code points after NFKC); 128 by default. Start-up accepts
    /// 64 to 256. Regardless of this setting, text above 1024 bytes is too long.
    #[must_use]
    pub const fn max_length(mut self, characters: usize) -> Self {
        self.max = characters;
        self
    }

    /// Adds a name of your service, which may not be used as the password. Can be called several times.
    #[must_use]
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.services.push(name.into());
        self
    }

    /// Sets the list of common passwords that nobody may choose, in place of the built-in one of 10,000: a longer one, or
    /// one of your language. Case and Unicode variants count as the same, and the whole password is compared. NIST SP
    /// 800-63B-4 §3.1.1.2 requires such a list; OWASP ASVS 6.2.4 asks for 3,000 entries. Start-up refuses one without
    /// entries, such as an empty file.
    ///
    /// ```
    /// # use auth::password::{Password, PasswordPolicy};
    /// let list = "passwort\nhallo123\n"; // include_str!("common_passwords.txt")
    /// let policy = PasswordPolicy::default().common_passwords(list.lines());
    /// assert!(policy.check(&Password::new("Hallo123"), &[]).is_err());
    /// assert!(policy.check(&Password::new("password"), &[]).is_ok(), "the built-in list is replaced");
    /// ```
    #[must_use]
    pub fn common_passwords(mut self, words: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self.common = CommonPasswords::own(words);
        self
    }

    /// Lets people choose common passwords such as `password`: for accounts of a development database, whose passwords
    /// are to be remembered. Anybody who guesses gets in, so start-up logs a warning, and `doctor --deploy` reports it.
    #[must_use]
    pub fn insecure_allow_common_passwords(mut self) -> Self {
        self.common = CommonPasswords::Allowed;
        self
    }

    /// Whether common passwords may be chosen.
    pub(crate) const fn allows_common(&self) -> bool {
        matches!(self.common, CommonPasswords::Allowed)
    }

    /// Judges a password that a user wants to choose. `logins` are the user's own e-mail address, user name and the
    /// like; a password that equals one of them, or the part before its `@`, is refused. Case and Unicode variants are
    /// ignored in that comparison and in the one with the list of common passwords.
    ///
    /// # Errors
    /// Every rule the password breaks, in a fixed order.
    pub fn check(&self, password: &Password, logins: &[&str]) -> Result<(), Vec<PasswordViolation>> {
        let Some(text) = password.normal() else { return Err(vec![PasswordViolation::TooLong { max: self.max }]) };
        let length = text.chars().count();
        let mut broken = Vec::new();
        if length < self.min {
            broken.push(PasswordViolation::TooShort { min: self.min });
        }
        if length > self.max {
            // Not compared with anything: the text can be ten times as long as what was typed.
            broken.push(PasswordViolation::TooLong { max: self.max });
            return Err(broken);
        }
        let text = folded(text);
        if self.common.contains(&text) {
            broken.push(PasswordViolation::Common);
        }
        let services = self.services.iter().map(String::as_str);
        if logins.iter().copied().chain(services).any(|word| is_or_begins(word, &text)) {
            broken.push(PasswordViolation::Personal);
        }
        if broken.is_empty() { Ok(()) } else { Err(broken) }
    }

    /// Returns what start-up refuses.
    pub(super) fn problems(&self) -> Vec<PasswordConfigError> {
        let (min, max) = (self.min, self.max);
        let mut problems = Vec::new();
        if min < FEWEST {
            problems.push(PasswordConfigError::MinLength { found: min });
        }
        if !(ROOM..=MOST).contains(&max) {
            problems.push(PasswordConfigError::MaxLength { found: max });
        }
        if self.common.is_empty() {
            problems.push(PasswordConfigError::NoCommonPasswords);
        }
        if min > max {
            problems.push(PasswordConfigError::MinAboveMax { min, max });
        }
        problems
    }
}

/// Returns whether the (folded) password is `word` or the local part of the e-mail address `word`.
fn is_or_begins(word: &str, password: &str) -> bool {
    // Longer than any password, and folding it would take long.
    if word.len() > MAX_BYTES {
        return false;
    }
    let word = folded(word.trim());
    let local = word.rsplit_once('@').map(|(local, _)| local);
    !password.is_empty() && (word.as_str() == password || local == Some(password))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(policy: &PasswordPolicy, password: &str, logins: &[&str]) -> Vec<&'static str> {
        let judged = policy.check(&Password::new(password), logins);
        judged.err().unwrap_or_default().iter().map(PasswordViolation::code).collect()
    }

    /// A password of `length` characters that is on no list.
    fn plain(length: usize) -> String {
        "xq7 ".chars().cycle().take(length).collect()
    }

    #[test]
    fn pwd_01_length_bounds_are_inclusive() {
        let policy = PasswordPolicy::default();
        for (length, expected) in [(0, "too_short"), (7, "too_short"), (8, ""), (128, ""), (129, "too_long")] {
            assert_eq!(codes(&policy, &plain(length), &[]).concat(), expected, "{length}");
        }
        let single_factor = policy.min_length(15);
        assert_eq!(codes(&single_factor, &plain(14), &[]), ["too_short"]);
        assert!(codes(&single_factor, &plain(15), &[]).is_empty());
    }

    #[test]
    fn pwd_02_length_is_counted_in_characters_after_nfkc() {
        let policy = PasswordPolicy::default();
        assert_eq!(codes(&policy, &"🦀".repeat(7), &[]), ["too_short"]);
        assert!(codes(&policy, &"🦀".repeat(8), &[]).is_empty());
        // Eight letters, each typed as letter and accent, are eight characters; seven are too few.
        assert_eq!(codes(&policy, &"e\u{301}".repeat(7), &[]), ["too_short"]);
        assert!(codes(&policy, &"e\u{301}".repeat(8), &[]).is_empty());
        // One ligature becomes eighteen characters.
        assert!(codes(&policy, "\u{fdfa}", &[]).is_empty());
        assert_eq!(codes(&policy, &"\u{fdfa}".repeat(8), &[]), ["too_long"]);
    }

    #[test]
    fn pwd_03_passphrases_pass_and_long_text_is_refused_unread() {
        let policy = PasswordPolicy::default().max_length(256);
        assert!(codes(&policy, &plain(64), &[]).is_empty());
        assert!(codes(&policy, &"🦀".repeat(256), &[]).is_empty());
        assert_eq!(codes(&policy, &"🦀".repeat(257), &[]), ["too_long"]);
        assert_eq!(codes(&policy, &plain(1 << 20), &["a@b"]), ["too_long"]);
        // 1 024 bytes that are few characters are accepted as input, one byte more is not.
        let accents = format!("{}{}", "x".repeat(24), "e\u{301}\u{302}".repeat(200));
        assert_eq!(accents.len(), 1024);
        assert!(codes(&policy, &accents, &[]).contains(&"too_long"));
        assert_eq!(codes(&policy, &format!("{accents}x"), &[]), ["too_long"]);
    }

    #[test]
    fn pwd_04_any_characters_will_do() {
        let policy = PasswordPolicy::default();
        for password in [
            "        ",
            "zzzzyyyyxx",
            "\0\0\0\0\0\0\0\0",
            "\r\n\t \u{7}\u{8}\u{1b}\u{202e}",
            "пароль-на-час",
            "' OR 1=1 --",
        ] {
            assert!(codes(&policy, password, &[]).is_empty(), "{password:?}");
        }
    }

    #[test]
    fn pwd_05_common_passwords_are_refused_in_any_case_and_width() {
        let policy = PasswordPolicy::default();
        for password in ["password", "PassWord", "ｐａｓｓｗｏｒｄ", "12345678", "qwertyuiop"] {
            assert_eq!(codes(&policy, password, &[]), ["common_password"], "{password}");
        }
        assert!(codes(&policy, "password for the cellar door", &[]).is_empty());
        assert_eq!(codes(&policy.min_length(15), "password", &[]), ["too_short", "common_password"]);
    }

    #[test]
    fn pwd_05_own_list_replaces_the_built_in_one() {
        let own = PasswordPolicy::default().common_passwords(["Straße der Ameisen", "", "ｈａｌｌｏ１２３"]);
        for password in ["straße der ameisen", "STRAßE DER Ameisen", "Hallo123"] {
            assert_eq!(codes(&own, password, &[]), ["common_password"], "{password}");
        }
        assert!(codes(&own, "password", &[]).is_empty());
        assert_eq!(format!("{:?}", own.common), "Own(2 words)", "no password in a log");
        assert!(own.problems().is_empty());
    }

    #[test]
    fn pwd_05_list_without_words_is_refused_unless_meant() {
        for empty in [PasswordPolicy::default().common_passwords([""; 0]), own_list("\n\n")] {
            assert!(matches!(empty.problems()[..], [PasswordConfigError::NoCommonPasswords]));
        }
        let meant = PasswordPolicy::default().insecure_allow_common_passwords();
        assert!(meant.problems().is_empty() && meant.allows_common());
        assert!(codes(&meant, "password", &[]).is_empty());
        assert_eq!(codes(&meant, "pass", &[]), ["too_short"], "the other rules hold");
        assert!(!PasswordPolicy::default().allows_common() && !own_list("word").allows_common());
    }

    fn own_list(text: &str) -> PasswordPolicy {
        PasswordPolicy::default().common_passwords(text.lines())
    }

    #[test]
    fn pwd_05_personal_passwords_are_refused() {
        let policy = PasswordPolicy::default().service_name("Acme Payroll").service_name("acmepay.example");
        let logins = ["Ann.Miller@example.org", "annmiller77", ""];
        for password in [
            "ann.miller@example.org",
            "ANN.MILLER",
            "Annmiller77",
            "acme payroll",
            "ACMEPAY.EXAMPLE",
            "ａｃｍｅ payroll",
        ] {
            assert_eq!(codes(&policy, password, &logins), ["personal_password"], "{password}");
        }
        assert!(codes(&policy, "ann.miller!", &logins).is_empty());
        assert_eq!(codes(&policy, "", &logins), ["too_short"]);
    }

    #[test]
    fn messages_say_the_rule_and_become_field_errors() {
        let broken = PasswordPolicy::default().check(&Password::new("ab"), &[]).unwrap_err();
        let error = broken[0].at("new_password");
        assert_eq!((error.field.as_str(), error.code), ("new_password", "too_short"));
        assert_eq!(error.message, "the password must have at least 8 characters");
    }

    #[test]
    fn unsafe_lengths_are_refused_at_start_up() {
        let count = |min, max| PasswordPolicy::default().min_length(min).max_length(max).problems().len();
        assert_eq!((count(8, 64), count(15, 256), count(64, 64)), (0, 0, 0));
        assert_eq!((count(7, 128), count(8, 63), count(8, 257), count(129, 128), count(0, 0)), (1, 1, 1, 1, 2));
    }
}
