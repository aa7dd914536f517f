//! Messages between processes. Each contains the revocation as stored, so that receivers need not query the store.
//!
//! Messages are signed with a separate key of the current secret: somebody who can write to the broadcast cannot end
//! sessions. A message that cannot be verified (of another secret during a rotation, of a former one, or garbage) at
//! most makes this process poll the store, at a limited rate. One that can be verified is noted, and only makes this
//! process refuse more, until a poll has read what is true: see `revocation::notes`.
//!
//! A message names the store that it is about. Those about another one, with the same secret, are ignored; those that
//! name none, of the release before, may be about either and cause a poll.
//!
//! The broadcast is faster than the store, but never authoritative: a note can only make this process refuse more,
//! because whoever has the key could send any. Requests do not wait for it: messages are queued, and those that do not
//! fit are in the store anyway.

#[cfg(fuzzing)]
pub(crate) mod fuzz;

use std::sync::{Arc, Weak};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::RevocationFeed;
use super::floor::EVERYTHING;
use crate::base::catch_panic::catch_panic;
use crate::base::error::causes;
use crate::base::secret::same_bytes;
use crate::broadcast::{BroadcastError, DynBroadcast, Subscriber};
use crate::keys::hmac_sha256;
use crate::model::claims::StoreId;
use crate::model::user::AuthUser;
use crate::revocation::epoch::RevocationEpoch;
use crate::revocation::memory::Effect;
use crate::store::Record;

/// How many messages wait for a slow broadcast. Those beyond it are dropped; the store has their content.
const WAITING: usize = 1024;
/// How many are sent at once, and how long that may take.
const AT_ONCE: usize = 256;
const SENDING: Duration = Duration::from_secs(1);
/// The first pause after a connection has ended; each further one doubles, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The connection to other processes.
#[derive(Debug)]
pub(super) struct BroadcastHandle {
    outbox: mpsc::Sender<String>,
    listening: AbortHandle,
}

/// Stops listening, which does not end by itself. (Sending ends with the outbox.)
impl Drop for BroadcastHandle {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// A revocation as a message.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Message {
    /// The store that it is about. Releases before this field do not say, and cannot read a message that does: it
    /// causes a poll there.
    #[serde(rename = "i", default)]
    store: Option<StoreId>,
    /// Whether it is an ended session; otherwise it is the epoch of a user.
    #[serde(rename = "s")]
    session: bool,
    #[serde(rename = "k")]
    key: String,
    #[serde(rename = "v")]
    value: String,
    #[serde(rename = "e")]
    expires_at: u64,
    #[serde(rename = "c")]
    changed_at: u64,
}

fn sign(message: &Message, key: &[u8]) -> Option<String> {
    let text = serde_json::to_vec(message).ok()?;
    let signature = hmac_sha256(key, &[&text]);
    Some(format!("{}.{}", URL_SAFE_NO_PAD.encode(*signature), URL_SAFE_NO_PAD.encode(text)))
}

fn open(message: &str, key: &[u8]) -> Option<Message> {
    let (signature, text) = message.split_once('.')?;
    let (signature, text) = (URL_SAFE_NO_PAD.decode(signature).ok()?, URL_SAFE_NO_PAD.decode(text).ok()?);
    let ours = hmac_sha256(key, &[&text]);
    same_bytes(ours.as_slice(), &signature).then_some(())?;
    serde_json::from_slice(&text).ok()
}

impl<U: AuthUser> RevocationFeed<U> {
    /// Announces a record just written to other processes, without waiting.
    pub(crate) fn announce(&self, record: &Record) {
        let Some(broadcast_handle) = self.broadcast_handle.get() else { return };
        // Nobody may sign everybody out by a message: other processes read it from the store.
        if record.key == EVERYTHING {
            return;
        }
        let message = Message {
            store: Some(self.tokens.store().id()),
            session: record.kind == self.kinds.revoked,
            key: record.key.clone(),
            value: record.value.clone(),
            expires_at: record.expires_at.as_millis(),
            changed_at: record.changed_at.as_millis(),
        };
        if let Some(message) = self.tokens.with_keys(|keys| sign(&message, &*keys.broadcast)) {
            // The queue is full because the broadcast has been failing for a while. That was logged, and the store has
            // the record.
            let _ = broadcast_handle.outbox.try_send(message);
        }
    }

