//! Revocation messages between processes, so that a logout takes effect everywhere at once instead of at the next poll.
//!
//! Every process writes revocations to the store first, and every process polls the store twice a second for those of
//! the others. That alone is the guarantee. A [`Broadcast`] (Redis, NATS, PostgreSQL's `NOTIFY`) makes it faster: a
//! process that revokes something announces it, and those that listen refuse from then on. Nothing depends on it: a
//! lost message is made up for by the next poll, and a forged one is rejected.

// Messages carry the revocation as it is stored, so a thousand logouts a second cause no queries elsewhere. They are
// signed with a separate key, so write access to the broadcast is not enough to end a session. They name their store,
// because tenants may share secret and broadcast; what the release before sends names none, and is worth a poll.
// Requests do not wait for the broadcast: messages are queued, and those that do not fit are in the store anyway. A
// message that cannot be read (another secret during a rotation) triggers a poll, at most twenty times a second.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Carries short messages between the processes of an application.
///
/// ```
/// use auth::broadcast::{Broadcast, BroadcastError, Subscriber};
/// use tokio::sync::broadcast::{Sender, error::RecvError};
///
/// /// Between the handles of one process, with Tokio's own channel.
/// struct Local(Sender<(String, String)>);
///
/// impl Broadcast for Local {
///     async fn send(&self, channel: &str, message: &str) -> Result<(), BroadcastError> {
///         self.0.send((channel.to_owned(), message.to_owned())).map(drop).map_err(BroadcastError::new)
///     }
///
///     async fn listen(&self, channel: &str, subscriber: Subscriber) -> Result<(), BroadcastError> {
///         let mut messages = self.0.subscribe();
///         loop {
///             match messages.recv().await {
///                 Ok((at, message)) if at == channel => subscriber.message(&message),
///                 Ok(_) => {}
///                 Err(RecvError::Lagged(_)) => subscriber.resync(),
///                 Err(RecvError::Closed) => return Ok(()),
///             }
///         }
///     }
/// }
/// # fn with<U: auth::AuthUser>(builder: auth::AuthBuilder<U>, local: Local) -> auth::AuthBuilder<U> {
/// builder.broadcast(local)
/// # }
/// ```
pub trait Broadcast: Send + Sync + 'static {
    /// Sends `message` to all current listeners on `channel`; messages need not be kept. Requests do not wait for it. A
    /// message is base64url with a dot in it, about 300 bytes (more if ids are long text); the channel is called
    /// `<user type>:<table>.revocations`.
    ///
    /// # Errors
    /// If the message certainly or probably reached nobody.
    fn send(&self, channel: &str, message: &str) -> impl Future<Output = Result<(), BroadcastError>> + Send;

    /// Sends several messages, for example after a bulk logout: one after the other, unless your implementation can do
    /// better. At most 256 per call.
    ///
    /// # Errors
    /// Like [`send`](Self::send), if any of them fails; the others are sent all the same.
    fn send_all(&self, channel: &str, messages: &[String]) -> impl Future<Output = Result<(), BroadcastError>> + Send {
        async move {
            let mut all = Ok(());
            for message in messages {
                let sent = self.send(channel, message).await;
                all = all.and(sent);
            }
            all
        }
    }

    /// Passes messages sent on `channel` by any process to `subscriber`, until the connection ends. It is then called
    /// again after a pause; messages sent in between may be lost.
    ///
    /// # Errors
    /// If it cannot start listening, or cannot continue.
    fn listen(&self, channel: &str, subscriber: Subscriber) -> impl Future<Output = Result<(), BroadcastError>> + Send;
}

/// Receives the messages of a [`Broadcast`]. Both methods are quick; call them right where a message arrives.
#[derive(Clone)]
pub struct Subscriber(Arc<Receive>);

/// Takes a message, or `None` when one may have been missed.
type Receive = dyn Fn(Option<&str>) + Send + Sync;

impl Subscriber {
    /// Creates one for testing your own [`Broadcast`]: `take` gets each message, and `None` when one may have been
    /// missed.
    ///
    /// ```
    /// # use auth::broadcast::Subscriber;
    /// let (sender, messages) = std::sync::mpsc::channel();
    /// let subscriber = Subscriber::new(move |message: Option<&str>| drop(sender.send(message.map(str::to_owned))));
    /// // Here, what is tested is told to `listen`, and handed this.
    /// subscriber.message("first");
    /// subscriber.resync();
    /// assert_eq!(messages.try_iter().collect::<Vec<_>>(), [Some("first".to_owned()), None]);
    /// ```
    pub fn new(take: impl Fn(Option<&str>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }

    /// Hands over a message exactly as it was sent. Messages may come twice, late, or out of order.
    pub fn message(&self, text: &str) {
        (self.0)(Some(text));
    }

    /// Reports that messages may have been lost, which triggers a poll of the store. Call it after reconnecting.
    pub fn resync(&self) {
        (self.0)(None);
    }
}

impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subscriber")
    }
}

/// A message could not be sent, or the channel cannot be listened to.
#[derive(Debug, thiserror::Error)]
#[error("revocations cannot be exchanged with other instances")]
pub struct BroadcastError(#[source] Box<dyn std::error::Error + Send + Sync + 'static>);

crate::base::error::other_errors!(BroadcastError);

impl BroadcastError {
    /// Wraps the underlying error.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>) -> Self {
        Self(source.into())
    }
}

type Boxed<'a> = Pin<Box<dyn Future<Output = Result<(), BroadcastError>> + Send + 'a>>;

/// Object-safe [`Broadcast`], so that `Auth<U>` needs only one type parameter.
pub(crate) trait DynBroadcast: Send + Sync + 'static {
    fn send_all<'a>(&'a self, channel: &'a str, messages: &'a [String]) -> Boxed<'a>;
    fn listen<'a>(&'a self, channel: &'a str, subscriber: Subscriber) -> Boxed<'a>;
}

impl<T: Broadcast> DynBroadcast for T {
    fn send_all<'a>(&'a self, channel: &'a str, messages: &'a [String]) -> Boxed<'a> {
        Box::pin(Broadcast::send_all(self, channel, messages))
    }

    fn listen<'a>(&'a self, channel: &'a str, subscriber: Subscriber) -> Boxed<'a> {
        Box::pin(Broadcast::listen(self, channel, subscriber))
    }
}
