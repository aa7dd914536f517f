//! The suite can fail: it refuses stores that break one promise each, in the case about that promise.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use auth::clock::Timestamp;
use auth::store::{Change, ChangeKind, MemoryRecords, MemoryUsers, Record, Records, StoreError, Users};
use auth::testing::conformance::{self, Sample};
use auth::{Auth, AuthError, AuthUser, NewUser, PasswordHash, Permissions, Roles, Secret};
use auth_tests::app::SECRET;
use tokio::task::yield_now;

use crate::models::{Member, MemberRegistration, Permission, Role};

/// The promise that a store breaks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    InsertOverwrites,
    InsertLooksFirst,
    ReplaceIgnoresTheVersion,
    ReplaceLooksFirst,
    WriteManyAlwaysSaysYes,
    WriteManyStoresNothingNew,
    GetManyStopsAtAGap,
    DeleteSaysYesToTwo,
    DeleteSaysNothing,
    OwnerIsTheKey,
    ListOfBothIsEmpty,
    KeysWithoutCase,
    KeysAreTrimmed,
    ChangedSinceIsExclusive,
    ChangedSinceIgnoresMost,
    ChangedSinceIgnoresTheKey,
    DeleteOwnedIgnoresExcept,
    PurgeDeletesTheLiving,
    PurgeStopsEarly,
    ListIsNotSorted,
    FailsForLongKeys,
    CreateLooksFirst,
    RehashIgnoresTheOldHash,
    LoginsWithoutCase,
    SecondLoginIsNotUnique,
    DeleteAlwaysSaysYes,
    ChangesOnlyWhatDiffers,
    RolesAreNotStored,
    RolesAreNotSupported,
    ChangesAreMadeOneByOne,
    OnlyTheFirstChangeIsMade,
    LoginsAreNotUniqueWhenChanged,
    LoginsAreNotChanged,
    TakenIsCalledUnavailable,
}
use Fault as F;

struct Broken<T>(Arc<T>, Fault);

impl<T> Broken<T> {
    fn is(&self, fault: Fault) -> bool {
        self.1 == fault
    }

    fn key(&self, key: &str) -> String {
        match self.1 {
            F::KeysWithoutCase => key.to_lowercase(),
            F::KeysAreTrimmed => key.trim_end().to_owned(),
            _ => key.to_owned(),
        }
    }
}

