//! Both storage traits in memory: for tests, and as a reference for implementors. These are the simplest stores that
//! keep every promise of [`Users`] and [`Records`]; each method holds one lock from its first read to its last write.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Change, ChangeKind, Record, Records, StoreError, Users};
use crate::PasswordHash;
use crate::base::clock::Timestamp;
use crate::model::user::{AuthUser, NewUser, Registration as _};

/// [`Records`] in memory.
#[derive(Debug, Default)]
pub struct MemoryRecords {
    by_key: Mutex<BTreeMap<(String, String), Record>>,
}

impl MemoryRecords {
    /// Creates an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

/// Ignores poisoning: every change is a single assignment, so a test that panicked elsewhere leaves the data
/// consistent.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn full_key(kind: &str, key: &str) -> (String, String) {
    (kind.to_owned(), key.to_owned())
}

impl Records for MemoryRecords {
    async fn insert(&self, record: &Record) -> Result<bool, StoreError> {
        let mut records = lock(&self.by_key);
        let key = full_key(&record.kind, &record.key);
        let absent = !records.contains_key(&key);
        if absent {
            records.insert(key, record.clone());
        }
        Ok(absent)
    }

    async fn get(&self, kind: &str, key: &str) -> Result<Option<Record>, StoreError> {
        Ok(lock(&self.by_key).get(&full_key(kind, key)).cloned())
    }

