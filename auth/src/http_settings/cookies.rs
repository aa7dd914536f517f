//! What the handle knows about cookies: their names, and who may act with them. Reading and writing them is up to
//! `transport`.

use super::HandleCookie;
use crate::model::origin::{Origin, Scheme};

/// Configures how tokens travel in cookies. Pass it to `AuthBuilder::cookies`.
///
/// By default the client chooses: `?cookies=true` on register, login or refresh puts the tokens into cookies instead of
/// the body. A request that is authenticated by a cookie and changes something must come from the application's own
/// pages, according to the browser's `Sec-Fetch-Site` or otherwise its `Origin`. A sibling subdomain is refused unless
/// listed.
///
/// `Sec-Fetch-Site: none` says that no page caused the request: somebody typed the address, or sent a form again by
/// reloading the page. A foreign page cannot cause it, so it is admitted for navigations. For anything else it comes
/// from a browser extension or another program, which is not one of the application's pages, and is refused.
///
/// Origins are compared as values: scheme, host (without regard to case) and port, where a missing port is 443. Plain
/// `http` is never one of our pages, except with [`insecure_for_localhost`](Self::insecure_for_localhost): on the way
/// to it, anybody in the network could write the page.
///
/// ```
/// use auth::CookieSettings;
/// # fn with<U: auth::AuthUser>(builder: auth::AuthBuilder<U>, in_development: bool) -> auth::AuthBuilder<U> {
/// let mut cookies = CookieSettings::new()
///     .always()                                   // a browser application: no token where a script could read it
///     .origin("https://app.example")              // a proxy in front rewrites `Host`
///     .allow_origin("https://admin.app.example"); // its pages act for the user, too
/// if in_development {
///     cookies = cookies.insecure_for_localhost(); // plain http, on this machine only
/// }
/// builder.cookies(cookies)
/// # }
/// ```
///
/// For a type called `User`, access tokens are in `__Host-user-access` (`SameSite=Lax`) and refresh tokens in
/// `__Host-user-refresh` (`SameSite=Strict`), both with `HttpOnly; Secure; Path=/`. What keeps a mailed code or link to
/// the browser that asked for it is in `__Host-user-sign-in`, and for a change of address in
/// `__Host-user-address-change`, and what a trusted device keeps in `__Host-user-device`, all like the refresh token. Two
/// applications on one host need different names:
/// [`name_prefix`](Self::name_prefix).
#[derive(Clone, Debug, Default)]
pub struct CookieSettings {
    pub(crate) mode: Mode,
    /// As written; see [`Origins`].
    origin: Option<String>,
    others: Vec<String>,
    pub(crate) insecure_localhost: bool,
    /// Whether an access cookie that has ended is left to scripts.
    pub(crate) no_renewal: bool,
    /// As written.
    name_prefix: Option<String>,
}

/// The longest prefix of a cookie's name, in bytes: name and token share 4096.
const MAX_PREFIX_BYTES: usize = 32;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    #[default]
    OnRequest,
    Always,
    Never,
}

impl CookieSettings {
    /// Returns the defaults: cookies for clients that ask for them.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives cookies to every client; tokens never appear in a body.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.mode = Mode::Always;
        self
    }

    /// Gives cookies to no client, and reads none.
    #[must_use]
    pub fn never(mut self) -> Self {
        self.mode = Mode::Never;
        self
    }

    /// Sets the origin of the application's pages, such as `https://app.example`. Without it, the `Host` of the request
    /// decides what counts as "our own", which is right unless a proxy rewrites `Host`.
    ///
    /// `build()` refuses what cannot be the origin of a page: a path, a wildcard, an international name that is not
    /// written as `xn--…`.
    #[must_use]
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = Some(origin.into());
        self
    }

    /// Adds another origin whose pages may act for the user: a sibling subdomain, an admin front end.
    #[must_use]
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.others.push(origin.into());
        self
    }

    /// Allows development over plain `http://localhost`: cookies have no `Secure` and, because browsers would not
    /// accept them otherwise, different names. Requests to any host other than a loopback one neither get nor send
    /// cookies.
    #[must_use]
    pub fn insecure_for_localhost(mut self) -> Self {
        self.insecure_localhost = true;
        self
    }

    /// Sets whether opening a page renews an access cookie that has ended, as a refresh would. On by default.
    ///
    /// Somebody who follows a link, types an address or sends a form gets to a route under `#[protected]`, `#[public]`
    /// or [`Auth::require`](crate::Auth::require). If the access cookie has ended and the session has not, the answer
    /// sets new cookies, and lets the browser ask again (307): no script is needed, and nobody is sent to a login form
    /// while they are signed in. If the session has ended, the same answer removes the cookies.
    ///
    /// Only what a browser marks as opening a page in a tab is renewed (`Sec-Fetch-Mode: navigate`, `Sec-Fetch-Dest:
    /// document`): no request of a script, no frame, no prefetch, no client without Fetch Metadata, and nothing with a
    /// bearer token. A form counts if it comes from the application's own pages; the browser sends it again.
    ///
    /// Turn it off if something in front of the application does the same, or if every page refreshes by script.
    #[must_use]
    pub fn renew_on_navigation(mut self, renew: bool) -> Self {
        self.no_renewal = !renew;
        self
    }

    /// Sets what the names of the cookies begin with: with `shop`, they are `__Host-shop-user-access`,
    /// `__Host-shop-user-refresh` and so on. For two applications on one host whose user types have the same name, also on two ports
    /// of `localhost`: browsers send cookies to every port and path of a host, and each application would overwrite and
    /// refuse those of the other.
    ///
    /// With another prefix, browsers that have cookies under the former name are signed out. `build()` refuses what cannot
    /// be in a name: write ASCII letters, digits, `-` and `_`, at most 32.
    #[must_use]
    pub fn name_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.name_prefix = Some(prefix.into());
        self
    }

    /// Whether cookies travel over plain http.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "for people who deploy the application"))]
    pub(crate) const fn are_insecure(&self) -> bool {
        self.insecure_localhost
    }

    /// Whether the origin of the application's pages is configured.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "as above"))]
    pub(crate) const fn has_origin(&self) -> bool {
        self.origin.is_some()
    }

    /// Lists the problems with the settings.
    pub(crate) fn problems(&self) -> Vec<String> {
        let origins = self.origin.iter().chain(&self.others).filter_map(|text| self.parse(text).err());
        origins.chain(self.name_prefix.as_deref().and_then(wrong_prefix)).collect()
    }

    /// Parses a listed origin, or says why no page that may act with our cookies can have it.
    fn parse(&self, text: &str) -> Result<Origin, String> {
        match Origin::parse(text) {
            Some(origin) if origin.scheme == Scheme::Https => Ok(origin),
            Some(_) if !self.insecure_localhost => Err(format!(
                "`{text}` is plain http: write `https://…`, or call `insecure_for_localhost()` for development"
            )),
            Some(origin) if origin.is_loopback() => Ok(origin),
            Some(_) => Err(format!("`{text}` is plain http, and not on this machine: write `https://…`")),
            None => Err(format!(
                "`{text}` is not an origin: write scheme, host and port only, without wildcards, as in \
                 `https://app.example`"
            )),
        }
    }
}

