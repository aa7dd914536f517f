//! Forms: `application/x-www-form-urlencoded`, as OAuth sends requests (RFC 6749 §3.2).

use zeroize::Zeroizing;

use crate::base::error::AuthError;

const BAD_ESCAPE: AuthError = AuthError::InvalidRequest("the form is not encoded as one");

/// The members of a form that was read. `Debug` is not there: the values are secrets.
pub(super) struct Form(Vec<(Zeroizing<String>, Zeroizing<String>)>);

impl Form {
    pub(super) const CONTENT_TYPE: &'static str = "application/x-www-form-urlencoded";

    /// Reads the members. Stricter than browsers: what is not encoded as a form is, or is not UTF-8, is refused and not
    /// guessed at.
    pub(super) fn parse(body: &[u8]) -> Result<Self, AuthError> {
        let members = body.split(|byte| *byte == b'&').filter(|member| !member.is_empty());
        let read = |member: &[u8]| {
            let mut parts = member.splitn(2, |byte| *byte == b'=');
            let (name, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            Ok((decoded(name)?, decoded(value)?))
        };
        members.map(read).collect::<Result<_, AuthError>>().map(Self)
    }

    /// Returns the value of a member, if it is there and not empty: without a value it counts as left out (RFC 6749 §3.2).
    ///
    /// # Errors
    /// [`AuthError::InvalidRequest`] if it is there twice.
    pub(super) fn one(&self, name: &str) -> Result<Option<&str>, AuthError> {
        let mut values = self.0.iter().filter(|(known, _)| **known == name).map(|(_, value)| value.as_str());
        let value = values.next();
        if values.next().is_some() {
            return Err(AuthError::InvalidRequest("a member of the form is there twice"));
        }
        Ok(value.filter(|value| !value.is_empty()))
    }
}

fn decoded(text: &[u8]) -> Result<Zeroizing<String>, AuthError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| char::from(*digit).to_digit(16));
                let (high, low) = (digit().ok_or(BAD_ESCAPE)?, digit().ok_or(BAD_ESCAPE)?);
                u8::try_from(high << 4 | low).map_err(|_| BAD_ESCAPE)?
            }
            byte => *byte,
        });
    }
    std::str::from_utf8(&bytes).map(|text| Zeroizing::new(text.to_owned())).map_err(|_| BAD_ESCAPE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Form;

    fn token(form: &str) -> Result<Option<String>, &'static str> {
        let read = Form::parse(form.as_bytes()).and_then(|form| form.one("token").map(|one| one.map(str::to_owned)));
        read.map_err(|error| error.code())
    }

    #[test]
    fn a_form_has_each_member_once_and_is_encoded() {
        for (form, expected) in [
            ("token=a.b-c_d", Some("a.b-c_d")),
            ("&x=1&token=a%2Bb+c%3D&", Some("a+b c=")),
            ("t%6Fken=a", Some("a")),
            ("token=a=b", Some("a=b")),
            ("x=1&x=2&token=%C3%A9", Some("é")),
            ("token=", None),
            ("token", None),
            ("TOKEN=a&tokens=b", None),
            ("", None),
        ] {
            assert_eq!(token(form).unwrap().as_deref(), expected, "{form}");
        }
        for form in
            ["token=a&token=a", "token=a&token=", "token=%", "token=%2", "token=%zz", "x=%ff&token=a", "%&token=a"]
        {
            assert_eq!(token(form), Err("invalid_request"), "{form}");
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_comes_back(value in "\\PC{1,40}") {
            let escaped = value.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
            prop_assert_eq!(token(&format!("token={escaped}")).unwrap(), Some(value));
        }

        #[test]
        fn any_bytes_are_a_form_or_none(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(form) = Form::parse(&bytes) {
                prop_assert!(form.0.len() <= bytes.len());
            }
        }
    }
}
