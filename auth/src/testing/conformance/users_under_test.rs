//! [`Users`] under test, and rows that can be compared whatever their type.

use std::sync::Arc;

use serde_json::Value;

use super::case::Case;
use super::sample::Sample;
use crate::PasswordHash;
use crate::model::profile::Profile;
use crate::model::user::{AuthUser, NewUser};
use crate::store::{Change, StoreError, Users};

/// The part of a row that the library sees.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    id: String,
    logins: Vec<Option<String>>,
    pub(super) password: Option<String>,
    pub(super) active: bool,
    pub(super) verified: Option<bool>,
    /// Roles, permissions and claims, among others.
    pub(super) profile: Value,
}

impl Row {
    pub(super) fn of<U: AuthUser>(user: &U) -> Self {
        let mut profile = Profile::default();
        user.profile(&mut profile);
        Self {
            id: user.id().to_string(),
            logins: (0..U::SCHEMA.logins.len()).map(|index| user.login(index).map(str::to_owned)).collect(),
            password: user.password_hash().map(str::to_owned),
            active: user.is_active(),
            verified: user.is_verified(),
            profile: serde_json::to_value(profile).unwrap_or_default(),
        }
    }

    /// Whether the other row is the same but for the first login, which the profile may show.
    pub(super) fn differs_by_login(&self, other: &Self) -> bool {
        let rest = |row: &Self| {
            let logins: Vec<_> = row.logins.iter().skip(1).cloned().collect();
            (row.id.clone(), logins, row.password.clone(), row.active, row.verified)
        };
        rest(self) == rest(other) && self.logins.first() != other.logins.first()
    }
}

/// Two handles on one table.
pub(super) struct UsersHandles<S> {
    pub(super) first: UsersUnderTest<S>,
    pub(super) second: UsersUnderTest<S>,
}

impl<S> UsersHandles<S> {
    pub(super) fn new<U: AuthUser>(case: Case, sample: &Sample<U>, handles: [S; 2]) -> Self {
        sample.complete();
        let [first, second] = handles.map(|handle| UsersUnderTest { case, store: Arc::new(handle) });
        Self { first, second }
    }

    /// Returns one handle or the other, in turn.
    pub(super) fn nth(&self, n: usize) -> UsersUnderTest<S> {
        let table = if n.is_multiple_of(2) { &self.first } else { &self.second };
        UsersUnderTest { case: table.case, store: Arc::clone(&table.store) }
    }
}

pub(super) struct UsersUnderTest<S> {
    pub(super) case: Case,
    pub(super) store: Arc<S>,
}

impl<S> UsersUnderTest<S> {
    pub(super) async fn create<U: AuthUser>(&self, new: NewUser<U>) -> U
    where
        S: Users<U>,
    {
        self.case.answer("create", self.store.create(new).await)
    }

    pub(super) async fn find<U: AuthUser>(&self, id: &U::Id) -> Option<Row>
    where
        S: Users<U>,
    {
        self.case.answer("find", self.store.find(id).await).as_ref().map(Row::of)
    }

    pub(super) async fn find_by_login<U: AuthUser>(&self, index: usize, login: &str) -> Option<Row>
    where
        S: Users<U>,
    {
        self.case.answer("find_by_login", self.store.find_by_login(index, login).await).as_ref().map(Row::of)
    }

    /// Updates a row, and asserts whether there was one.
    pub(super) async fn update<U: AuthUser>(&self, id: &U::Id, changes: &[Change<U>], expected: bool)
    where
        S: Users<U>,
    {
        let kinds: Vec<_> = changes.iter().map(Change::kind).collect();
        self.changed(&format!("update of {kinds:?}"), self.store.update(id, changes).await, expected);
    }

    /// Asserts what a mutating method returned.
    #[track_caller]
    pub(super) fn changed(&self, what: &str, answer: Result<bool, StoreError>, expected: bool) {
        self.case.is(&format!("`{what}`: whether there was such a row"), self.case.answer(what, answer), expected);
    }
}

pub(super) fn hash(text: &str) -> PasswordHash {
    PasswordHash::from_stored(text)
}
