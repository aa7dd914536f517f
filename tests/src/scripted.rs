//! Stores that do something else first: what races are made of, without threads and without luck.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use auth::store::{Record, Records, StoreError, Users};
use auth::{AuthUser, NewUser, PasswordHash, Timestamp};

type Step = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>;

/// What happens before or after the next call of a method. Clones share it.
#[derive(Clone, Default)]
pub struct Script(Arc<Mutex<VecDeque<(String, Step)>>>);

impl Script {
    /// Runs `step` once, right before the next `method` (`find_by_login`, `records.replace`).
    pub fn before(&self, method: &str, step: impl Future<Output = ()> + Send + 'static) {
        self.push(format!("before {method}"), step);
    }

    /// Runs `step` once, right after the next `method`.
    pub fn after(&self, method: &str, step: impl Future<Output = ()> + Send + 'static) {
        self.push(format!("after {method}"), step);
    }

    /// Makes the next call of `method` fail; nothing is read or written.
    pub fn fail(&self, method: &str) {
        let step = Box::pin(async { Err(StoreError::unavailable("the script says so")) });
        self.0.lock().unwrap().push_back((format!("before {method}"), step));
    }

    /// Whether everything happened.
    pub fn is_done(&self) -> bool {
        self.0.lock().unwrap().is_empty()
    }

    fn push(&self, when: String, step: impl Future<Output = ()> + Send + 'static) {
        let step = Box::pin(async {
            step.await;
            Ok(())
        });
        self.0.lock().unwrap().push_back((when, step));
    }

    async fn at(&self, phase: &str, method: &str) -> Result<(), StoreError> {
        let when = format!("{phase} {method}");
        let step = {
            let mut steps = self.0.lock().unwrap();
            let place = steps.iter().position(|(at, _)| *at == when);
            place.and_then(|place| steps.remove(place))
        };
        match step {
            Some((_, step)) => step.await,
            None => Ok(()),
        }
    }

    async fn around<T>(
        &self,
        method: &str,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.at("before", method).await?;
        let answer = call.await;
        self.at("after", method).await?;
        answer
    }
}

/// A store under a script.
pub struct Scripted<T> {
    pub inner: T,
    pub script: Script,
}

impl<U: AuthUser, T: Users<U>> Users<U> for Scripted<T> {
    async fn find(&self, id: &U::Id) -> Result<Option<U>, StoreError> {
        self.script.around("find", self.inner.find(id)).await
    }
    async fn find_by_login(&self, index: usize, login: &str) -> Result<Option<U>, StoreError> {
        self.script.around("find_by_login", self.inner.find_by_login(index, login)).await
    }
    async fn create(&self, new: NewUser<U>) -> Result<U, StoreError> {
        self.script.around("create", self.inner.create(new)).await
    }
    async fn set_password(&self, id: &U::Id, hash: &PasswordHash) -> Result<bool, StoreError> {
        self.script.around("set_password", self.inner.set_password(id, hash)).await
    }
    async fn replace_password(&self, id: &U::Id, old: &str, new: &PasswordHash) -> Result<bool, StoreError> {
        self.script.around("replace_password", self.inner.replace_password(id, old, new)).await
    }
    async fn set_active(&self, id: &U::Id, active: bool, now: Timestamp) -> Result<bool, StoreError> {
        self.script.around("set_active", self.inner.set_active(id, active, now)).await
    }
    async fn set_roles(&self, id: &U::Id, roles: &U::Roles) -> Result<bool, StoreError> {
        self.script.around("set_roles", self.inner.set_roles(id, roles)).await
    }
    async fn set_permissions(&self, id: &U::Id, permissions: &U::Permissions) -> Result<bool, StoreError> {
        self.script.around("set_permissions", self.inner.set_permissions(id, permissions)).await
    }
    async fn delete(&self, id: &U::Id) -> Result<bool, StoreError> {
        self.script.around("delete", self.inner.delete(id)).await
    }
    async fn problems(&self) -> Result<Vec<String>, StoreError> {
        self.inner.problems().await
    }
}

impl<T: Records> Records for Scripted<T> {
    async fn prepare(&self) -> Result<(), StoreError> {
        self.inner.prepare().await
    }
    async fn insert(&self, record: &Record) -> Result<bool, StoreError> {
        self.script.around("records.insert", self.inner.insert(record)).await
    }
    async fn get(&self, kind: &str, key: &str) -> Result<Option<Record>, StoreError> {
        self.script.around("records.get", self.inner.get(kind, key)).await
    }
    async fn replace(&self, record: &Record) -> Result<bool, StoreError> {
        self.script.around("records.replace", self.inner.replace(record)).await
    }
    async fn take(&self, kind: &str, key: &str) -> Result<Option<Record>, StoreError> {
        self.script.around("records.take", self.inner.take(kind, key)).await
    }
    async fn list(&self, kind: &str, owner: &str) -> Result<Vec<Record>, StoreError> {
        self.script.around("records.list", self.inner.list(kind, owner)).await
    }
    async fn delete_owned(&self, kind: &str, owner: &str, except: Option<&str>) -> Result<u64, StoreError> {
        self.script.around("records.delete_owned", self.inner.delete_owned(kind, owner, except)).await
    }
    async fn changed_since(&self, kind: &str, since: Timestamp) -> Result<Vec<Record>, StoreError> {
        self.script.around("records.changed_since", self.inner.changed_since(kind, since)).await
    }
    async fn purge_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.script.around("records.purge_expired", self.inner.purge_expired(now)).await
    }
}
