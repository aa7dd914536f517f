//! A sign-up of nobody, with values that the library always writes, and made-up ones for what people choose.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use serde_json::{Map, Value, json};

use crate::PasswordHash;
use crate::base::error::AuthError;
use crate::model::body_fields::Fields;
use crate::model::user::{AuthUser, NewUser, Registration as _};

/// A hash of the usual form that no password has: salt and output are zero. A database may print the row it refuses.
pub(super) const HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The longest form: with the largest parameters and the name of a pepper.
pub(super) const LONGEST_HASH: &str = "$argon2id$v=19$m=4194304,t=1000,p=16,keyid=AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// How often the values of fields are corrected before we give up.
const ROUNDS: usize = 12;

/// A sign-up, and the fields whose values are made up.
pub(super) struct Sample<U: AuthUser> {
    pub(super) new: NewUser<U>,
    pub(super) made_up: Vec<&'static str>,
}

/// Makes up the sign-up with this number; `None` if a field has a type that we find no value for.
pub(super) fn sign_up<U: AuthUser>(number: usize) -> Option<Sample<U>> {
    made_up::<U>(number, false)
}

/// The same, with a login in each field that may be left out.
pub(super) fn with_every_login<U: AuthUser>(number: usize) -> Option<Sample<U>> {
    made_up::<U>(number, true)
}

fn made_up<U: AuthUser>(number: usize, every_login: bool) -> Option<Sample<U>> {
    let (registration, made_up) = registration::<U>(number, every_login)?;
    let id = U::new_id(&format!("01890a5d-ac96-774b-bcce-b302099a80{number:02x}"));
    let hash = U::SCHEMA.password.map(|_| PasswordHash::from_stored(HASH));
    let mut new = NewUser::new(id, hash, registration);
    strange_logins(&mut new);
    Some(Sample { new, made_up })
}

/// Gives a sign-up logins that nobody has. They are short, because a column may be.
pub(super) fn strange_logins<U: AuthUser>(new: &mut NewUser<U>) {
    for (index, login) in U::SCHEMA.logins.iter().enumerate() {
        if let Some(text) = new.registration.login_mut(index) {
            let random = RandomState::new().hash_one(index) >> 28;
            *text = if login.is_address() { format!("ac{random:x}@a.invalid") } else { format!("ac{random:x}") };
        }
    }
}

/// Reads the fields from a body that is corrected until they accept it.
fn registration<U: AuthUser>(number: usize, every_login: bool) -> Option<(U::Registration, Vec<&'static str>)> {
    let mut body = Map::new();
    let mut tried: Vec<(String, usize)> = Vec::new();
    for _ in 0..ROUNDS {
        let mut fields = Fields::parse(Value::Object(body.clone()).to_string().as_bytes()).ok()?;
        let registration = U::Registration::from_fields(&mut fields);
        // Also those that may be absent.
        let asked = fields.asked().to_vec();
        let Err(AuthError::InvalidFields(wrong)) = fields.finish(registration.as_ref()).map(drop) else {
            let registration = registration?;
            let logins = U::SCHEMA.logins.iter().enumerate();
            let absent =
                logins.filter(|(index, login)| registration.login(*index).is_none() && asked.contains(&login.column));
            let absent: Vec<_> =
                absent.map(|(_, login)| login.column).filter(|name| !body.contains_key(*name)).collect();
            if every_login && !absent.is_empty() {
                body.extend(absent.into_iter().map(|name| (name.to_owned(), json!(format!("ac{number}")))));
                continue;
            }
            return Some((registration, asked));
        };
        for error in wrong {
            if let Some(variant) = variant(&error.message) {
                body.insert(error.field, Value::from(variant));
                continue;
            }
            let place = tried.iter().position(|(field, _)| *field == error.field);
            let next = place.and_then(|place| tried.get_mut(place)).map_or(0, |(_, count)| {
                *count += 1;
                *count
            });
            if place.is_none() {
                tried.push((error.field.clone(), 0));
            }
            body.insert(error.field, candidates(number).into_iter().nth(next)?);
        }
    }
    None
}

fn candidates(number: usize) -> [Value; 9] {
    [
        json!(format!("check {number}")),
        json!(number),
        json!(true),
        json!(format!("01890a5d-ac96-774b-bcce-b302099a80{number:02x}")),
        json!("2001-02-03T04:05:06Z"),
        json!("2001-02-03"),
        json!([]),
        json!({}),
        json!("https://a.invalid/"),
    ]
}

/// Returns the first variant of an enum, as serde names it: "expected one of `free`, `paid`" or "expected `free`".
fn variant(message: &str) -> Option<&str> {
    let (_, expected) = message.rsplit_once("expected ")?;
    let (_, rest) = expected.split_once('`')?;
    rest.split_once('`').map(|(variant, _)| variant)
}

#[cfg(test)]
mod tests {
    use super::variant;

    #[test]
    fn a_variant_is_read_from_what_serde_expects() {
        assert_eq!(variant("`plan`: expected one of `free`, `paid`"), Some("free"));
        assert_eq!(variant("`plan`: expected `free` or `paid`"), Some("free"));
        assert_eq!(variant("`plan` is required"), None);
        assert_eq!(variant("`plan`: expected a string"), None);
    }
}
