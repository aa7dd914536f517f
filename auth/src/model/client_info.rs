//! Who is calling: what a request tells about its client.

use std::fmt;
use std::net::IpAddr;

use crate::base::misleading::is_misleading;
use crate::model::locale::Locale;

/// The client on the other end, as far as a request tells. Stored with the session and shown in the list of sessions;
/// limits count by its address.
///
/// In a handler it is an extractor, on routers whose state is an [`AuthState`](crate::AuthState). Elsewhere (gRPC, a
/// job), construct it from what you know and leave out the rest:
///
/// ```
/// use auth::ClientInfo;
///
/// let client = ClientInfo::new(Some("192.0.2.1".parse()?), Some("curl/8.5\r\n"));
/// assert_eq!(client.user_agent.as_deref(), Some("curl/8.5"));
/// let a_job = ClientInfo::default();
/// assert_eq!(a_job.ip, None);
/// # Ok::<_, std::net::AddrParseError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientInfo {
    /// The address of the connection. Headers such as `X-Forwarded-For` are ignored unless the application names the
    /// proxies that write them ([`TrustedProxies`](crate::TrustedProxies)).
    pub ip: Option<IpAddr>,
    /// The `User-Agent`, at most 256 characters, control characters removed.
    pub user_agent: Option<String>,
    /// The acting party, if it is not the user: see [`with_actor`](Self::with_actor).
    pub(crate) actor: Option<String>,
    /// The languages of mail that this client causes.
    pub(crate) locale: Locale,
}

impl ClientInfo {
    /// How many characters of `User-Agent` are kept.
    const MOST_CHARS: usize = 256;

    /// Creates a client; the user agent is truncated and cleaned.
    #[must_use]
    pub fn new(ip: Option<IpAddr>, user_agent: Option<&str>) -> Self {
        let clean = |text: &str| text.chars().filter(|c| !is_misleading(*c)).take(Self::MOST_CHARS).collect();
        Self { ip, user_agent: user_agent.map(clean), actor: None, locale: Locale::new() }
    }

    /// Returns the client of a stored session. It was cleaned when it was stored, and acted for itself.
    pub(crate) const fn stored(ip: Option<IpAddr>, user_agent: Option<String>) -> Self {
        Self { ip, user_agent, actor: None, locale: Locale::new() }
    }

    /// Returns the same client, with the languages that it reads. In a handler, they are those of `Accept-Language`.
    #[must_use]
    pub fn with_locale(self, locale: Locale) -> Self {
        Self { locale, ..self }
    }

    /// Returns the same client, acting for somebody else: an administrator's id, the name of a job. It appears in
    /// events ([`Event::actor`](crate::event::Event::actor)) and has no other effect.
    #[must_use]
    pub fn with_actor(self, actor: impl fmt::Display) -> Self {
        Self { actor: Some(actor.to_string()), ..self }
    }
}
