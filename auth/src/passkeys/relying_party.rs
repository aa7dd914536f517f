//! For whom passkeys are: the relying party (`WebAuthn` §4), that is, a domain and the origins of its pages.
//!
//! Both come from the settings alone. A `Host` or `Origin` header is written by whoever sends the request; an expected
//! origin that is taken from it expects whatever it gets.

use sha2::{Digest, Sha256};

use super::outside::{Outside, OutsideSettings};
use crate::model::origin::{Host, Origin, Scheme};

/// For whom passkeys are made: see [`AuthBuilder::passkeys`](crate::AuthBuilder::passkeys).
///
/// ```
/// use auth::PasskeySettings;
///
/// // Pages at https://app.example.org and https://shop.example.org share the passkeys of example.org.
/// let settings = PasskeySettings::new("Example Shop")
///     .rp_id("example.org")
///     .origin("https://app.example.org")
///     .origin("https://shop.example.org");
/// # let _ = settings;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct PasskeySettings {
    name: String,
    rp_id: Option<String>,
    origins: Vec<String>,
    outside: OutsideSettings,
}

impl PasskeySettings {
    /// Starts with the name of the service, which browsers may show.
    ///
    /// The relying party is the host of [`base_url`](crate::AuthBuilder::base_url), and its pages are those of that origin,
    /// unless [`rp_id`](Self::rp_id) or [`origin`](Self::origin) says otherwise.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), rp_id: None, origins: Vec::new(), outside: OutsideSettings::default() }
    }

    /// Sets the domain that passkeys belong to: the host of the pages, or a domain above it that is yours
    /// (`example.org` for `https://app.example.org`).
    ///
    /// Passkeys made for one domain are unknown to every other one, so choose it once.
    pub fn rp_id(mut self, id: impl Into<String>) -> Self {
        self.rp_id = Some(id.into());
        self
    }

    /// Adds an origin whose pages may use passkeys: `https://app.example.org`, or `http://localhost:3000` during
    /// development. Nothing else is accepted from a browser, not even a sub-domain of it.
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Adds an origin outside of the domain whose pages may use its passkeys, too: `https://shop.example` beside
    /// `example.org` (related origins, `WebAuthn` §5.11).
    ///
    /// Browsers believe it only if `https://`*domain*`/.well-known/webauthn` says so: merge
    /// [`well_known`](crate::Auth::well_known) into the routes that are served there. They go by the names of such domains
    /// without their endings (`shop`), and at least five are allowed.
    pub fn related_origin(mut self, origin: impl Into<String>) -> Self {
        self.outside.origins.push(origin.into());
        self
    }

    /// Sets the page where people add a passkey, as a path (`/passkeys`) or a URL. Password managers find it by
    /// [`well_known`](crate::Auth::well_known), and offer it.
    pub fn enrolment_page(mut self, page: impl Into<String>) -> Self {
        self.outside.enrolment_page = Some(page.into());
        self
    }

    /// Sets the page where people see and remove their passkeys, likewise.
    pub fn management_page(mut self, page: impl Into<String>) -> Self {
        self.outside.management_page = Some(page.into());
        self
    }
}

/// A relying party whose settings are right.
#[derive(Clone, Debug)]
pub(crate) struct RelyingParty {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) id_hash: [u8; 32],
    /// As browsers write them, with those outside of the domain.
    pub(super) origins: Vec<String>,
    pub(crate) outside: Outside,
}