    async fn replace(&self, record: &Record) -> Result<bool, StoreError> {
        let mut records = lock(&self.by_key);
        match records.get_mut(&full_key(&record.kind, &record.key)) {
            Some(stored) if stored.version == record.version => {
                *stored = Record { version: record.version.saturating_add(1), ..record.clone() };
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    async fn delete(&self, kind: &str, key: &str) -> Result<bool, StoreError> {
        Ok(lock(&self.by_key).remove(&full_key(kind, key)).is_some())
    }

    async fn list(&self, kind: &str, owner: &str) -> Result<Vec<Record>, StoreError> {
        let records = lock(&self.by_key);
        Ok(records.values().filter(|record| record.kind == kind && record.owner == owner).cloned().collect())
    }

    async fn delete_owned(&self, kind: &str, owner: &str, except: Option<&str>) -> Result<u64, StoreError> {
        Ok(self.delete_where(|record| record.kind == kind && record.owner == owner && Some(&*record.key) != except))
    }

    async fn changed_since(
        &self,
        kind: &str,
        since: Timestamp,
        after: Option<&str>,
        most: u64,
    ) -> Result<Vec<Record>, StoreError> {
        let records = lock(&self.by_key);
        let is_new = |record: &Record| match after {
            Some(after) => (record.changed_at, &*record.key) > (since, after),
            None => record.changed_at >= since,
        };
        let mut changed: Vec<_> = records.values().filter(|record| record.kind == kind && is_new(record)).collect();
        changed.sort_by_key(|record| record.changed_at); // stable: by key within one moment
        Ok(changed.into_iter().take(usize::try_from(most).unwrap_or(usize::MAX)).cloned().collect())
    }

    async fn purge_expired(&self, now: Timestamp, most: u64) -> Result<u64, StoreError> {
        let mut left = most;
        Ok(self.delete_where(|record| {
            let goes = left > 0 && record.expires_at < now;
            left -= u64::from(goes);
            goes
        }))
    }
}

impl MemoryRecords {
    fn delete_where(&self, mut which: impl FnMut(&Record) -> bool) -> u64 {
        let mut records = lock(&self.by_key);
        let before = records.len();
        records.retain(|_, record| !which(record));
        u64::try_from(before - records.len()).unwrap_or(u64::MAX)
    }
}

type Create<U> = dyn Fn(NewUser<U>, u64) -> U + Send + Sync;
type Apply<U> = dyn Fn(&mut U, Change<U>) + Send + Sync;

/// [`Users`] in memory. Two closures do to the struct what SQL does to a row.
pub struct MemoryUsers<U: AuthUser> {
    rows: Mutex<Table<U>>,
    create: Box<Create<U>>,
    apply: Box<Apply<U>>,
}

struct Table<U> {
    users: Vec<U>,
    next: u64,
}

impl<U: AuthUser> MemoryUsers<U> {
    /// Creates an empty table. `create` builds a row from a sign-up and the next free number; `apply` changes a row.
    pub fn new(
        create: impl Fn(NewUser<U>, u64) -> U + Send + Sync + 'static,
        apply: impl Fn(&mut U, Change<U>) + Send + Sync + 'static,
    ) -> Self {
        let rows = Mutex::new(Table { users: Vec::new(), next: 1 });
        Self { rows, create: Box::new(create), apply: Box::new(apply) }
    }

    fn get(&self, which: impl FnMut(&&U) -> bool) -> Option<U> {
        lock(&self.rows).users.iter().find(which).cloned()
    }

    /// Applies all the changes to the row with this id if `condition` holds. What the type has no column for is refused,
    /// as SQL stores refuse it.
    fn change(&self, id: &U::Id, changes: &[Change<U>], condition: impl Fn(&U) -> bool) -> Result<bool, StoreError> {
        if !changes.iter().all(|change| change.kind().has_column::<U>()) {
            return Err(StoreError::unsupported("the user type has no such column"));
        }
        let is_beyond =
            |change: &Change<U>| matches!(change, Change::Login(index, _) if *index >= U::SCHEMA.logins.len());
        if changes.iter().any(is_beyond) {
            return Err(StoreError::unsupported("the user type has no such login"));
        }
        let mut rows = lock(&self.rows);
        let Some(row) = rows.users.iter().find(|user| user.id() == id && condition(user)) else {
            return Ok(false);
        };
        // On a copy: a closure that panics leaves the row as it was.
        let mut changed = row.clone();
        for change in changes {
            (self.apply)(&mut changed, change.clone());
        }
        let is_taken = |index: &usize| {
            let login = changed.login(*index);
            let has_it = |other: &U| other.id() != id && other.login(*index) == login;
            login.is_some() && login != row.login(*index) && rows.users.iter().any(has_it)
        };
        if let Some(index) = (0..U::SCHEMA.logins.len()).find(is_taken) {
            return Err(StoreError::taken(index));
        }
        if let Some(row) = rows.users.iter_mut().find(|user| user.id() == id) {
            *row = changed;
        }
        Ok(true)
    }
}

impl<U: AuthUser> Users<U> for MemoryUsers<U> {
    async fn find(&self, id: &U::Id) -> Result<Option<U>, StoreError> {
        Ok(self.get(|user| user.id() == id))
    }

    async fn find_by_login(&self, index: usize, login: &str) -> Result<Option<U>, StoreError> {
        if index >= U::SCHEMA.logins.len() {
            return Err(StoreError::unsupported("the user type has no such login"));
        }
        Ok(self.get(|user| user.login(index) == Some(login)))
    }

    /// In the order in which they signed up.
    async fn list(&self, after: Option<&U::Id>, most: u32) -> Result<Vec<U>, StoreError> {
        let rows = lock(&self.rows);
        let begin =
            after.and_then(|id| rows.users.iter().position(|user| user.id() == id)).map_or(0, |place| place + 1);
        Ok(rows.users.iter().skip(begin).take(usize::try_from(most).unwrap_or(usize::MAX)).cloned().collect())
    }

    async fn create(&self, new: NewUser<U>) -> Result<U, StoreError> {
        let mut rows = lock(&self.rows);
        for index in 0..U::SCHEMA.logins.len() {
            let login = new.registration.login(index);
            if login.is_some() && rows.users.iter().any(|user| user.login(index) == login) {
                return Err(StoreError::taken(index));
            }
        }
        let confirmed = new.confirmed.filter(|_| ChangeKind::Verified.has_column::<U>());
        let mut user = (self.create)(new, rows.next);
        if let Some(at) = confirmed {
            (self.apply)(&mut user, Change::Verified(true, at));
        }
        if rows.users.iter().any(|other| other.id() == user.id()) {
            return Err(StoreError::refused("a user with this id exists"));
        }
        rows.next += 1;
        rows.users.push(user.clone());
        Ok(user)
    }

    fn supports(&self, kind: ChangeKind) -> bool {
        kind.has_column::<U>()
    }

    async fn update(&self, id: &U::Id, changes: &[Change<U>]) -> Result<bool, StoreError> {
        self.change(id, changes, |_| true)
    }

    async fn replace_password(&self, id: &U::Id, old: &str, new: &PasswordHash) -> Result<bool, StoreError> {
        let unchanged = |user: &U| user.password_hash() == Some(old);
        self.change(id, &[Change::PasswordHash(new.clone())], unchanged)
    }

    async fn delete(&self, id: &U::Id) -> Result<bool, StoreError> {
        let mut rows = lock(&self.rows);
        let before = rows.users.len();
        rows.users.retain(|user| user.id() != id);
        Ok(rows.users.len() < before)
    }
}
