//! Without the feature `cookies` there is nothing to know of them.

/// Nothing to configure.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cookies;

impl Cookies {
    pub(crate) const fn for_realm(_realm: &str, _cookies: Option<()>) -> Self {
        Self
    }
}