impl RelyingParty {
    /// The domain.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "for people who deploy the application"))]
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Whether the pages of this URL may use the passkeys.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "for people who deploy the application"))]
    pub(crate) fn has_pages_at(&self, url: &str) -> bool {
        let origin = origin_of(url).and_then(|origin| Origin::parse(&origin));
        origin.is_some_and(|origin| self.origins.contains(&origin.text()))
    }

    /// Where the pages are that are asked first.
    #[cfg_attr(not(feature = "testing"), allow(dead_code, reason = "for the browser of a test"))]
    pub(crate) fn first_origin(&self) -> Option<&str> {
        self.origins.first().map(String::as_str)
    }

    /// Reads the settings.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub(crate) fn new(settings: &PasskeySettings, base_url: Option<&str>) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        if settings.name.trim().is_empty() {
            problems.push("`passkeys` needs a name of the service, which browsers show".to_owned());
        }
        let given = if settings.origins.is_empty() {
            base_url.and_then(origin_of).into_iter().collect()
        } else {
            settings.origins.clone()
        };
        if given.is_empty() {
            problems.push(
                "`passkeys` needs to know where your pages are: `.base_url(\"https://app.example\")`, or \
                 `PasskeySettings::origin`. It is never taken from a request"
                    .to_owned(),
            );
        }
        let origins: Vec<_> = given.iter().filter_map(|text| pages(text, &mut problems)).collect();
        let first = origins.first().and_then(|origin| name_of(origin.host()));
        let id = settings.rp_id.as_deref().or(first).unwrap_or_default();
        if !id.is_empty() || settings.rp_id.is_some() {
            problems.extend(problem_of_id(id));
            for origin in &origins {
                if name_of(origin.host()).is_some_and(|host| !is_within(host, id)) {
                    problems.push(format!(
                        "passkeys of `{}` cannot be used by pages of `{}`: the relying party is their host, or a domain above it",
                        id.escape_debug(),
                        origin.text()
                    ));
                }
            }
        }
        let mut texts: Vec<_> = origins.iter().map(Origin::text).collect();
        let outside = settings.outside.read(texts.first().map(String::as_str), &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        texts.extend(outside.origins.iter().cloned());
        Ok(Self {
            name: settings.name.clone(),
            id: id.to_owned(),
            id_hash: Sha256::digest(id).into(),
            origins: texts,
            outside,
        })
    }
}

/// Returns the origin of a URL.
fn origin_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    Some(format!("{scheme}://{authority}"))
}

/// Reads the origin of pages, or says why there can be no passkeys.
fn pages(text: &str, problems: &mut Vec<String>) -> Option<Origin> {
    let mut wrong = |why: &str| {
        problems.push(format!("the origin `{}` of passkeys {why}", text.escape_debug()));
        None
    };
    let Some(origin) = Origin::parse(text) else { return wrong("is not of the form `https://app.example`") };
    let Some(name) = name_of(origin.host()) else {
        return wrong("is an IP address: browsers make passkeys for domains only, and for `localhost`");
    };
    if origin.scheme == Scheme::Http && !origin.is_loopback() {
        return wrong("begins with `http`: browsers make no passkeys there. Use `https`; `http` is for localhost");
    }
    if name.ends_with('.') {
        return wrong("has a dot at the end of its host");
    }
    Some(origin)
}

fn name_of(host: &Host) -> Option<&str> {
    match host {
        Host::Name(name) => Some(name),
        Host::Ip(_) => None,
    }
}

/// Returns what is wrong with the domain of a relying party. (Whether it is a public suffix, under which strangers have
/// domains, only browsers know.)
fn problem_of_id(id: &str) -> Option<String> {
    let wrong = |why: &str| Some(format!("`{}` is no relying party: {why}", id.escape_debug()));
    match Host::with_port(id) {
        Some((Host::Ip(_), _)) => wrong("it is an IP address, and browsers make passkeys for domains only"),
        Some((Host::Name(name), None)) if name == id && !id.ends_with(['.', ':']) => {
            let is_single = !id.contains('.') && id != "localhost";
            if is_single { wrong("it is a top-level domain") } else { None }
        }
        _ => wrong("it is a domain in lower case, without scheme and port: `example.org`"),
    }
}