impl Records for Broken<MemoryRecords> {
    async fn insert(&self, record: &Record) -> Result<bool, StoreError> {
        let there = self.0.get(&record.kind, &self.key(&record.key)).await?.is_some();
        if self.is(F::InsertOverwrites) || (self.is(F::InsertLooksFirst) && !there) {
            yield_now().await;
            self.0.delete(&record.kind, &record.key).await?;
            self.0.insert(record).await?;
            return Ok(true);
        }
        self.0.insert(&Record { key: self.key(&record.key), ..record.clone() }).await
    }
    async fn get(&self, kind: &str, key: &str) -> Result<Option<Record>, StoreError> {
        if self.is(F::FailsForLongKeys) && key.len() > 1024 {
            return Err(StoreError::unavailable("too long"));
        }
        self.0.get(kind, &self.key(key)).await
    }
    async fn replace(&self, record: &Record) -> Result<bool, StoreError> {
        let stored = self.0.get(&record.kind, &record.key).await?;
        let version = stored.map_or(0, |stored| stored.version);
        if self.is(F::ReplaceIgnoresTheVersion) {
            return self.0.replace(&Record { version, ..record.clone() }).await;
        }
        if self.is(F::ReplaceLooksFirst) && version == record.version {
            yield_now().await;
            let stored = self.0.delete(&record.kind, &record.key).await?;
            self.0.insert(&Record { version: record.version + 1, ..record.clone() }).await?;
            return Ok(stored);
        }
        self.0.replace(record).await
    }
    async fn get_many(&self, kind: &str, keys: &[&str]) -> Result<Vec<Record>, StoreError> {
        let mut found = Vec::new();
        for key in keys {
            match self.get(kind, key).await? {
                None if self.is(F::GetManyStopsAtAGap) => break,
                record => found.extend(record),
            }
        }
        Ok(found)
    }
    async fn write_many(&self, records: &[Record]) -> Result<Vec<bool>, StoreError> {
        let is_skipped = |record: &&Record| record.version == 0 && self.is(F::WriteManyStoresNothingNew);
        let records: Vec<Record> = records.iter().filter(|record| !is_skipped(record)).cloned().collect();
        let written = self.0.write_many(&records).await?;
        Ok(written.into_iter().map(|written| written || self.is(F::WriteManyAlwaysSaysYes)).collect())
    }
    async fn delete(&self, kind: &str, key: &str) -> Result<bool, StoreError> {
        if self.is(F::DeleteSaysYesToTwo) {
            let there = self.0.get(kind, key).await?.is_some();
            yield_now().await;
            self.0.delete(kind, key).await?;
            return Ok(there);
        }
        Ok(self.0.delete(kind, &self.key(key)).await? && !self.is(F::DeleteSaysNothing))
    }
    async fn get_with_owner(
        &self,
        kind: &str,
        key: &str,
        owner_kind: &str,
    ) -> Result<Option<(Record, Option<Record>)>, StoreError> {
        let Some(record) = self.get(kind, key).await? else { return Ok(None) };
        let owner = if self.is(F::OwnerIsTheKey) { key } else { &record.owner };
        let owners = self.get(owner_kind, owner).await?;
        Ok(Some((record, owners)))
    }
    async fn get_and_list(
        &self,
        get: (&str, &str),
        list: (&str, &str),
    ) -> Result<(Option<Record>, Vec<Record>), StoreError> {
        let (record, mut listed) = (self.get(get.0, get.1).await?, self.list(list.0, list.1).await?);
        listed.retain(|_| !self.is(F::ListOfBothIsEmpty));
        Ok((record, listed))
    }
    async fn list(&self, kind: &str, owner: &str) -> Result<Vec<Record>, StoreError> {
        let mut list = self.0.list(kind, owner).await?;
        if self.is(F::ListIsNotSorted) {
            list.reverse();
        }
        Ok(list)
    }
    async fn delete_owned(&self, kind: &str, owner: &str, except: Option<&str>) -> Result<u64, StoreError> {
        self.0.delete_owned(kind, owner, except.filter(|_| !self.is(F::DeleteOwnedIgnoresExcept))).await
    }
    async fn changed_since(
        &self,
        kind: &str,
        since: Timestamp,
        after: Option<&str>,
        most: u64,
    ) -> Result<Vec<Record>, StoreError> {
        let most = if self.is(F::ChangedSinceIgnoresMost) { u64::MAX } else { most };
        let after = after.filter(|_| !self.is(F::ChangedSinceIgnoresTheKey));
        let mut changed = self.0.changed_since(kind, since, after, most).await?;
        changed.retain(|record| !self.is(F::ChangedSinceIsExclusive) || record.changed_at > since);
        Ok(changed)
    }
    async fn purge_expired(&self, now: Timestamp, most: u64) -> Result<u64, StoreError> {
        match self.1 {
            F::PurgeDeletesTheLiving => self.0.purge_expired(now + std::time::Duration::from_millis(1), most).await,
            F::PurgeStopsEarly => self.0.purge_expired(now, most.min(2)).await,
            _ => self.0.purge_expired(now, most).await,
        }
    }
}

impl Users<Member> for Broken<MemoryUsers<Member>> {
    async fn find(&self, id: &i64) -> Result<Option<Member>, StoreError> {
        self.0.find(id).await
    }
    async fn find_by_login(&self, index: usize, login: &str) -> Result<Option<Member>, StoreError> {
        let login = if self.is(F::LoginsWithoutCase) { login.to_lowercase() } else { login.to_owned() };
        self.0.find_by_login(index, &login).await
    }
    async fn create(&self, mut new: NewUser<Member>) -> Result<Member, StoreError> {
        let email = new.registration.email.clone();
        match self.1 {
            F::CreateLooksFirst => {
                for (index, login) in [&email, &new.registration.nick].into_iter().enumerate() {
                    if self.0.find_by_login(index, login).await?.is_some() {
                        return Err(StoreError::taken(index));
                    }
                }
                yield_now().await;
                // The suffix makes the login unique, and is removed when the row is built, so no unique index
                // interferes.
                new.registration.email = format!("{email}#{}", rand());
                new.registration.nick = format!("{}#{}", new.registration.nick, rand());
                self.0.create(new).await
            }
            F::SecondLoginIsNotUnique => {
                if self.0.find_by_login(1, &new.registration.nick).await?.is_some() {
                    new.registration.nick = rand();
                }
                self.0.create(new).await
            }
            F::TakenIsCalledUnavailable => self.0.create(new).await.map_err(StoreError::unavailable),
            _ => self.0.create(new).await,
        }
    }
    fn supports(&self, kind: ChangeKind) -> bool {
        self.0.supports(kind) && !(kind == ChangeKind::Roles && self.is(F::RolesAreNotSupported))
    }
    async fn update(&self, id: &i64, changes: &[Change<Member>]) -> Result<bool, StoreError> {
        let Some(before) = self.0.find(id).await? else { return Ok(false) };
        match (self.1, changes) {
            (F::ChangesAreMadeOneByOne, _) => {
                for change in changes {
                    self.0.update(id, std::slice::from_ref(change)).await?;
                    yield_now().await;
                }
                Ok(true)
            }
            (F::OnlyTheFirstChangeIsMade, [first, ..]) => self.0.update(id, std::slice::from_ref(first)).await,
            (F::RolesAreNotStored, [Change::Roles(_)]) | (F::LoginsAreNotChanged, [Change::Login(..)]) => Ok(true),
            (F::LoginsAreNotUniqueWhenChanged, _) => match self.0.update(id, changes).await {
                Err(error) if error.taken_login().is_some() => Ok(true),
                done => done,
            },
            (F::ChangesOnlyWhatDiffers, [Change::Active(active, _)]) => {
                Ok(self.0.update(id, changes).await? && before.is_active() != *active)
            }
            _ => self.0.update(id, changes).await,
        }
    }
    async fn replace_password(&self, id: &i64, old: &str, new: &PasswordHash) -> Result<bool, StoreError> {
        if self.is(F::RehashIgnoresTheOldHash) {
            return self.0.update(id, &[Change::PasswordHash(new.clone())]).await;
        }
        self.0.replace_password(id, old, new).await
    }
    async fn delete(&self, id: &i64) -> Result<bool, StoreError> {
        Ok(self.0.delete(id).await? || self.is(F::DeleteAlwaysSaysYes))
    }
}

