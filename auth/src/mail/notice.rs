//! Notices: mail about what has happened to an account, for its owner to know.
//!
//! None of them is needed for anything to work, and none may be a way to fill somebody's mailbox: each user gets a few in
//! an hour. Those that would tell a stranger, by the time that a request takes, whether there is an account, are written
//! by a task of their own.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::outbox::Outbox;
use super::queued::NewMail;
use super::recipient;
use crate::model::client_info::ClientInfo;
use crate::model::event::LetterKind;
use crate::model::user::AuthUser;
use crate::rate_limits::RateLimits;

impl<U: AuthUser> Outbox<U> {
    /// Writes a notice to a user who has an address. What it is about has happened, whatever becomes of the mail.
    pub(crate) async fn notify(
        &self,
        limits: &RateLimits<U>,
        user: &U,
        kind: LetterKind,
        about: Option<String>,
        client: &ClientInfo,
    ) {
        let Some(address) = recipient(user, self.address()) else { return };
        let owner = user.id().to_string();
        if !limits.may_notify(&owner, kind).await {
            return;
        }
        let (owner, address, locale) = (&*owner, &*address, &client.locale);
        if let Err(error) = self.enqueue(NewMail { kind, owner, address, token: None, locale, about }).await {
            let error: &dyn std::error::Error = &error;
            let letter = kind.name();
            tracing::warn!(target: "auth::mail", error, user = owner, letter, "a user is not notified");
        }
    }

    /// Writes to the address that a user had: the application has set another one. `former` is the row as it was.
    pub(crate) async fn notify_former_address(&self, limits: &RateLimits<U>, former: &U, client: &ClientInfo) {
        let address = recipient(former, self.address());
        self.notify(limits, former, LetterKind::AddressSet, address, client).await;
    }

    /// Does so after the request, which takes no longer for it. Without a runtime, nobody is notified.
    pub(crate) fn notify_later(
        self: &Arc<Self>,
        limits: &Arc<RateLimits<U>>,
        user: U,
        kind: LetterKind,
        about: Option<String>,
        client: &ClientInfo,
    ) {
        let Ok(runtime) = Handle::try_current() else { return };
        let (outbox, limits, client) = (Arc::clone(self), Arc::clone(limits), client.clone());
        drop(runtime.spawn(async move { outbox.notify(&limits, &user, kind, about, &client).await }));
    }
}
