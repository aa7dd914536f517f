//! `user create`: a sign-up by an operator, who may choose the role.

use std::io::Read;

use clap::ArgMatches;
use serde_json::{Map, Value};

use super::super::failure::Failure;
use super::super::input::Input;
use super::super::report::Report;
use super::operator::operator;
use super::password::Password;
use super::shown::Shown;
use super::who::named_login;
use crate::auth::Auth;
use crate::base::error::AuthError;
use crate::model::body_fields::Fields;
use crate::model::role::HeldRoles;
use crate::model::user::{AuthUser, Registration};
use crate::store::Change;

/// The account to create.
pub(crate) struct Create<U: AuthUser> {
    registration: U::Registration,
    roles: Option<U::Roles>,
    password: Password,
}

impl<U: AuthUser> Create<U> {
    pub(crate) fn read(matches: &ArgMatches, input: Input<impl Read>) -> Result<Self, Failure> {
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
        // Last, so that nobody types a password for a command that is refused.
        Ok(Self { registration, roles, password: Password::read(matches, input)? })
    }

    pub(crate) async fn run(self, auth: &Auth<U>) -> Result<Report, Failure> {
        let accounts = auth.accounts().by(operator());
        let roles: Vec<Change<U>> = self.roles.into_iter().map(Change::Roles).collect();
        let user = accounts.create_with(self.registration, self.password.text(), &roles).await?;
        let shown = Shown::of(&user)?;
        let shown = match self.password.generated() {
            Some(password) => shown.with("generated_password", password),
            None => shown,
        };
        Ok(Report::new(shown.text(), shown.into_json()))
    }
}

/// Reads `nick=ada`, or `ada` as the first login.
fn login_field<U: AuthUser>(text: &str) -> Result<(&'static str, &str), Failure> {
    let (index, login) = named_login::<U>(text).unwrap_or((0, text));
    let field = U::SCHEMA.logins.get(index).ok_or_else(|| Failure::usage("these users have no login"))?;
    Ok((field.column, login))
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
