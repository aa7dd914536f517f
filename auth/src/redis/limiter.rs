//! Counters in Redis: read, processed by [`CounterOp::apply`], and written back unless they have changed meanwhile.
//!
//! One script sets value and time to live together if the text is unchanged, and returns the current text otherwise, so
//! a counter costs one round trip when it is new and two when it is not.
//!
//! Each text carries a number: if a response is lost with its connection and the command is sent again, the earlier
//! write is recognised and counts once. Rates of refreshes stay in memory: they limit load, and a refresh token cannot
//! be guessed.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ::redis::aio::MultiplexedConnection;
use ::redis::{Cmd, Script, cmd};
use tokio::time::Instant;

use super::connection::{BACKOFF, ConnectionError, ManagedConnection};
use crate::base::clock::Timestamp;
use crate::limit::{Counter, CounterOp, Decision, LimitError, LimitKey, Limiter};

/// Atomically sets a key to a text and its time to live if it still holds the expected value (absent is the empty
/// text); an empty new text deletes it. Returns nil on success, otherwise the current value, so the retry needs no
/// `GET`.
const COMPARE_AND_SET: &str = "\
local held = redis.call('GET', KEYS[1]) or ''
if held ~= ARGV[1] then return held end
if ARGV[2] == '' then redis.call('DEL', KEYS[1])
else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return false";

/// How often an operation is retried when another client counted in between; the same as for counters among the
/// records.
const MAX_TRIES: usize = 48;
/// A century, for what must not be forgotten, in milliseconds that every version of Redis accepts.
const LONGEST: u64 = 100 * 366 * 24 * 60 * 60 * 1000;

/// [`Limiter`] over Redis.
pub(super) struct RedisLimiter {
    connection: Arc<ManagedConnection>,
    prefix: String,
    script: Script,
    /// Redis refused to count and is not asked again before then. The connection itself works and keeps carrying
    /// broadcasts.
    refuses_until: Mutex<Option<Instant>>,
    /// Numbers what is written, so that two concurrent writers never write the same text.
    number: AtomicU64,
}

impl RedisLimiter {
    pub(super) fn new(connection: Arc<ManagedConnection>, prefix: &str) -> Self {
        Self {
            connection,
            prefix: format!("{prefix}:limit:"),
            script: Script::new(COMPARE_AND_SET),
            refuses_until: Mutex::new(None),
            number: AtomicU64::new(RandomState::new().hash_one(0)),
        }
    }

    fn numbered(&self, counter: &Counter) -> String {
        format!("{} {:x}", counter.to_text(), self.number.fetch_add(1, Ordering::Relaxed))
    }

    fn is_refused(&self) -> bool {
        let until = *self.refuses_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    fn failed(&self, error: ConnectionError) -> LimitError {
        if error.is_about_the_server() {
            *self.refuses_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + BACKOFF);
        }
        LimitError::new(error)
    }

    /// Returns the value of the key, or the empty text.
    async fn read(&self, key: &str) -> Result<String, ConnectionError> {
        let held: Option<String> = self.connection.request(cmd("GET").arg(key)).await?;
        Ok(held.unwrap_or_default())
    }

    /// Returns `None` if the value was written, otherwise what the key holds.
    async fn write(&self, key: &str, held: &str, new: &str, millis: u64) -> Result<Option<String>, ConnectionError> {
        let command = |name: &str, script: &str| -> Cmd {
            let mut command = cmd(name);
            command.arg(script).arg(1).arg(key).arg(held).arg(new).arg(millis);
            command
        };
        let sha = command("EVALSHA", self.script.get_hash());
        let answer = match self.send(&sha).await {
            // Happens once after each start of Redis, which caches the script from then on.
            Err(error) if error.is_no_script() => self.send(&command("EVAL", COMPARE_AND_SET)).await,
            answer => answer,
        };
        let (held, twice) = answer?;
        // The first answer was lost on the way: the key holds what we wrote, and that counts once.
        Ok(held.filter(|held| !(twice && held == new)))
    }

    async fn send(&self, command: &Cmd) -> Result<(Option<String>, bool), ConnectionError> {
        let request = |mut line: MultiplexedConnection| async move { command.query_async(&mut line).await };
        self.connection.request_noting_resend(request).await
    }
}

/// Strips the number from a stored value.
fn counter_of(text: &str) -> &str {
    text.split_once(' ').map_or(text, |(counter, _)| counter)
}

impl Limiter for RedisLimiter {
    async fn apply(&self, key: &LimitKey, op: CounterOp, now: Timestamp) -> Result<Decision, LimitError> {
        if self.is_refused() {
            return Err(LimitError::new(ConnectionError::BackingOff));
        }
        let key = format!("{}{key}", self.prefix);
        // Most counters are new or will be written, so start with the script, which also reads them.
        let (mut held, mut is_read) = (String::new(), false);
        for _ in 0..MAX_TRIES {
            let counter = match &*held {
                "" => None,
                text => Some(
                    Counter::from_text(counter_of(text))
                        .ok_or_else(|| LimitError::new("a counter cannot be parsed"))?,
                ),
            };
            let (counter, decision) = op.apply(counter, now);
            held = match counter {
                None if is_read => return Ok(decision),
                None => self.read(&key).await.map_err(|error| self.failed(error))?,
                Some(counter) => {
                    let millis = counter.expires_at().as_millis().saturating_sub(now.as_millis()).min(LONGEST);
                    let new = if millis == 0 { String::new() } else { self.numbered(&counter) };
                    match self.write(&key, &held, &new, millis).await.map_err(|error| self.failed(error))? {
                        None => return Ok(decision),
                        Some(other) => other,
                    }
                }
            };
            is_read = true;
        }
        Ok(Decision::too_many_at_once())
    }
}
