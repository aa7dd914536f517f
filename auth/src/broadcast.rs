//! News between processes, for a log-out that crosses over at once instead of with the next look at the store.
//!
//! Every process writes revocations to the store first, and every process reads there what others wrote, twice a second.
//! That is the promise, and it needs nothing else. A [`Broadcast`] (Redis, NATS, PostgreSQL's `NOTIFY`) makes it faster:
//! whoever revoked something says so, and whoever listens refuses from then on. Nothing depends on it. A message that is
//! lost is found in the store a moment later, and one that somebody made up is not believed.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Carries short messages between the processes of an application.
///
/// ```
/// use auth::broadcast::{Broadcast, BroadcastError, Heard};
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
///     async fn listen(&self, channel: &str, heard: Heard) -> Result<(), BroadcastError> {
///         let mut messages = self.0.subscribe();
///         loop {
///             match messages.recv().await {
///                 Ok((at, message)) if at == channel => heard.message(&message),
///                 Ok(_) => {}
///                 Err(RecvError::Lagged(_)) => heard.missed(),
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
    /// Sends `message` to whoever listens on `channel` at this moment; nobody needs to keep it. Requests do not wait for
    /// it. A message is base64url with a dot in it, some 300 bytes (more if ids are long text); the channel is called
    /// `<user type>:<table>.revocations`.
    ///
    /// # Errors
    /// If it is certain, or likely, that nobody heard it.
    fn send(&self, channel: &str, message: &str) -> impl Future<Output = Result<(), BroadcastError>> + Send;

    /// Sends several, of a bulk of log-outs: one after the other, unless your broadcast can do better. At most 256.
    ///
    /// # Errors
    /// As [`send`](Self::send), for any of them; the others are sent all the same.
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

    /// Hands to `heard` what is sent on `channel`, by whatever process, until the connection ends. Then it is called
    /// again, after a pause. What was sent meanwhile may be lost.
    ///
    /// # Errors
    /// If it cannot listen, or could not go on.
    fn listen(&self, channel: &str, heard: Heard) -> impl Future<Output = Result<(), BroadcastError>> + Send;
}

/// Takes what a [`Broadcast`] hears. Both methods are quick; call them where the message arrives.
#[derive(Clone)]
pub struct Heard(Arc<Take>);

/// Takes a message, or the word that one may have been missed.
type Take = dyn Fn(Option<&str>) + Send + Sync;

impl Heard {
    /// For tests of a [`Broadcast`] of yours: `take` gets each message, and `None` when one may have been missed.
    ///
    /// ```
    /// # use auth::broadcast::Heard;
    /// let (sender, messages) = std::sync::mpsc::channel();
    /// let heard = Heard::new(move |message: Option<&str>| drop(sender.send(message.map(str::to_owned))));
    /// // Here, what is tested is told to `listen`, and handed this.
    /// heard.message("first");
    /// heard.missed();
    /// assert_eq!(messages.try_iter().collect::<Vec<_>>(), [Some("first".to_owned()), None]);
    /// ```
    pub fn new(take: impl Fn(Option<&str>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }

    /// A message as it was sent. Messages may come twice, late, or in another order.
    pub fn message(&self, text: &str) {
        (self.0)(Some(text));
    }

    /// Something may have been lost: the store is read at once. Call it when a connection has been made anew.
    pub fn missed(&self) {
        (self.0)(None);
    }
}

impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Heard")
    }
}

/// A message could not be sent, or nothing can be heard.
#[derive(Debug, thiserror::Error)]
#[error("news cannot be exchanged with other processes")]
pub struct BroadcastError(#[source] Box<dyn std::error::Error + Send + Sync + 'static>);

impl BroadcastError {
    /// Wraps the reason.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>) -> Self {
        Self(source.into())
    }
}

type Boxed<'a> = Pin<Box<dyn Future<Output = Result<(), BroadcastError>> + Send + 'a>>;

/// [`Broadcast`], boxed, so that `Auth<U>` has one type parameter.
pub(crate) trait DynBroadcast: Send + Sync + 'static {
    fn send_all<'a>(&'a self, channel: &'a str, messages: &'a [String]) -> Boxed<'a>;
    fn listen<'a>(&'a self, channel: &'a str, heard: Heard) -> Boxed<'a>;
}

impl<T: Broadcast> DynBroadcast for T {
    fn send_all<'a>(&'a self, channel: &'a str, messages: &'a [String]) -> Boxed<'a> {
        Box::pin(Broadcast::send_all(self, channel, messages))
    }

    fn listen<'a>(&'a self, channel: &'a str, heard: Heard) -> Boxed<'a> {
        Box::pin(Broadcast::listen(self, channel, heard))
    }
}
