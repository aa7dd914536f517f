//! A separate key space for each test, on the Redis at `TEST_REDIS_URL`.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use auth::redis::Redis;
use redis::{Client, Commands as _, Connection, ConnectionAddr, IntoConnectionInfo as _};

use crate::proxy::Proxy;
use crate::server::say;

/// A prefix that no other test uses. Its keys, and only those, are deleted on drop, even if the test fails.
pub struct Space {
    client: Client,
    pub prefix: String,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub key: String,
    pub value: String,
    /// Milliseconds to live; negative means for ever.
    pub left: i64,
}

/// What to replace a counter with.
#[derive(Clone, Copy, Debug)]
pub enum Spoiled {
    Rubbish,
    List,
}

/// The answer of `PTTL` for a missing key. (-1 is a key without expiry.)
const GONE: i64 = -2;

impl Space {
    /// Returns `None`, after a notice, if there is no server.
    pub fn new() -> Option<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        static ONCE: OnceLock<()> = OnceLock::new();
        let Some(url) = std::env::var("TEST_REDIS_URL").ok().filter(|url| !url.is_empty()) else {
            say(&ONCE, "Redis", "TEST_REDIS_URL");
            return None;
        };
        let prefix = format!("auth-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Some(Self { client: Client::open(url).unwrap(), prefix })
    }

    /// A client as applications use it.
    pub fn redis(&self) -> Redis {
        Redis::from_client(self.client.clone()).prefix(&self.prefix)
    }

    /// A client with much patience, so that a busy machine does not cause a fallback to memory.
    pub fn patient(&self) -> Redis {
        self.redis().timeout(Duration::from_secs(10))
    }

    /// A new proxy in front of the server.
    pub async fn proxy(&self) -> Proxy {
        Proxy::before(&self.client.get_connection_info().addr().to_string()).await
    }

    /// A client that connects through that proxy.
    pub fn through(&self, proxy: &Proxy) -> Redis {
        let info = self.client.get_connection_info().clone().into_connection_info().unwrap();
        let address = ConnectionAddr::Tcp(proxy.address.ip().to_string(), proxy.address.port());
        Redis::from_client(Client::open(info.set_addr(address)).unwrap()).prefix(&self.prefix)
    }

    /// A client of a Redis user that may send messages but not count, as if Redis were full or a replica.
    pub fn without_counting(&self) -> Redis {
        let name = &self.prefix;
        let rights = ["reset", "on", ">password", &format!("&{name}:*"), "+publish", "+subscribe", "+ping", "+client"];
        redis::cmd("ACL").arg("SETUSER").arg(name).arg(&rights).exec(&mut self.connection()).unwrap();
        let info = self.client.get_connection_info().clone();
        let login = info.redis_settings().clone().set_username(name).set_password("password");
        Redis::from_client(Client::open(info.set_redis_settings(login)).unwrap()).prefix(name)
    }

    /// The address for another process, direct or through a proxy.
    pub fn url(&self, through: Option<&Proxy>) -> String {
        let straight = || self.client.get_connection_info().addr().to_string();
        format!("redis://{}", through.map_or_else(straight, |proxy| proxy.address.to_string()))
    }

    fn connection(&self) -> Connection {
        self.client.get_connection().expect("TEST_REDIS_URL must lead to a server")
    }

    /// All keys with the prefix, sorted.
    pub fn kept(&self) -> Vec<Kept> {
        let mut connection = self.connection();
        let mut keys: Vec<String> =
            connection.scan_match(format!("{}:*", self.prefix)).unwrap().collect::<redis::RedisResult<_>>().unwrap();
        keys.sort();
        keys.dedup();
        let kept = keys.into_iter().map(|key| {
            // Tests may have stored something other than text.
            let (value, left) = (connection.get(&key).unwrap_or_default(), connection.pttl(&key).unwrap());
            Kept { key, value, left }
        });
        // Leaves out keys that expired after they were listed.
        kept.filter(|kept| kept.left != GONE).collect()
    }

    /// Deletes all keys, as a flush, an eviction or a restart would.
    pub fn lose(&self) {
        let mut connection = self.connection();
        for Kept { key, .. } in self.kept() {
            connection.del::<_, ()>(key).unwrap();
        }
    }

    /// Replaces the value of every key.
    pub fn spoil(&self, with: Spoiled) {
        let mut connection = self.connection();
        for Kept { key, .. } in self.kept() {
            connection.del::<_, ()>(&key).unwrap();
            match with {
                Spoiled::Rubbish => connection.set::<_, _, ()>(&key, "rubbish").unwrap(),
                Spoiled::List => connection.lpush::<_, _, ()>(&key, "rubbish").unwrap(),
            }
        }
    }

    /// Publishes an arbitrary message, and returns the number of subscribers that received it.
    pub fn publish(&self, channel: &str, message: &str) -> usize {
        self.connection().publish(format!("{}:{channel}", self.prefix), message).unwrap()
    }

    /// The number of subscribers of a channel.
    pub fn listeners(&self, channel: &str) -> usize {
        let channel = format!("{}:{channel}", self.prefix);
        let (_, count): (String, usize) =
            redis::cmd("PUBSUB").arg("NUMSUB").arg(channel).query(&mut self.connection()).unwrap();
        count
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        if let Ok(mut connection) = self.client.get_connection() {
            drop(redis::cmd("ACL").arg("DELUSER").arg(&self.prefix).exec(&mut connection));
        }
        if !std::thread::panicking() {
            self.lose();
        } else if let Ok(mut connection) = self.client.get_connection() {
            let keys =
                connection.scan_match::<_, String>(format!("{}:*", self.prefix)).map(|keys| keys.flatten().collect());
            for key in keys.unwrap_or_else(|_| Vec::new()) {
                drop(connection.del::<_, ()>(key));
            }
        }
    }
}
