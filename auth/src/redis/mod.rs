//! Several instances behind one load balancer: they share limits and tell each other at once about revocations, through
//! Redis or Valkey (feature `redis`).
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
//! | limits | counted in Redis | counted by each process for itself, starting at zero |
//! | a logout on another instance | seen within milliseconds | seen within a second, through the store as always |
//! | users, sessions, revocations | never in Redis | |
//!
//! Redis is never the only copy of anything that must not be lost: applications start without it, keep running without
//! it, and use it again once it is back, all automatically. A request waits at most a quarter of a second for a Redis
//! that hangs. After that nobody waits until it answers again; it is retried once a second while there is something to
//! count.
//!
//! # What Redis needs
//!
//! Redis 5 or any Valkey, as a single server or behind a single name (a primary with replicas); of a cluster, only the
//! keys that the connected node holds. Keys are `<prefix>:limit:<22 characters>`, each with a time to live, below 300
//! bytes in all, and reveal nothing about users. Use `maxmemory-policy noeviction` or `volatile-ttl`: evicting a
//! counter forgets its failures. Create a Redis user with only the permissions that are needed:
//!
//! ```text
//! ACL SETUSER auth on >password resetchannels &shop:* ~shop:* +get +set +del +eval +evalsha +publish +subscribe +ping
//! ```
//!
//! Anyone who can write to this Redis can reset limits or make instances poll the store more often (20 times a second
//! at most). They cannot end sessions or revive ended ones, and messages are signed. Anyone who can read it sees the
//! ids of users and sessions that end, but not who signs in: keys are keyed hashes.

mod broadcast;
mod connection;
mod limiter;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::redis::Client;

use crate::auth::AuthBuilder;
use crate::base::error::{ConfigError, Result};
use crate::broadcast::Broadcast;
use crate::limit::Limiter;
use crate::model::user::AuthUser;

use broadcast::RedisBroadcast;
use connection::ManagedConnection;
use limiter::RedisLimiter;

/// A Redis or Valkey shared by several instances. Clones share the connection, so one of these is enough for several
/// user types.
///
/// It keeps one connection for counting and sending, and one for each user type that listens.
#[derive(Clone)]
pub struct Redis {
    client: Client,
    connection: Arc<ManagedConnection>,
    prefix: Arc<str>,
}

impl Redis {
    /// Creates a handle for a URL: `redis://user:password@host:6379/0`, `rediss://…` with TLS,
    /// `unix:///run/redis.sock`; `valkey://…` works as well. No connection is made before it is needed.
    ///
    /// TLS is a feature of the redis crate, and yours to choose: with `redis = { version = "1", features =
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
    /// If the URL is invalid, or asks for TLS and TLS is not compiled in. The error does not quote the URL, which may
    /// contain a password.
    pub fn open(url: &str) -> Result<Self> {
        let client = Client::open(url).map_err(|error| {
            let tls = ["rediss:", "valkeys:"].iter().any(|scheme| url.starts_with(scheme));
            let advice = if tls {
                "with TLS, add `redis = { version = \"1\", features = [\"tokio-rustls-comp\"] }` to your dependencies"
            } else {
                "write `redis://user:password@host:6379/0`; user, password, port and database are optional"
            };
            ConfigError::of(format!("invalid Redis address ({error}): {advice}"))
        })?;
        Ok(Self::from_client(client))
    }

    /// Creates a handle from a client of the redis crate, version 1: for custom certificates and any other client
    /// setting.
    #[must_use]
    pub fn from_client(client: Client) -> Self {
        let client = connection::tuned(client);
        Self { connection: ManagedConnection::new(client.clone(), connection::TIMEOUT), client, prefix: "auth".into() }
    }

    /// Sets the prefix of keys and channels, `auth` by default. Applications that share a Redis need different
    /// prefixes: they could not read each other's data, but would disturb each other.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how long a request waits for an answer, a quarter of a second by default. After a timeout Redis counts as
    /// away for a second, during which nobody waits. Values are clamped to between a millisecond and a minute. Limits
    /// wait at most a second, whatever is set here. Clones made earlier keep their own setting and connection.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        let timeout = timeout.clamp(Duration::from_millis(1), Duration::from_mins(1));
        self.connection = ManagedConnection::new(self.client.clone(), timeout);
        self
    }

    /// Returns a limiter that counts in this Redis, for [`AuthBuilder::limiter`] or
    /// [`Limits::limiter`](crate::Limits::limiter).
    #[must_use]
    pub fn limiter(&self) -> impl Limiter + use<> {
        RedisLimiter::new(Arc::clone(&self.connection), &self.prefix)
    }

    /// Returns a broadcast between instances, for [`AuthBuilder::broadcast`].
    #[must_use]
    pub fn broadcast(&self) -> impl Broadcast + use<> {
        RedisBroadcast::new(self.client.clone(), Arc::clone(&self.connection), &self.prefix)
    }
}

/// Omits the address, which may contain a password.
impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl<U: AuthUser> AuthBuilder<U> {
    /// Shares limits and revocations with other instances through Redis: [`limiter`](Self::limiter) and
    /// [`broadcast`](Self::broadcast) in one. Limits with an explicit place (`in_memory`, `limiter`) stay there,
    /// whichever is set first. See [`redis`](crate::redis).
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
        self.limiter(redis.limiter()).broadcast(RedisBroadcast::new(redis.client, redis.connection, &redis.prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::Redis;

    #[test]
    fn invalid_redis_address_error_explains_without_quoting() {
        for url in ["", "localhost", "http://localhost", "redis://:hunter2@", "redis://:hunter2@host/nonsense"] {
            let error = Redis::open(url).unwrap_err().to_string();
            assert!(error.contains("redis://user:password@host:6379/0"), "{url}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn tls_address_error_names_the_missing_feature() {
        for url in ["rediss://localhost", "valkeys://localhost"] {
            // Another crate in this build may have enabled TLS.
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
