//! What an account has left to the next one that the database gives the same id: it ends before the new one signs in.
//!
//! What was issued for an id ends with its row. Databases reuse ids (SQLite does by itself; the others after `TRUNCATE
//! … RESTART IDENTITY`, or with a table made anew beside our own). So a sign-up whose id comes from the database ends
//! whatever was issued for that id: after the `INSERT` succeeded, because a refused sign-up must end nothing, and
//! before the row is visible. `Kinds` names the kinds of records that count, without a default: a new kind does not
//! compile until somebody decides. Stores without a shared transaction write a record first, by login, which the next
//! login finds if the process was killed. A row that was deleted through this crate leaves its epoch, which is raised
//! once more and reported to nobody: what is reported are sessions that were still there.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};

use super::Sessions;
use crate::base::error::AuthError;
use crate::model::client_info::ClientInfo;
use crate::model::user::{AuthUser, NewUser, Registration as _};
use crate::revocation::epoch::Bump;
use crate::store::{Record, StoreError};

/// Any id, to ask whether the library generates them.
const UUID: &str = "00000000-0000-7000-8000-000000000000";

impl<U: AuthUser> Sessions<U> {
    /// Returns the record of a sign-up that has begun. There is none for a login that is taken: a stranger who signs up
    /// with it must not end its owner's sessions.
    pub(crate) async fn begin_sign_up(&self, new: &NewUser<U>) -> Result<Option<Record>, StoreError> {
        let login = (0..U::SCHEMA.logins.len()).find_map(|index| Some((index, new.registration.login(index)?)));
        let Some((index, login)) = login else { return Ok(None) };
        match self.users.find_by_login(index, login).await {
            Ok(None) => {}
            Err(error) if !error.is_corrupt() => return Err(error),
            _ => return Ok(None),
        }
        let begun = self.begun(index, login);
        self.records.insert(&begun).await?;
        Ok(Some(begun))
    }

    /// Completes a sign-up that was interrupted after the row was stored. No session begins before that. Whatever mails
    /// a link or a code to sign in with does so first, because it voids what was mailed before.
    pub(crate) async fn complete_sign_up(&self, user: Option<&U>) -> Result<(), AuthError> {
        if self.signs_up_at_once || U::new_id(UUID).is_some() {
            return Ok(());
        }
        let login = user.and_then(|user| (0..U::SCHEMA.logins.len()).find_map(|n| Some((n, user.login(n)?))));
        // The same number of queries for an account that does not exist.
        let (index, login) = login.unwrap_or_default();
        let begun = self.begun(index, login);
        if let (Some(_), Some(user)) = (self.records.get(&begun.kind, &begun.key).await?, user) {
            self.end_inherited(user.id()).await?;
            self.records.delete(&begun.kind, &begun.key).await?;
        }
        Ok(())
    }

    /// The record of a sign-up that has begun. It is needed as long as what an earlier account left may be alive.
    fn begun(&self, index: usize, login: &str) -> Record {
        let digest = Sha256::new_with_prefix(index.to_string()).chain_update([0]).chain_update(login).finalize();
        let now = self.now();
        Record {
            kind: self.kinds.begun.clone(),
            key: Base64UrlUnpadded::encode_string(&digest),
            owner: String::new(),
            value: String::new(),
            version: 1,
            expires_at: now + self.settings.lifetimes.absolute,
            changed_at: now,
        }
    }

    /// Ends what an earlier account with this id has left to a new one.
    pub(crate) async fn end_inherited(&self, id: &U::Id) -> Result<(), AuthError> {
        if self.end_issued(id).await? {
            warn_inherited::<U>(id);
        }
        self.part_from_former_tokens(id).await
    }

    /// Ends whatever was issued for an id that has no row, or a new one. Returns whether something was still alive.
    pub(crate) async fn end_issued(&self, id: &U::Id) -> Result<bool, AuthError> {
        let owner = id.to_string();
        if !self.has_any(&self.kinds.issued(), &owner).await? {
            return Ok(false);
        }
        let left = self.has_any(&self.kinds.signed_in(), &owner).await?;
        if left {
            self.end_all(id, &ClientInfo::default()).await?;
        } else {
            self.feed.bump(id, Bump::ALL).await?;
        }
        self.delete_owned(&owner).await?;
        Ok(left)
    }

    async fn has_any(&self, kinds: &[&str], owner: &str) -> Result<bool, AuthError> {
        for kind in kinds {
            // Epochs are found by their key, which is the owner.
            let found = if *kind == self.kinds.epoch {
                self.records.get(kind, owner).await?.is_some()
            } else {
                !self.records.list(kind, owner).await?.is_empty()
            };
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Deletes every record that ends with its owner.
    pub(crate) async fn delete_owned(&self, owner: &str) -> Result<(), AuthError> {
        for kind in self.kinds.ending() {
            self.records.delete_owned(kind, owner, None).await?;
        }
        Ok(())
    }
}

pub(crate) fn warn_inherited<U: AuthUser>(id: &U::Id) {
    tracing::warn!(target: "auth::session", user = %id,
        "a new account got the id of an earlier one whose sessions had not ended: they are ended now. Rows of users were \
         deleted without `auth.accounts().delete(…)`; from there on, their tokens should have been refused");
}
