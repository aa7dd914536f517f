//! An issuer without a network: counts what it is asked, and answers as it is told to.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use auth::issuer::{Fetch, FetchError, FetchRequest, FetchResponse, Issuer, IssuerBuilder};
use auth::testing::ManualClock;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::keys::{Key, published};
use crate::person::{AUDIENCE, Person, claims};

/// How it answers requests for its keys.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// With this text, and this `Cache-Control`.
    Keys(String, &'static str),
    /// With these bytes, which may be no text.
    Bytes(Vec<u8>),
    Status(u16),
    /// With this status and this text.
    Refused(u16, String),
    /// Not at all: there is no connection.
    Down,
    /// Never.
    Hang,
    /// The client of the application has a bug.
    Panic,
}

impl Reply {
    pub(crate) fn keys(keys: &[Key]) -> Self {
        Self::Keys(published(keys), "")
    }
}

/// Clones are the same issuer.
#[derive(Clone)]
pub(crate) struct Fake(Arc<State>);

struct State {
    url: &'static str,
    reply: Mutex<Reply>,
    /// What is answered below this path in place of it.
    elsewhere: Mutex<Option<(String, Reply)>>,
    metadata: Mutex<Value>,
    /// Whether there is no connection to where the metadata are.
    without_metadata: AtomicBool,
    requests: Mutex<Vec<FetchRequest>>,
    /// How many requests may be answered.
    gate: Semaphore,
}

const MANY: usize = 1 << 20;

impl Fake {
    /// An issuer at this URL with these keys.
    pub(crate) fn at(url: &'static str, keys: &[Key]) -> Self {
        let metadata = json!({ "issuer": url, "jwks_uri": format!("{url}/keys"), "token_endpoint": 7 });
        Self(Arc::new(State {
            url,
            reply: Mutex::new(Reply::keys(keys)),
            elsewhere: Mutex::default(),
            metadata: Mutex::new(metadata),
            without_metadata: AtomicBool::new(false),
            requests: Mutex::default(),
            gate: Semaphore::new(MANY),
        }))
    }

    /// From now on answers like this.
    pub(crate) fn reply(&self, reply: Reply) {
        *self.0.reply.lock().unwrap() = reply;
    }

    /// From now on has its keys at this path, as its metadata say. Where they were, nothing changes.
    pub(crate) fn move_keys(&self, path: &str, reply: Reply) {
        self.metadata("jwks_uri", json!(format!("{}{path}", self.0.url)));
        *self.0.elsewhere.lock().unwrap() = Some((path.to_owned(), reply));
    }

    /// From now on answers nothing where its metadata are.
    pub(crate) fn hide_metadata(&self) {
        self.0.without_metadata.store(true, Ordering::SeqCst);
    }

    pub(crate) fn metadata(&self, name: &str, value: Value) {
        self.0.metadata.lock().unwrap()[name] = value;
    }

    /// From now on answers nothing until it is released.
    pub(crate) async fn hold(&self) {
        let all = u32::try_from(self.0.gate.available_permits()).unwrap();
        self.0.gate.acquire_many(all).await.unwrap().forget();
    }

    /// Answers one request.
    pub(crate) fn release_one(&self) {
        self.0.gate.add_permits(1);
    }

    pub(crate) fn release(&self) {
        self.0.gate.add_permits(MANY / 2);
    }

    /// How often it was asked for its keys.
    pub(crate) fn asked(&self) -> usize {
        self.urls().iter().filter(|url| !url.ends_with("openid-configuration")).count()
    }

    pub(crate) fn urls(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.url).collect()
    }

    pub(crate) fn requests(&self) -> Vec<FetchRequest> {
        self.0.requests.lock().unwrap().clone()
    }

    /// A handle that asks this issuer, whose clock this is. Its keys are there.
    pub(crate) async fn issuer(&self, clock: &ManualClock) -> Issuer<Person> {
        let issuer = self.builder(clock).build().unwrap();
        settle().await;
        issuer
    }

    pub(crate) fn builder(&self, clock: &ManualClock) -> IssuerBuilder<Person> {
        Issuer::new(self.0.url).audience(AUDIENCE).fetch(self.clone()).clock(clock.clone())
    }

    /// A token of this issuer, signed with this key, that lives for a month.
    pub(crate) fn token(&self, key: Key) -> String {
        self.token_named(key, key.name)
    }

    pub(crate) fn token_named(&self, key: Key, kid: &str) -> String {
        let mut header = key.header();
        header["kid"] = json!(kid);
        key.token_of(header.to_string(), self.claims().to_string())
    }

    pub(crate) fn claims(&self) -> Value {
        let mut claims = claims();
        claims["iss"] = json!(self.0.url);
        claims["exp"] = json!(claims["exp"].as_u64().unwrap() + 30 * 24 * 3600);
        claims
    }
}

impl Fetch for Fake {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        let is_metadata = request.url.ends_with("/.well-known/openid-configuration");
        let url = request.url.clone();
        self.0.requests.lock().unwrap().push(request);
        self.0.gate.acquire().await.unwrap().forget();
        if is_metadata && self.0.without_metadata.load(Ordering::SeqCst) {
            return Err(FetchError::new("no route to host"));
        }
        if is_metadata {
            return Ok(FetchResponse::new(200, self.0.metadata.lock().unwrap().to_string()));
        }
        let elsewhere = self.0.elsewhere.lock().unwrap().clone().filter(|(path, _)| url.ends_with(path.as_str()));
        let reply = elsewhere.map_or_else(|| self.0.reply.lock().unwrap().clone(), |(_, reply)| reply);
        match reply {
            Reply::Keys(text, control) => Ok(FetchResponse::new(200, text).header("Cache-Control", control)),
            Reply::Bytes(bytes) => Ok(FetchResponse::new(200, bytes)),
            Reply::Status(status) => Ok(FetchResponse::new(status, published(&[Key::P256]))),
            Reply::Refused(status, text) => Ok(FetchResponse::new(status, text)),
            Reply::Down => Err(FetchError::new("no route to host")),
            Reply::Hang => std::future::pending().await,
            Reply::Panic => panic!("a bug of the client"),
        }
    }
}

/// Lets tasks in the background run until they wait for something.
pub(crate) async fn settle() {
    for _ in 0..32 {
        tokio::task::yield_now().await;
    }
}