    /// Starts to send and listen, until the last handle is dropped.
    pub(crate) fn start_exchange(&self, broadcast: Arc<dyn DynBroadcast>) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let channel = format!("{}.revocations", U::SCHEMA.realm());
        let (outbox, messages) = mpsc::channel(WAITING);
        runtime.spawn(send(Arc::clone(&broadcast), channel.clone(), messages));
        let listening = runtime.spawn(listen(broadcast, channel, self.subscriber())).abort_handle();
        // Called once, by the builder.
        let _ = self.broadcast_handle.set(BroadcastHandle { outbox, listening });
    }

    fn subscriber(&self) -> Subscriber {
        let this = Weak::clone(&self.this);
        Subscriber::new(move |message| {
            let Some(feed) = this.upgrade() else { return };
            let opened = |message| feed.tokens.with_keys(|keys| open(message, &*keys.broadcast));
            let noted = message.and_then(opened).and_then(|message| feed.take(&message));
            if noted != Some(Effect::Enough) {
                feed.wake.notify_one();
            }
        })
    }

    /// Notes what a message says; `None` if it cannot be read, or does not say about whom. The times in it do not matter: a note lasts until the
    /// store was asked.
    fn take(&self, message: &Message) -> Option<Effect> {
        if message.store? != self.tokens.store().id() {
            return Some(Effect::Enough);
        }
        if message.session {
            return Some(self.memory.note_ended(message.key.parse().ok()?));
        }
        // The database may be shared with an older version of the application that has another id type.
        let Ok(id) = message.key.parse::<U::Id>() else { return Some(Effect::Enough) };
        let epoch = RevocationEpoch::from_text(&message.value).ok()?;
        // Before the note, so that callers admitted by it do not get the old row.
        self.invalidate_row(&id);
        Some(self.memory.note_epoch(&id, &epoch))
    }
}

/// Sends waiting messages until the last handle is dropped. A panic in the broadcast counts as a failure; neither ends
/// the task.
async fn send(broadcast: Arc<dyn DynBroadcast>, channel: String, mut outbox: mpsc::Receiver<String>) {
    let mut failing = false;
    let mut messages = Vec::new();
    while outbox.recv_many(&mut messages, AT_ONCE).await > 0 {
        let sent = timeout(SENDING, attempt(broadcast.send_all(&channel, &messages))).await;
        match sent.unwrap_or_else(|late| Err(BroadcastError::new(late))) {
            Ok(()) => failing = false,
            Err(error) => {
                if !std::mem::replace(&mut failing, true) {
                    warn(&error);
                }
            }
        }
        messages.clear();
    }
}

async fn listen(broadcast: Arc<dyn DynBroadcast>, channel: String, subscriber: Subscriber) {
    let mut pause = FIRST_PAUSE;
    loop {
        let begun = tokio::time::Instant::now();
        let ended = attempt(broadcast.listen(&channel, subscriber.clone())).await;
        if begun.elapsed() > LONGEST_PAUSE {
            pause = FIRST_PAUSE;
        }
        if let Err(error) = ended
            && pause == FIRST_PAUSE
        {
            warn(&error);
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn attempt(work: impl Future<Output = Result<(), BroadcastError>>) -> Result<(), BroadcastError> {
    catch_panic(work).await.unwrap_or_else(|| Err(BroadcastError::new("the broadcast panicked")))
}

/// Logs a failure with its cause, because the error itself does not say what failed.
fn warn(error: &BroadcastError) {
    let cause: Vec<String> = causes(error).skip(1).map(ToString::to_string).collect();
    let cause = cause.join(": ");
    tracing::warn!(target: "auth::revocation", cause, "the broadcast failed; revocations reach other instances by polling, within a second");
}

#[cfg(test)]
mod tests {
    use super::{Message, StoreId, open, sign};

    #[test]
    fn message_is_read_only_unchanged_and_with_its_key() {
        let (store, key) = (Some(StoreId::from_bytes([3; 12])), "k".to_owned());
        let message = Message { store, session: true, key, value: String::new(), expires_at: 7, changed_at: 5 };
        let message = sign(&message, &[1; 32]).unwrap();
        let read = open(&message, &[1; 32]).unwrap();
        assert_eq!((read.session, &*read.key, read.expires_at, read.changed_at), (true, "k", 7, 5));
        assert!(open(&message, &[2; 32]).is_none());
        for place in 0..message.len() {
            let mut other = message.clone().into_bytes();
            other[place] = if other[place] == b'A' { b'B' } else { b'A' };
            assert!(open(&String::from_utf8(other).unwrap(), &[1; 32]).is_none(), "byte {place}");
        }
        assert!(open("", &[1; 32]).is_none() && open(".", &[1; 32]).is_none());
    }
}
