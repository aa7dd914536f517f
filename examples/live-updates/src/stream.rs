//! Server-sent events: the same, from server to client only.

use std::convert::Infallible;

use auth::{Auth, protected};
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::broadcast;
use tokio::time::{Interval, interval};

use crate::{App, Pulse, User, UserClaims};

struct Listener {
    auth: Auth<User>,
    claims: UserClaims,
    messages: broadcast::Receiver<String>,
    pulse: Interval,
}

#[protected]
pub(crate) async fn events(
    claims: UserClaims,
    State(app): State<App>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let App { auth, messages, pulse: Pulse(pulse) } = app;
    let listener = Listener { auth, claims, messages: messages.subscribe(), pulse: interval(pulse) };
    let events = unfold(listener, async |mut listener| listener.next().await.map(|news| (Ok(news), listener)));
    Sse::new(events).keep_alive(KeepAlive::default())
}

impl Listener {
    /// The next event, or `None`, which ends the stream. (A browser then reconnects with its current cookie.)
    async fn next(&mut self) -> Option<Event> {
        loop {
            let news = tokio::select! {
                _ = self.pulse.tick() => None,
                news = self.messages.recv() => match news {
                    Ok(news) => Some(news),
                    Err(broadcast::error::RecvError::Lagged(_)) => None,
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
            };
            if !self.auth.still_valid(&self.claims) {
                return None;
            }
            if let Some(news) = news {
                // `data` writes a field per line. Without `\r`, CRLF is one line break, not two.
                return Some(Event::default().data(news.replace('\r', "")));
            }
        }
    }
}
