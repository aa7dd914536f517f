//! Without the feature `cookies` there is nothing to know about them.

/// Nothing to configure.
#[derive(Clone, Debug, Default)]
#[allow(unreachable_pub, reason = "with the feature, everybody can name it")]
pub struct CookieSettings;

impl CookieSettings {
    #[expect(clippy::unused_self, reason = "the interface of the module with cookies")]
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "for people who deploy the application"))]
    pub(crate) const fn are_insecure(&self) -> bool {
        false
    }

    #[expect(clippy::unused_self, reason = "the interface of the module with cookies")]
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "as above"))]
    pub(crate) const fn has_origin(&self) -> bool {
        true
    }

    #[expect(clippy::unused_self, reason = "the interface of the module with cookies")]
    pub(crate) const fn problems(&self) -> [String; 0] {
        []
    }
}

/// No names of cookies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cookies;

impl Cookies {
    pub(crate) const fn for_realm(_realm: &str, _cookies: Option<CookieSettings>) -> Self {
        Self
    }

    pub(crate) const fn none() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "the interface of the module with cookies")]
    pub(crate) const fn names(&self) -> Option<([&str; 4], bool)> {
        None
    }
}
