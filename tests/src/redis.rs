//! Room on the Redis that `TEST_REDIS_URL` leads to, for one test each.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use auth::redis::Redis;
use redis::{Client, Commands as _, Connection, ConnectionAddr, IntoConnectionInfo as _};

use crate::proxy::Proxy;
use crate::server::say;

/// A prefix that no other test uses. Its keys go away with it, even if the test fails; nobody else's are touched.
pub struct Space {
    client: Client,
    pub prefix: String,
}

/// What is kept under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub key: String,
    pub value: String,
    /// Milliseconds to live; negative for ever.
    pub left: i64,
}

/// What a counter is replaced by.
#[derive(Clone, Copy, Debug)]
pub enum Spoiled {
    Rubbish,
    List,
}

/// What `PTTL` says of a key that is not there. (-1 is one without an end.)
const GONE: i64 = -2;

impl Space {
    /// `None` if there is no server, which is said then.
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

    /// As applications have it.
    pub fn redis(&self) -> Redis {
        Redis::from_client(self.client.clone()).prefix(&self.prefix)
    }

    /// Where nothing shall go by memory because this machine is busy.
    pub fn patient(&self) -> Redis {
        self.redis().patience(Duration::from_secs(10))
    }

    /// A line of its own to the server.
    pub async fn proxy(&self) -> Proxy {
        Proxy::before(&self.client.get_connection_info().addr().to_string()).await
    }

    /// The way through that line.
    pub fn through(&self, proxy: &Proxy) -> Redis {
        let info = self.client.get_connection_info().clone().into_connection_info().unwrap();
        let address = ConnectionAddr::Tcp(proxy.address.ip().to_string(), proxy.address.port());
        Redis::from_client(Client::open(info.set_addr(address)).unwrap()).prefix(&self.prefix)
    }

    /// As a user who may carry news and not count: what is full, or a replica, refuses as well. Goes away with this.
    pub fn without_counting(&self) -> Redis {
        let name = &self.prefix;
        let rights = ["reset", "on", ">password", &format!("&{name}:*"), "+publish", "+subscribe", "+ping", "+client"];
        redis::cmd("ACL").arg("SETUSER").arg(name).arg(&rights).exec(&mut self.connection()).unwrap();
        let info = self.client.get_connection_info().clone();
        let login = info.redis_settings().clone().set_username(name).set_password("password");
        Redis::from_client(Client::open(info.set_redis_settings(login)).unwrap()).prefix(name)
    }

    /// Its address for another process, straight or through a line.
    pub fn url(&self, through: Option<&Proxy>) -> String {
        let straight = || self.client.get_connection_info().addr().to_string();
        format!("redis://{}", through.map_or_else(straight, |proxy| proxy.address.to_string()))
    }

    fn connection(&self) -> Connection {
        self.client.get_connection().expect("TEST_REDIS_URL must lead to a server")
    }

    /// Everything that is kept here, in the order of its keys.
    pub fn kept(&self) -> Vec<Kept> {
        let mut connection = self.connection();
        let mut keys: Vec<String> =
            connection.scan_match(format!("{}:*", self.prefix)).unwrap().collect::<redis::RedisResult<_>>().unwrap();
        keys.sort();
        keys.dedup();
        let kept = keys.into_iter().map(|key| {
            // What tests put there may be no text.
            let (value, left) = (connection.get(&key).unwrap_or_default(), connection.pttl(&key).unwrap());
            Kept { key, value, left }
        });
        // One that ended since it was listed is gone.
        kept.filter(|kept| kept.left != GONE).collect()
    }

    /// Deletes all of it: what a flush, an eviction or a restart does.
    pub fn lose(&self) {
        let mut connection = self.connection();
        for Kept { key, .. } in self.kept() {
            connection.del::<_, ()>(key).unwrap();
        }
    }

    /// Puts something else under every key.
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

    /// Sends a message as anybody could; answers how many listened.
    pub fn publish(&self, channel: &str, message: &str) -> usize {
        self.connection().publish(format!("{}:{channel}", self.prefix), message).unwrap()
    }

    /// How many listen on a channel.
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