/// A unique text.
fn rand() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed).to_string()
}

/// The failure that the suite reports, or an empty text. On one thread, so that tasks switch only where a store yields.
fn verdict(suite: impl Future<Output = ()>) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let said = catch_unwind(AssertUnwindSafe(|| runtime.block_on(suite)));
    let text = |panic: Box<dyn Any + Send>| *panic.downcast::<String>().unwrap();
    said.map_or_else(text, |()| String::new())
}

fn records(fault: Fault) -> String {
    verdict(conformance::records(async || {
        let store = Arc::new(MemoryRecords::new());
        [Broken(Arc::clone(&store), fault), Broken(store, fault)]
    }))
}

fn users(fault: Fault) -> String {
    let sign_up = |login: &str| MemberRegistration { email: login.to_owned(), nick: format!("{login} by nick") };
    let sample = Sample::<Member>::new(sign_up)
        .roles(Roles::from([Role::Editor]), Roles::new())
        .permissions(Permissions::from([Permission::Write]), Permissions::new());
    verdict(conformance::users(&sample, async || {
        let unmarked = |text: &str| text.split('#').next().unwrap().to_owned();
        let create = move |mut new: NewUser<Member>, next| {
            new.registration.email = unmarked(&new.registration.email);
            new.registration.nick = unmarked(&new.registration.nick);
            Member::from_sign_up(new, next)
        };
        let store = Arc::new(MemoryUsers::new(create, |member: &mut Member, change| match change {
            Change::PasswordHash(hash) => member.password_hash = Some(hash),
            Change::Login(Member::EMAIL, email) => member.email = email,
            Change::Login(_, nick) => member.nick = Some(nick),
            Change::Active(active, _) => member.is_active = active,
            Change::Roles(roles) => member.roles = roles,
            Change::Permissions(permissions) => member.permissions = permissions,
            _ => {}
        }));
        [Broken(Arc::clone(&store), fault), Broken(store, fault)]
    }))
}

#[test]
fn each_broken_records_store_fails_its_case() {
    for (fault, case) in [
        (F::InsertOverwrites, "insert_only_if_absent"),
        (F::InsertLooksFirst, "one_insert_wins"),
        (F::ReplaceIgnoresTheVersion, "replace_only_if_the_version_matches"),
        (F::ReplaceLooksFirst, "one_replace_wins"),
        (F::WriteManyAlwaysSaysYes, "write_many_compares_each_version"),
        (F::WriteManyStoresNothingNew, "write_many_compares_each_version"),
        (F::GetManyStopsAtAGap, "get_many_answers_what_is_there"),
        (F::DeleteSaysYesToTwo, "one_delete_wins"),
        (F::DeleteSaysNothing, "delete_answers_whether_there_was_a_record"),
        (F::OwnerIsTheKey, "get_with_owner_answers_both_records"),
        (F::ListOfBothIsEmpty, "get_and_list_answers_as_both_do"),
        (F::KeysWithoutCase, "keys_kinds_and_owners_are_compared_byte_by_byte"),
        (F::KeysAreTrimmed, "keys_kinds_and_owners_are_compared_byte_by_byte"),
        (F::ChangedSinceIsExclusive, "changed_since_is_inclusive_and_oldest_first"),
        (F::ChangedSinceIgnoresMost, "changed_since_goes_on_where_it_ended"),
        (F::ChangedSinceIgnoresTheKey, "changed_since_goes_on_where_it_ended"),
        (F::DeleteOwnedIgnoresExcept, "delete_owned_spares_the_exception_and_everybody_else"),
        (F::PurgeDeletesTheLiving, "purge_deletes_what_expired_before_now"),
        (F::PurgeStopsEarly, "purge_goes_on_until_fewer_come"),
        (F::ListIsNotSorted, "list_answers_the_records_of_one_owner_by_key"),
        (F::FailsForLongKeys, "unrepresentable_text_is_neither_found_nor_stored"),
    ] {
        let said = records(fault);
        assert!(said.contains(&format!("breaks `{case}`")) && said.contains("promise: "), "{fault:?}: {said}");
    }
    assert_eq!(records(F::RolesAreNotStored), "", "a fault of the other contract is none here");
}