/// Returns why cookies cannot have names with this prefix.
fn wrong_prefix(prefix: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    // `__Host-` and `__Secure-` mean something to browsers.
    let wrong =
        prefix.is_empty() || prefix.len() > MAX_PREFIX_BYTES || !prefix.chars().all(fits) || prefix.starts_with("__");
    wrong.then(|| {
        format!(
            "`name_prefix({prefix:?})` cannot begin the name of a cookie: write at most {MAX_PREFIX_BYTES} ASCII letters, \
             digits, `-` and `_`, such as `shop`"
        )
    })
}

/// The cookies of one user type.
#[derive(Clone, Debug)]
pub(crate) struct Cookies {
    pub(crate) settings: CookieSettings,
    pub(crate) origins: Origins,
    pub(crate) access: String,
    pub(crate) refresh: String,
    sign_in: String,
    address_change: String,
    /// What a trusted device keeps.
    pub(crate) device: String,
}

impl Cookies {
    /// Gives each user type its own pair of names, so that one login never shadows the other (MAC-08).
    pub(crate) fn for_realm(realm: &str, settings: Option<CookieSettings>) -> Self {
        let settings = settings.unwrap_or_default();
        let prefix = if settings.insecure_localhost { "" } else { "__Host-" };
        let own = settings.name_prefix.as_ref().map(|own| format!("{own}-")).unwrap_or_default();
        let realm = own + &realm.to_lowercase();
        let origins = Origins {
            own: settings.origin.as_deref().and_then(|text| settings.parse(text).ok()),
            others: settings.others.iter().filter_map(|text| settings.parse(text).ok()).collect(),
        };
        let name = |what: &str| format!("{prefix}{realm}-{what}");
        let [access, refresh, sign_in, address_change, device] =
            ["access", "refresh", "sign-in", "address-change", "device"].map(name);
        Self { settings, origins, access, refresh, sign_in, address_change, device }
    }

    /// No cookies: none is read, and none is set.
    pub(crate) fn none() -> Self {
        Self::for_realm("", Some(CookieSettings::new().never()))
    }

    /// Returns the name of the cookie for a handle.
    pub(crate) fn handle_name(&self, which: HandleCookie) -> &str {
        match which {
            HandleCookie::SignIn => &self.sign_in,
            HandleCookie::AddressChange => &self.address_change,
        }
    }

    /// Returns the names (access, refresh, sign-in, change of address) and whether every client gets cookies; `None` if
    /// no client does.
    pub(crate) fn names(&self) -> Option<([&str; 4], bool)> {
        let Self { settings, access, refresh, sign_in, address_change, .. } = self;
        let names = [access, refresh, sign_in, address_change].map(String::as_str);
        (settings.mode != Mode::Never).then_some((names, settings.mode == Mode::Always))
    }
}

/// The origins whose pages may act with our cookies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins {
    /// The origin of the application, if configured; otherwise the `Host` of the request decides.
    pub(crate) own: Option<Origin>,
    /// Other trusted origins, such as siblings.
    pub(crate) others: Vec<Origin>,
}
