//! What others read about the passkeys of a service: the origins outside of its domain that may use them (`WebAuthn` §5.11),
//! and the pages where people add and manage theirs (Passkey Endpoints, W3C).

use crate::model::origin::{Host, Origin, Scheme};

/// The settings about it.
#[derive(Clone, Debug, Default)]
pub(super) struct OutsideSettings {
    pub(super) origins: Vec<String>,
    pub(super) enrolment_page: Option<String>,
    pub(super) management_page: Option<String>,
}

/// The same, once the settings are right.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outside {
    /// The origins outside of the domain, as browsers write them.
    pub(crate) origins: Vec<String>,
    /// Where people add a passkey, as a URL.
    pub(crate) enrolment_page: Option<String>,
    /// Where they see, rename and remove theirs, as a URL.
    pub(crate) management_page: Option<String>,
}

impl OutsideSettings {
    /// Reads the settings, and says what is wrong with them. `first` is the origin of the pages.
    pub(super) fn read(&self, first: Option<&str>, problems: &mut Vec<String>) -> Outside {
        let origins = self.origins.iter().filter_map(|text| related(text, problems)).collect();
        let mut url = |page: &Option<String>| page.as_deref().and_then(|page| url_of(page, first, problems));
        let (enrolment_page, management_page) = (url(&self.enrolment_page), url(&self.management_page));
        Outside { origins, enrolment_page, management_page }
    }
}

fn related(text: &str, problems: &mut Vec<String>) -> Option<String> {
    match Origin::parse(text) {
        Some(origin) if origin.scheme == Scheme::Https && matches!(origin.host(), Host::Name(_)) => Some(origin.text()),
        _ => {
            let text = text.escape_debug();
            problems.push(format!("the related origin `{text}` of passkeys is not of the form `https://app.example`"));
            None
        }
    }
}

fn url_of(page: &str, first: Option<&str>, problems: &mut Vec<String>) -> Option<String> {
    if !is_page(page) {
        let page = page.escape_debug();
        problems
            .push(format!("`{page}` is no page: write a path such as `/passkeys`, or `https://app.example/passkeys`"));
        return None;
    }
    Some(if page.starts_with('/') { format!("{}{page}", first?) } else { page.to_owned() })
}

/// Whether this is the path of a page, or its URL.
pub(crate) fn is_page(text: &str) -> bool {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\\"<>".contains(&byte));
    let rest = text.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next());
    let is_below = text.starts_with('/') && !text.starts_with("//");
    is_plain && (is_below || rest.is_some_and(|host| Origin::parse(&format!("https://{host}")).is_some()))
}

#[cfg(test)]
mod tests {
    use super::{OutsideSettings, is_page};

    #[test]
    fn pages_are_paths_or_urls_with_https() {
        for page in ["/passkeys", "/", "/a?b=c#d", "https://app.example", "https://app.example/passkeys"] {
            assert!(is_page(page), "{page}");
        }
        for page in [
            "",
            "passkeys",
            "//evil.example",
            "/\\evil.example",
            "http://app.example/",
            "https://",
            "/a b",
            "/ü",
            "/a\r\nb",
        ] {
            assert!(!is_page(page), "{page}");
        }
    }

    #[test]
    fn paths_are_joined_to_the_first_origin() {
        let settings = OutsideSettings {
            enrolment_page: Some("/passkeys#add".into()),
            management_page: Some("https://id.example/me".into()),
            origins: vec!["HTTPS://Shop.example:443".into()],
        };
        let outside = settings.read(Some("https://app.example:8443"), &mut Vec::new());
        assert_eq!(outside.enrolment_page.as_deref(), Some("https://app.example:8443/passkeys#add"));
        assert_eq!(outside.management_page.as_deref(), Some("https://id.example/me"));
        assert_eq!(outside.origins, ["https://shop.example"]);
    }
}
