//! Which account a command is about: one with a login, or with an id.

use clap::ArgMatches;

use super::super::failure::Failure;
use super::super::report::one_line;
use crate::auth::Auth;
use crate::model::user::AuthUser;

/// An account as an operator names it.
pub(crate) enum Who<U: AuthUser> {
    Id(U::Id),
    /// A login, of the field at this index if one is named.
    Login(Option<usize>, String),
}

impl<U: AuthUser> Who<U> {
    /// Reads the account that a command is about.
    pub(crate) fn of(matches: &ArgMatches) -> Result<Self, Failure> {
        Self::read(matches.get_one::<String>("who").ok_or_else(|| Failure::usage("no account is named"))?)
    }

    /// Reads `id=42`, `nick=ada` or `ada@example.org`.
    fn read(text: &str) -> Result<Self, Failure> {
        if let Some((index, login)) = named_login::<U>(text) {
            return Ok(Self::Login(Some(index), login.to_owned()));
        }
        if let Some((name, value)) = text.split_once('=')
            && (name == "id" || name == U::SCHEMA.id)
        {
            let id = value.parse().map(Self::Id);
            return id.map_err(|_| Failure::usage(format!("`{}` is not an id of these users", one_line(value))));
        }
        Ok(Self::Login(None, text.to_owned()))
    }

    /// Returns the id. One that was given is not looked up: a row that cannot be read can still be disabled.
    pub(crate) async fn id(self, auth: &Auth<U>) -> Result<U::Id, Failure> {
        match self {
            Self::Id(id) => Ok(id),
            Self::Login(index, login) => Ok(by_login(auth, index, &login).await?.id().clone()),
        }
    }

    pub(crate) async fn row(self, auth: &Auth<U>) -> Result<U, Failure> {
        match self {
            Self::Id(id) => {
                let row = auth.accounts().find(&id).await?;
                row.ok_or_else(|| Failure::refused("not_found", format!("there is no account with the id {id}")))
            }
            Self::Login(index, login) => by_login(auth, index, &login).await,
        }
    }
}

/// Reads `nick=ada`, if that is the name of a login field.
pub(super) fn named_login<U: AuthUser>(text: &str) -> Option<(usize, &str)> {
    let (name, login) = text.split_once('=')?;
    let index = U::SCHEMA.logins.iter().position(|field| field.column == name)?;
    Some((index, login))
}

/// Without a field, every login is tried: two people may have each other's address and name.
async fn by_login<U: AuthUser>(auth: &Auth<U>, index: Option<usize>, login: &str) -> Result<U, Failure> {
    let accounts = auth.accounts();
    let mut found: Option<U> = None;
    for (place, field) in U::SCHEMA.logins.iter().enumerate() {
        if index.is_some_and(|index| index != place) {
            continue;
        }
        let Some(user) = accounts.find_typed(place, login).await? else { continue };
        if found.as_ref().is_some_and(|other| other.id() != user.id()) {
            let message = format!("two accounts have this login: say which one is meant, as in `{}=…`", field.column);
            return Err(Failure::refused("ambiguous", message));
        }
        found = Some(user);
    }
    let message = || format!("no account has the login `{}`; for an id, write `id=…`", one_line(login));
    found.ok_or_else(|| Failure::refused("not_found", message()))
}
