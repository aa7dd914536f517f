//! A row, as `user show` and the others print it: what `GET /me` says, and what only an operator may know.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::failure::Failure;
use super::super::report::{columns, one_line, pairs, plain};
use crate::model::profile::Profile;
use crate::model::user::AuthUser;

/// What is known of an account, without its hash.
pub(super) struct Shown {
    json: Map<String, Value>,
    /// What stands first in the text.
    first: Vec<&'static str>,
    /// What the text says of members that are no plain values.
    texts: BTreeMap<&'static str, String>,
}

impl Shown {
    pub(super) fn of<U: AuthUser>(user: &U) -> Result<Self, Failure> {
        let mut profile = Profile::default();
        user.profile(&mut profile);
        let json =
            serde_json::to_value(&profile).map_err(|error| Failure::refused("internal_error", error.to_string()))?;
        let Value::Object(mut json) = json else { return Err(Failure::refused("internal_error", "no profile")) };
        if U::SCHEMA.active.is_some() {
            json.insert("active".to_owned(), user.is_active().into());
        }
        if let Some(verified) = user.is_verified() {
            json.insert("verified".to_owned(), verified.into());
        }
        if U::SCHEMA.password.is_some() {
            json.insert("has_password".to_owned(), user.password_hash().is_some().into());
        }
        let logins = U::SCHEMA.logins.iter().map(|login| login.column);
        Ok(Self { json, first: std::iter::once("id").chain(logins).collect(), texts: BTreeMap::new() })
    }

    /// Adds what is known besides the row.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.json.insert(name.to_owned(), value.into());
        self
    }

    /// Adds what people read in other words than programs.
    pub(super) fn with_text(mut self, name: &'static str, value: impl Into<Value>, text: String) -> Self {
        self.texts.insert(name, text);
        self.with(name, value)
    }

    /// Id and logins first, the rest by name.
    pub(super) fn text(&self) -> String {
        let begin = self.first.iter().filter_map(|name| self.json.get_key_value(*name));
        let mut rest: Vec<_> = self.json.iter().filter(|(name, _)| !self.first.contains(&name.as_str())).collect();
        rest.sort_unstable_by_key(|(name, _)| *name);
        let said = |name: &str, value: &Value| match self.texts.get(name) {
            Some(text) if !text.is_empty() => one_line(text),
            Some(_) => "-".to_owned(),
            None => plain(value),
        };
        pairs(begin.chain(rest).map(|(name, value)| (name.as_str(), said(name, value))))
    }

    /// Whether the role is among those that the row has.
    pub(super) fn holds(&self, role: &str) -> bool {
        let roles = self.json.get("roles").and_then(Value::as_array);
        roles.is_some_and(|roles| roles.iter().any(|held| held == role))
    }

    /// Accounts below each other: id, logins, roles and whether they are active, one column each.
    pub(super) fn table(all: &[Self]) -> String {
        let Some(first) = all.first() else { return String::new() };
        let known = ["roles", "active"].into_iter().filter(|name| first.json.contains_key(*name));
        let names: Vec<&str> = first.first.iter().copied().chain(known).collect();
        let heads = names.iter().map(|name| name.to_uppercase()).collect();
        let row = |one: &Self| names.iter().map(|name| one.json.get(*name).map_or_else(String::new, plain)).collect();
        columns(heads, all.iter().map(row).collect())
    }

    pub(super) fn into_json(self) -> Value {
        Value::Object(self.json)
    }
}
