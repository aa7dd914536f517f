//! What a connection is doing: waiting for a request, reading the header of one, or answering.
//!
//! Seen from outside of the protocol: bytes come in through [`Noted`], requests begin in [`Counted`], and end when the
//! body of the answer has been sent or dropped. So it holds for every version of HTTP, and before the version is known.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;
use tower_service::Service;

use super::connection_limit::ConnectionPermit;
use super::protocol::Protocol;
use std::net::SocketAddr;

/// The activity of one connection.
#[derive(Clone)]
pub(super) struct Activity(Arc<Mutex<Phase>>);

#[derive(Clone, Copy, Debug)]
struct Phase {
    /// How many requests are being answered: several with HTTP/2.
    answering: usize,
    /// When the connection began to wait for a request.
    waits_since: Instant,
    /// When the first byte of the next request arrived.
    reads_since: Option<Instant>,
}

/// What a connection is waiting for, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    ForRequest(Instant),
    ForHeader(Instant),
    /// For the application.
    Not,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Phase { answering: 0, waits_since: Instant::now(), reads_since: None })))
    }

    pub(super) fn waiting(&self) -> Waiting {
        match self.with(|phase| *phase) {
            Phase { answering: 0, reads_since: Some(since), .. } => Waiting::ForHeader(since),
            Phase { answering: 0, waits_since, .. } => Waiting::ForRequest(waits_since),
            _ => Waiting::Not,
        }
    }

    fn with<T>(&self, change: impl FnOnce(&mut Phase) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn bytes_arrived(&self) {
        self.with(|phase| {
            if phase.answering == 0 {
                phase.reads_since.get_or_insert_with(Instant::now);
            }
        });
    }

    /// What came is no header after all, or there is no telling when one begins.
    fn no_header(&self) {
        self.with(|phase| phase.reads_since = None);
    }

    /// The end of an answer can still be on its way: a client that takes it slowly is not idle.
    fn bytes_left(&self) {
        self.with(|phase| phase.waits_since = Instant::now());
    }

    fn begin(&self) -> Answering {
        self.with(|phase| {
            phase.answering += 1;
            phase.reads_since = None;
        });
        Answering(self.clone())
    }
}

/// A request that is being answered.
struct Answering(Activity);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.with(|phase| {
            phase.answering = phase.answering.saturating_sub(1);
            phase.waits_since = Instant::now();
            phase.reads_since = None;
        });
    }
}

/// The socket of a connection. It keeps its place until it is closed, even as a WebSocket.
pub(super) struct Noted<Io> {
    io: Io,
    activity: Activity,
    protocol: Protocol,
    _permit: ConnectionPermit,
}

impl<Io> Noted<Io> {
    pub(super) const fn new(io: Io, activity: Activity, permit: ConnectionPermit) -> Self {
        Self { io, activity, protocol: Protocol::Unknown(0), _permit: permit }
    }

    fn note_read(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if self.protocol.read(bytes) {
            self.activity.bytes_arrived();
        } else {
            self.activity.no_header();
        }
    }

    /// Notes the first `count` bytes of these.
    fn note_written<'a>(&mut self, parts: impl IntoIterator<Item = &'a [u8]>, mut count: usize) {
        let mut answers = false;
        for part in parts {
            let part = part.get(..count).unwrap_or(part);
            count -= part.len();
            answers |= self.protocol.wrote(part);
        }
        if answers {
            self.activity.bytes_left();
        }
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for Noted<Io> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.io).poll_read(context, buffer);
        this.note_read(buffer.filled().get(before..).unwrap_or_default());
        read
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for Noted<Io> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.io).poll_write(context, bytes);
        if let Poll::Ready(Ok(count)) = written {
            this.note_written([bytes], count);
        }
        written
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.io).poll_write_vectored(context, bytes);
        if let Poll::Ready(Ok(count)) = written {
            this.note_written(bytes.iter().map(|part| &**part), count);
        }
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

/// The application as seen by one connection.
#[derive(Clone)]
pub(super) struct Counted {
    pub(super) router: Router,
    pub(super) peer: SocketAddr,
    pub(super) activity: Activity,
}

impl<B> Service<Request<B>> for Counted
where
    B: HttpBody<Data = Bytes, Error: Into<axum::BoxError>> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // A router is always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let answering = self.activity.begin();
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let answer = self.router.call(request.map(Body::new));
        Box::pin(async move { Ok(answer.await?.map(|body| Body::new(Answer { body, _answering: answering }))) })
    }
}

/// The body of an answer: the request ends with it.
struct Answer {
    body: Body,
    _answering: Answering,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
