//! `user create`: a sign-up by an operator, who may choose the role.

use std::io::{BufRead, BufReader, Read};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use clap::ArgMatches;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::super::failure::Failure;
use super::super::report::Report;
use super::operator::operator;
use super::shown::Shown;
use crate::auth::Auth;
use crate::base::error::AuthError;
use crate::base::random::{OsRandom, random};
use crate::model::body_fields::Fields;
use crate::model::role::HeldRoles;
use crate::model::user::{AuthUser, Registration};
use crate::store::Change;

/// The longest line that is read as a password, in bytes.
const MOST_BYTES: u64 = 64 << 10;

/// The account to create.
pub(crate) struct Create<U: AuthUser> {
    registration: U::Registration,
    roles: Option<U::Roles>,
    password: Password,
}

enum Password {
    Given(Zeroizing<String>),
    Generated(Zeroizing<String>),
    None,
}

impl<U: AuthUser> Create<U> {
    pub(crate) fn read(matches: &ArgMatches, stdin: impl Read) -> Result<Self, Failure> {
        let mut fields = Map::new();
        for login in matches.get_many::<String>("login").into_iter().flatten() {
            let (name, login) = login_field::<U>(login)?;
            put(&mut fields, name, Value::String(login.to_owned()))?;
        }
        for field in matches.get_many::<String>("set").into_iter().flatten() {
            let (name, value) = other_field(field)?;
            put(&mut fields, name, value)?;
        }
        let body = serde_json::to_vec(&fields).map_err(AuthError::internal)?;
        let mut fields = Fields::parse(&body)?;
        fields.refuse_nul("");
        let registration = U::Registration::from_fields(&mut fields);
        let registration = fields.finish(registration)?;
        let roles = roles::<U>(matches)?;
        let password = if matches.get_flag("password-stdin") {
            Password::Given(first_line(stdin)?)
        } else if matches.get_flag("no-password") {
            Password::None
        } else {
            Password::Generated(generated()?)
        };
        Ok(Self { registration, roles, password })
    }

    pub(crate) async fn run(self, auth: &Auth<U>) -> Result<Report, Failure> {
        let accounts = auth.accounts().by(operator());
        let password = match &self.password {
            Password::Given(password) | Password::Generated(password) => Some(password.as_str()),
            Password::None => None,
        };
        let roles: Vec<Change<U>> = self.roles.into_iter().map(Change::Roles).collect();
        let user = accounts.create_with(self.registration, password, &roles).await?;
        let shown = Shown::of(&user)?;
        let shown = match &self.password {
            Password::Generated(password) => shown.with("generated_password", password.as_str()),
            _ => shown,
        };
        Ok(Report::new(shown.text(), shown.into_json()))
    }
}

/// Reads `nick=ada`, or `ada` as the first login.
fn login_field<U: AuthUser>(text: &str) -> Result<(&'static str, &str), Failure> {
    let named = text.split_once('=').and_then(|(name, login)| {
        let field = U::SCHEMA.logins.iter().find(|field| field.column == name)?;
        Some((field.column, login))
    });
    let first = || U::SCHEMA.logins.first().map(|field| (field.column, text));
    named.or_else(first).ok_or_else(|| Failure::usage("these users have no login"))
}

/// Reads `display_name=Ada` or `age:=36`.
fn other_field(text: &str) -> Result<(&str, Value), Failure> {
    let Some((name, value)) = text.split_once('=') else {
        // Not repeated: it may be a value that was to stay secret.
        return Err(Failure::usage("`--set` takes a field and its value: `--set FIELD=TEXT`"));
    };
    match name.strip_suffix(':') {
        None => Ok((name, Value::String(value.to_owned()))),
        Some(name) => {
            let json = serde_json::from_str(value).map_err(|_| {
                Failure::usage(format!("what follows `{name}:=` is not JSON; for text, write `--set {name}=…`"))
            })?;
            Ok((name, json))
        }
    }
}

fn put(fields: &mut Map<String, Value>, name: &str, value: Value) -> Result<(), Failure> {
    match fields.insert(name.to_owned(), value) {
        None => Ok(()),
        Some(_) => Err(Failure::usage(format!("`{name}` is given twice"))),
    }
}

/// Reads the roles, whose names clap has checked.
pub(crate) fn roles<U: AuthUser>(matches: &ArgMatches) -> Result<Option<U::Roles>, Failure> {
    let Ok(Some(names)) = matches.try_get_many::<String>("role") else { return Ok(None) };
    let names: Vec<&str> = names.map(String::as_str).collect();
    let roles = <U::Roles as HeldRoles>::named(&names);
    roles.map(Some).ok_or_else(|| Failure::usage(format!("`{}` is not a role of these users", names.join(", "))))
}

fn first_line(stdin: impl Read) -> Result<Zeroizing<String>, Failure> {
    let mut line = Zeroizing::new(String::new());
    let read = BufReader::new(stdin.take(MOST_BYTES)).read_line(&mut line);
    read.map_err(|error| Failure::refused("stdin", format!("standard input cannot be read: {error}")))?;
    let end = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(end);
    if line.is_empty() {
        return Err(Failure::usage(
            "standard input has no password: write it into the command, as in `… < password.txt`",
        ));
    }
    Ok(line)
}

/// 128 random bits, in characters that can be typed.
fn generated() -> Result<Zeroizing<String>, Failure> {
    let bytes = Zeroizing::new(random::<16>(&OsRandom).map_err(AuthError::from)?);
    Ok(Zeroizing::new(Base64UrlUnpadded::encode_string(&*bytes)))
}
