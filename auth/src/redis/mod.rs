//! Several instances behind one balancer: they count limits together, and tell each other at once what they revoked.
//! By Redis or Valkey (feature `redis`).
//!
//! ```no_run
//! # async fn with<U: auth::AuthUser>(builder: auth::AuthBuilder<U>) -> auth::Result<auth::Auth<U>> {
//! let redis = auth::redis::Redis::open("redis://127.0.0.1:6379")?.prefix("shop");
//! let auth = builder.redis(redis).build().await?;
//! # Ok(auth)
//! # }
//! ```
//!
//! | | with Redis | while it is away |
//! |---|---|---|
//! | limits | counted in Redis | counted by each process for itself, beginning at zero |
//! | a log-out in another instance | known in some milliseconds | within a second, by the store as always |
//! | users, sessions, revocations | never in Redis | |
//!
//! So Redis is never the only copy of anything that must not be lost: applications start without it, go on without it, and use
//! it again when it is back, all by themselves. A request waits a quarter of a second at most for a Redis that hangs; then
//! nobody waits until it answers again, which is tried once a second where there is something to count.
//!
//! # What Redis needs
//!
//! Redis 5 or any Valkey, one server or what looks like one (a primary with replicas behind one name); of a cluster only what
//! the node that is connected to holds. Keys are `<prefix>:limit:<22 characters>`, each with a time to live, below 300 bytes
//! in all; nothing of a user is readable in them. `maxmemory-policy noeviction` or `volatile-ttl`: who is evicted has never
//! failed. A user of its own, with only what is used here:
//!
//! ```text
//! ACL SETUSER auth on >password resetchannels &shop:* ~shop:* +get +set +del +eval +evalsha +publish +subscribe +ping
//! ```
//!
//! Whoever can write into this Redis can reset limits, or have instances look into the store more often (20 times a second
//! at most). They cannot end sessions, revive ended ones, and messages are signed. Who may read
//! there sees the ids of users and sessions that end, not who signs in: keys are keyed hashes.

mod limiter;
mod link;
mod news;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::redis::Client;

use crate::auth::AuthBuilder;
use crate::broadcast::Broadcast;
use crate::error::{Error, Result};
use crate::limit::Limiter;
use crate::user::AuthUser;

use limiter::RedisLimiter;
use link::Link;
use news::RedisBroadcast;

/// A Redis or Valkey that instances share. Clones share the connection, so several user types need one of these only.
///
/// It keeps one connection for counting and sending, and one for each user type that listens.
#[derive(Clone)]
pub struct Redis {
    client: Client,
    link: Arc<Link>,
    prefix: Arc<str>,
}

impl Redis {
    /// Where it is: `redis://user:password@host:6379/0`, `rediss://…` with TLS, `unix:///run/redis.sock`; `valkey://…` is the
    /// same. Nothing is connected to before there is something to do.
    ///
    /// TLS is a feature of the crate redis, which is your choice: with `redis = { version = "1", features =
    /// ["tokio-rustls-comp"] }` among your dependencies, `rediss://` works here, too.
    ///
    /// ```
    /// # use auth::redis::Redis;
    /// let redis = Redis::open("redis://127.0.0.1:6379")?;
    /// assert!(Redis::open("127.0.0.1:6379").is_err());
    /// # drop(redis);
    /// # Ok::<_, auth::Error>(())
    /// ```
    ///
    /// # Errors
    /// If that is no such address, or wants TLS, which is not compiled in. (The address is not quoted: it may hold a
    /// password.)
    pub fn open(url: &str) -> Result<Self> {
        let client = Client::open(url).map_err(|error| {
            let tls = ["rediss:", "valkeys:"].iter().any(|scheme| url.starts_with(scheme));
            let advice = if tls {
                "with TLS, add `redis = { version = \"1\", features = [\"tokio-rustls-comp\"] }` to your dependencies"
            } else {
                "it is written `redis://user:password@host:6379/0`; user, password, port and database may be left out"
            };
            Error::new(format!("the address of Redis is not usable ({error}): {advice}"))
        })?;
        Ok(Self::from_client(client))
    }