/// Whether a host is this domain, or below it.
fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
impl RelyingParty {
    pub(super) fn of_test(id: &str, origins: &[&str]) -> Self {
        let settings = PasskeySettings::new("Test").rp_id(id);
        let settings = origins.iter().fold(settings, |settings, origin| settings.origin(*origin));
        Self::new(&settings, None).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::{PasskeySettings, RelyingParty};

    fn party(settings: &PasskeySettings, base: Option<&str>) -> Result<(String, Vec<String>), Vec<String>> {
        RelyingParty::new(settings, base).map(|party| (party.id, party.origins))
    }

    #[test]
    fn the_base_url_is_enough_for_a_relying_party() {
        for (base, id, origin) in [
            ("https://app.example", "app.example", "https://app.example"),
            ("HTTPS://App.example:443/account", "app.example", "https://app.example"),
            ("https://app.example:8443/", "app.example", "https://app.example:8443"),
            ("http://localhost:3000", "localhost", "http://localhost:3000"),
            ("http://app.localhost", "app.localhost", "http://app.localhost"),
        ] {
            let found = party(&PasskeySettings::new("Shop"), Some(base)).unwrap();
            assert_eq!(found, (id.to_owned(), vec![origin.to_owned()]));
        }
    }

    #[test]
    fn origins_share_a_domain_above_them() {
        let settings = PasskeySettings::new("Shop").rp_id("example.org");
        let settings = settings.origin("https://example.org").origin("https://a.b.example.org:8443");
        let (id, origins) = party(&settings, Some("https://unused.example")).unwrap();
        assert_eq!((&*id, origins.len()), ("example.org", 2));
    }

    #[test]
    fn pk_03_settings_that_no_browser_accepts_are_refused() {
        let new = || PasskeySettings::new("Shop");
        for (settings, base, why) in [
            (new(), None, "where your pages are"),
            (PasskeySettings::new(" "), Some("https://app.example"), "a name"),
            (new(), Some("http://app.example"), "begins with `http`"),
            (new(), Some("http://127.0.0.1:3000"), "IP address"),
            (new(), Some("https://[::1]"), "IP address"),
            (new(), Some("https://app.example."), "a dot at the end"),
            (new().origin("https://app.example/"), None, "not of the form"),
            (new().origin("null"), None, "not of the form"),
            (new().rp_id("other.example"), Some("https://app.example"), "cannot be used by pages"),
            (new().rp_id("pp.example"), Some("https://app.example"), "cannot be used by pages"),
            (new().rp_id("login.app.example"), Some("https://app.example"), "cannot be used by pages"),
            (new().rp_id("example"), Some("https://app.example"), "top-level domain"),
            (new().rp_id("https://app.example"), Some("https://app.example"), "without scheme"),
            (new().rp_id("app.example:443"), Some("https://app.example"), "without scheme"),
            (new().rp_id("App.example"), Some("https://app.example"), "lower case"),
            (new().rp_id(""), Some("https://app.example"), "no relying party"),
            (new().rp_id("127.0.0.1"), Some("http://localhost"), "IP address"),
            (new().related_origin("http://shop.example"), Some("https://app.example"), "related origin"),
            (new().related_origin("https://10.0.0.1"), Some("https://app.example"), "related origin"),
            (new().enrolment_page("passkeys"), Some("https://app.example"), "no page"),
            (new().management_page("http://app.example/"), Some("https://app.example"), "no page"),
        ] {
            let problems = party(&settings, base).unwrap_err();
            assert!(problems.iter().any(|problem| problem.contains(why)), "{why}: {problems:?}");
        }
    }

    #[test]
    fn pk_03_related_origins_are_expected_beside_those_of_the_domain() {
        let settings = PasskeySettings::new("Shop").related_origin("https://shop.example");
        let (id, origins) = party(&settings, Some("https://app.example")).unwrap();
        assert_eq!((&*id, origins), ("app.example", vec!["https://app.example".into(), "https://shop.example".into()]));
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let settings =
            PasskeySettings::new("").rp_id("other.example").origin("http://app.example").origin("https://10.0.0.1");
        let problems = party(&settings, None).unwrap_err();
        assert_eq!(problems.len(), 3, "{problems:?}");
        let settings = settings.origin("https://app.example");
        assert_eq!(party(&settings, None).unwrap_err().len(), 4);
    }
}
