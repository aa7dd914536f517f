//! Commands that change one account: each is one call of `auth.accounts()`.

use std::fmt::Write as _;
use std::io::Read;

use clap::ArgMatches;
use serde_json::json;

use super::super::failure::Failure;
use super::super::input::Input;
use super::super::report::Report;
use super::create::roles;
use super::operator::operator;
use super::password::Password;
use super::who::{Who, named_login};
use crate::auth::Auth;
use crate::model::user::AuthUser;

/// What to do to which account.
pub(crate) struct Change<U: AuthUser> {
    who: Who<U>,
    to: To<U>,
}

enum To<U: AuthUser> {
    Roles(U::Roles),
    /// The login at this index.
    Login(usize, String),
    Verified(bool),
    Password(Password),
    Disabled,
    Enabled,
    Unlocked,
    SignedOut,
    KeysEnded,
    FactorsReset,
    Deleted,
}

impl<U: AuthUser> Change<U> {
    /// Reads a command; `None` if it is none of these.
    pub(crate) fn read(name: &str, matches: &ArgMatches, input: Input<impl Read>) -> Result<Option<Self>, Failure> {
        let schema = U::SCHEMA;
        let to = match name {
            "promote" => To::Roles(roles::<U>(matches)?.ok_or_else(|| Failure::usage("no role is given"))?),
            "set-login" => new_login(matches)?,
            "verify" | "unverify" => needs::<U, _>(schema.verified, "verified", To::Verified(name == "verify"))?,
            "set-password" => {
                needs::<U, _>(schema.password, "password_hash", ())?;
                To::Password(Password::read(matches, input)?)
            }
            "disable" => needs::<U, _>(schema.active, "active", To::Disabled)?,
            "enable" => needs::<U, _>(schema.active, "active", To::Enabled)?,
            "unlock" => To::Unlocked,
            "end-sessions" => To::SignedOut,
            "end-keys" => To::KeysEnded,
            "reset-factors" => To::FactorsReset,
            "delete" => To::Deleted,
            _ => return Ok(None),
        };
        Ok(Some(Self { who: Who::of(matches)?, to }))
    }

    pub(crate) async fn run(self, auth: &Auth<U>) -> Result<Report, Failure> {
        // An id that nobody has would otherwise end no sessions or keys, and say that it did.
        let must_exist = matches!(self.to, To::SignedOut | To::KeysEnded);
        let id = if must_exist { self.who.row(auth).await?.id().clone() } else { self.who.id(auth).await? };
        let accounts = auth.accounts().by(operator());
        let done = match &self.to {
            To::Roles(roles) => accounts.set_held_roles(&id, roles.clone()).await.map(|()| "promoted"),
            To::Login(index, login) => accounts.set_login_at(&id, *index, login).await.map(|()| "login set"),
            To::Verified(true) => accounts.set_verified(&id, true).await.map(|()| "verified"),
            To::Verified(false) => accounts.set_verified(&id, false).await.map(|()| "not verified any more"),
            To::Password(password) => {
                let password = password.text().ok_or_else(|| Failure::usage("no password is given"))?;
                accounts.set_password(&id, password).await.map(|()| "password set")
            }
            To::Disabled => accounts.disable(&id).await.map(|()| "disabled"),
            To::Enabled => accounts.enable(&id).await.map(|()| "enabled"),
            To::Unlocked => accounts.unlock(&id).await.map(|()| "unlocked"),
            To::SignedOut => accounts.end_sessions(&id).await.map(|()| "signed out"),
            To::KeysEnded => accounts.end_keys(&id).await.map(|()| "API keys ended"),
            To::FactorsReset => accounts.reset_factors(&id).await.map(|()| "second factors removed"),
            To::Deleted => accounts.delete(&id).await.map(|()| "deleted"),
        };
        let done = done?;
        let mut text = format!("{done}: {id}\n");
        let mut json = json!({ "id": id.to_string(), "done": done });
        if let To::Password(password) = &self.to
            && let (Some(password), Some(json)) = (password.generated(), json.as_object_mut())
        {
            let _ = writeln!(text, "generated password: {password}");
            json.insert("generated_password".to_owned(), password.into());
        }
        Ok(Report::new(text, json))
    }
}

/// Returns `then` if the user type has such a field.
fn needs<U: AuthUser, T>(column: Option<&str>, attribute: &str, then: T) -> Result<T, Failure> {
    let name = U::SCHEMA.name;
    column.map(|_| then).ok_or_else(|| Failure::usage(format!("`{name}` has no field under `#[auth({attribute})]`")))
}

/// With several logins, the field is named: nobody should change an address who meant the name.
fn new_login<U: AuthUser>(matches: &ArgMatches) -> Result<To<U>, Failure> {
    let text = matches.get_one::<String>("new").ok_or_else(|| Failure::usage("no new login is given"))?;
    if let Some((index, login)) = named_login::<U>(text) {
        return Ok(To::Login(index, login.to_owned()));
    }
    match U::SCHEMA.logins {
        [_] => Ok(To::Login(0, text.clone())),
        several => {
            let names: Vec<String> = several.iter().map(|login| format!("`{}=…`", login.column)).collect();
            Err(Failure::usage(format!("say which login is meant: {}", names.join(" or "))))
        }
    }
}