    /// By a client of the crate redis, version 1: for certificates of your own, and whatever else it can be told.
    #[must_use]
    pub fn from_client(client: Client) -> Self {
        let client = link::tuned(client);
        Self { link: Link::new(client.clone(), link::PATIENCE), client, prefix: "auth".into() }
    }

    /// What names of keys and channels begin with, `auth` by default. Applications that share a Redis take one each: they
    /// could not read each other, but would disturb each other.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long a request waits for an answer, a quarter of a second by default. Who takes longer is away for a second:
    /// then nobody waits. Between a millisecond and a minute: what is shorter or longer is taken for that. Limits wait a
    /// second at most, whatever is said here. Clones made before keep theirs, and a connection of their own.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        let patience = patience.clamp(Duration::from_millis(1), Duration::from_mins(1));
        self.link = Link::new(self.client.clone(), patience);
        self
    }

    /// Counts limits here, for [`AuthBuilder::limiter`] or [`Limits::kept_by`](crate::Limits::kept_by).
    #[must_use]
    pub fn limiter(&self) -> impl Limiter + use<> {
        RedisLimiter::new(Arc::clone(&self.link), &self.prefix)
    }

    /// Carries news between instances, for [`AuthBuilder::broadcast`].
    #[must_use]
    pub fn broadcast(&self) -> impl Broadcast + use<> {
        RedisBroadcast::new(self.client.clone(), Arc::clone(&self.link), &self.prefix)
    }
}

/// Without the address: it may hold a password.
impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl<U: AuthUser> AuthBuilder<U> {
    /// Shares limits and news with other instances by Redis: [`limiter`](Self::limiter) and
    /// [`broadcast`](Self::broadcast) in one. Limits that were told where they are kept (`in_memory`, `kept_by`) stay there,
    /// in whatever order the two are said. See [`redis`](crate::redis).
    ///
    /// ```no_run
    /// # async fn with<U: auth::AuthUser, S: auth::AuthUser>(
    /// #     users: auth::AuthBuilder<U>, staff: auth::AuthBuilder<S>,
    /// # ) -> auth::Result<(auth::Auth<U>, auth::Auth<S>)> {
    /// let redis = auth::redis::Redis::open("redis://127.0.0.1:6379")?;
    /// let users = users.redis(redis.clone()).build().await?;
    /// let staff = staff.redis(redis).build().await?;
    /// # Ok((users, staff))
    /// # }
    /// ```
    pub fn redis(self, redis: Redis) -> Self {
        self.limiter(redis.limiter()).broadcast(RedisBroadcast::new(redis.client, redis.link, &redis.prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::Redis;

    #[test]
    fn an_address_that_is_none_says_what_one_looks_like_and_is_not_quoted() {
        for url in ["", "localhost", "http://localhost", "redis://:hunter2@", "redis://:hunter2@host/nonsense"] {
            let error = Redis::open(url).unwrap_err().to_string();
            assert!(error.contains("redis://user:password@host:6379/0"), "{url}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn an_address_with_tls_names_the_feature_that_is_missing() {
        for url in ["rediss://localhost", "valkeys://localhost"] {
            // Another crate of this build may have switched TLS on.
            let Err(error) = Redis::open(url) else { continue };
            assert!(error.to_string().contains("tokio-rustls-comp"), "{error}");
        }
    }

    #[test]
    fn nothing_of_the_address_is_in_its_debug_output() {
        let redis = Redis::open("redis://ann:hunter2@cache.internal:6379").unwrap();
        let text = format!("{redis:?}");
        assert!(!text.contains("hunter2") && !text.contains("cache.internal"), "{text}");
    }
}
