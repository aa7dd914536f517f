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

use super::connection::{CONNECT_TIMEOUT, ConnectionError, ManagedConnection};
use crate::broadcast::{Broadcast, BroadcastError, Subscriber};

/// After this much silence the server is pinged.
const PING_AFTER: Duration = Duration::from_secs(5);
/// How long the server may take to answer a ping.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// [`Broadcast`] over Redis.
pub(super) struct RedisBroadcast {
    client: Client,
    connection: Arc<ManagedConnection>,
    prefix: String,
}

impl RedisBroadcast {
    pub(super) fn new(client: Client, connection: Arc<ManagedConnection>, prefix: &str) -> Self {
        Self { client, connection, prefix: format!("{prefix}:") }
    }
}

impl Broadcast for RedisBroadcast {
    async fn send(&self, channel: &str, message: &str) -> Result<(), BroadcastError> {
        let command = cmd("PUBLISH").arg(format!("{}{channel}", self.prefix)).arg(message).take();
        // The number of receivers is irrelevant: a listener that reconnects reads the store first.
        self.connection.request::<i64>(&command).await.map(drop).map_err(BroadcastError::new)
    }

    /// Sends all in one pipeline: a bulk of logouts waits for one answer instead of one each.
    async fn send_all(&self, channel: &str, messages: &[String]) -> Result<(), BroadcastError> {
        let channel = format!("{}{channel}", self.prefix);
        let mut all = pipe();
        for message in messages {
            all.cmd("PUBLISH").arg(&channel).arg(message).ignore();
        }
        let all = &all;
        let request = |mut line: MultiplexedConnection| async move { all.query_async::<()>(&mut line).await };
        self.connection.request_noting_resend(request).await.map(drop).map_err(BroadcastError::new)
    }

    async fn listen(&self, channel: &str, subscriber: Subscriber) -> Result<(), BroadcastError> {
        let (mut orders, mut messages) = within(CONNECT_TIMEOUT, self.client.get_async_pubsub()).await?.split();
        within(ANSWER_TIMEOUT, orders.subscribe(format!("{}{channel}", self.prefix))).await?;
        subscriber.resync();
        loop {
            match timeout(PING_AFTER, next(&mut messages)).await {
                Ok(Some(message)) => match message.get_payload::<String>() {
                    Ok(text) => subscriber.message(&text),
                    Err(_) => subscriber.resync(),
                },
                Ok(None) => return Err(BroadcastError::new("Redis closed the connection")),
                // A peer that vanished closes nothing.
                Err(_) => drop(within(ANSWER_TIMEOUT, orders.ping::<Value>()).await?),
            }
        }
    }
}

async fn next(messages: &mut PubSubStream) -> Option<Msg> {
    poll_fn(|context| Pin::new(&mut *messages).poll_next(context)).await
}

async fn within<T>(time: Duration, answer: impl Future<Output = ::redis::RedisResult<T>>) -> Result<T, BroadcastError> {
    let answer = timeout(time, answer).await.map_err(|_| BroadcastError::new(ConnectionError::TimedOut))?;
    answer.map_err(|error| BroadcastError::new(ConnectionError::from(error)))
}