#[test]
fn each_broken_user_store_fails_its_case() {
    for (fault, case) in [
        (F::CreateLooksFirst, "one_sign_up_gets_the_login"),
        (F::RehashIgnoresTheOldHash, "replace_password_only_if_the_old_one_matches"),
        (F::LoginsWithoutCase, "logins_are_compared_byte_by_byte"),
        (F::SecondLoginIsNotUnique, "a_taken_login_is_refused_and_named"),
        (F::DeleteAlwaysSaysYes, "unknown_ids_and_logins_change_nothing"),
        (F::ChangesOnlyWhatDiffers, "each_change_changes_one_row_and_one_field"),
        (F::RolesAreNotStored, "each_change_changes_one_row_and_one_field"),
        (F::RolesAreNotSupported, "every_change_of_the_type_is_supported"),
        (F::ChangesAreMadeOneByOne, "changes_of_one_call_are_made_together"),
        (F::OnlyTheFirstChangeIsMade, "changes_of_one_call_are_made_together"),
        (F::LoginsAreNotChanged, "changed_login_is_found_and_frees_the_former"),
        (F::LoginsAreNotUniqueWhenChanged, "login_of_another_row_is_refused_and_named"),
        (F::TakenIsCalledUnavailable, "a_taken_login_is_refused_and_named"),
    ] {
        let said = users(fault);
        assert!(said.contains(&format!("breaks `{case}`")) && said.contains("promise: "), "{fault:?}: {said}");
    }
    assert_eq!(users(F::ListIsNotSorted), "", "a fault of the other contract is none here");
}

#[test]
fn incomplete_sample_fails_with_advice() {
    let sign_up = |login: &str| MemberRegistration { email: login.to_owned(), nick: login.to_owned() };
    let said = verdict(conformance::users(&Sample::<Member>::new(sign_up), async || {
        let store = Arc::new(MemoryUsers::<Member>::new(Member::from_sign_up, |_, _| ()));
        [Arc::clone(&store), store]
    }));
    assert!(said.contains("Member has roles: say two values of them"), "{said}");
    let wrong = |login: &str| MemberRegistration { email: format!("x{login}"), nick: login.to_owned() };
    let sample = Sample::<Member>::new(wrong)
        .roles(Roles::new(), Roles::new())
        .permissions(Permissions::new(), Permissions::new());
    let said = verdict(conformance::users(&sample, async || {
        let store = Arc::new(MemoryUsers::<Member>::new(Member::from_sign_up, |_, _| ()));
        [Arc::clone(&store), store]
    }));
    assert!(said.contains("the sample's first login is"), "{said}");
}

#[tokio::test]
async fn a_change_the_store_does_not_support_is_refused() {
    let apply = |member: &mut Member, change| match change {
        Change::Roles(roles) => member.roles = roles,
        Change::Active(active, _) => member.is_active = active,
        _ => {}
    };
    for fault in [F::RolesAreNotSupported, F::ListIsNotSorted] {
        let table = Arc::new(MemoryUsers::new(Member::from_sign_up, apply));
        let stores = (Broken(Arc::clone(&table), fault), MemoryRecords::new());
        let auth = Auth::<Member>::builder(stores).secret(Secret::new(SECRET).unwrap()).build().await.unwrap();
        let id = table.create(Member::sign_up("ann@x.org")).await.unwrap().id;
        let done = auth.accounts().set_roles(&id, Roles::from([Role::Editor])).await;
        let stored = table.find(&id).await.unwrap().unwrap().roles;
        if fault == F::RolesAreNotSupported {
            assert!(matches!(done, Err(AuthError::Internal(_))), "{done:?}");
            assert_eq!(stored, Roles::new(), "its `update` would have made the change");
        } else {
            done.unwrap();
            assert_eq!(stored, Roles::from([Role::Editor]));
        }
        auth.accounts().disable(&id).await.unwrap();
    }
}
