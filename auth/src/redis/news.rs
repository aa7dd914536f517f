//! Broadcasts with `PUBLISH` and `SUBSCRIBE`. Sending shares the connection of the limits; listening uses its own,
//! because the server disconnects slow subscribers.
//!
//! It uses `SUBSCRIBE` of RESP2 instead of RESP3 push messages, because every Redis, Valkey and proxy supports it.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::{MultiplexedConnection, PubSubStream};
use ::redis::{Client, Msg, Value, cmd, pipe};
use futures_core::Stream as _;
use tokio::time::timeout;

use super::link::{CONNECTING, Link, LinkError};
use crate::broadcast::{Broadcast, BroadcastError, Heard};

/// After this much silence the server is pinged.
const QUIET: Duration = Duration::from_secs(5);
/// How long the server may take to answer a ping.
const ANSWER: Duration = Duration::from_secs(1);

/// [`Broadcast`] over Redis.
pub(super) struct RedisBroadcast {
    client: Client,
    link: Arc<Link>,
    prefix: String,
}

impl RedisBroadcast {
    pub(super) fn new(client: Client, link: Arc<Link>, prefix: &str) -> Self {
        Self { client, link, prefix: format!("{prefix}:") }
    }
}

impl Broadcast for RedisBroadcast {
    async fn send(&self, channel: &str, message: &str) -> Result<(), BroadcastError> {
        let command = cmd("PUBLISH").arg(format!("{}{channel}", self.prefix)).arg(message).take();
        // The number of receivers is irrelevant: a listener that reconnects reads the store first.
        self.link.ask::<i64>(&command).await.map(drop).map_err(BroadcastError::new)
    }

    /// Sends all in one pipeline: a bulk of logouts waits for one answer instead of one each.
    async fn send_all(&self, channel: &str, messages: &[String]) -> Result<(), BroadcastError> {
        let channel = format!("{}{channel}", self.prefix);
        let mut all = pipe();
        for message in messages {
            all.cmd("PUBLISH").arg(&channel).arg(message).ignore();
        }
        let all = &all;
        let asking = |mut line: MultiplexedConnection| async move { all.query_async::<()>(&mut line).await };
        self.link.ask_telling(asking).await.map(drop).map_err(BroadcastError::new)
    }

    async fn listen(&self, channel: &str, heard: Heard) -> Result<(), BroadcastError> {
        let (mut orders, mut messages) = within(CONNECTING, self.client.get_async_pubsub()).await?.split();
        within(ANSWER, orders.subscribe(format!("{}{channel}", self.prefix))).await?;
        heard.missed();
        loop {
            match timeout(QUIET, next(&mut messages)).await {
                Ok(Some(message)) => match message.get_payload::<String>() {
                    Ok(text) => heard.message(&text),
                    Err(_) => heard.missed(),
                },
                Ok(None) => return Err(BroadcastError::new("Redis closed the connection")),
                // A peer that vanished closes nothing.
                Err(_) => drop(within(ANSWER, orders.ping::<Value>()).await?),
            }
        }
    }
}

async fn next(messages: &mut PubSubStream) -> Option<Msg> {
    poll_fn(|context| Pin::new(&mut *messages).poll_next(context)).await
}

async fn within<T>(time: Duration, answer: impl Future<Output = ::redis::RedisResult<T>>) -> Result<T, BroadcastError> {
    let answer = timeout(time, answer).await.map_err(|_| BroadcastError::new(LinkError::Late))?;
    answer.map_err(|error| BroadcastError::new(LinkError::from(error)))
}
