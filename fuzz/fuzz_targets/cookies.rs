//! The header `Cookie`, and whether the request may act with it. The first byte chooses the settings.
#![no_main]

use auth::CookieSettings;
use auth::fuzzing::Jar;
use auth_fuzz::request;
use libfuzzer_sys::fuzz_target;

const NAMES: [(u8, &str); 6] = [
    (b'c', "cookie"),
    (b'o', "origin"),
    (b's', "sec-fetch-site"),
    (b'm', "sec-fetch-mode"),
    (b'h', "host"),
    (b'u', "upgrade"),
];
const NAME: &[u8] = b"__Host-user-access";

fuzz_target!(|input: &[u8]| {
    let Some((kind, input)) = input.split_first() else { return };
    let Some(mut parts) = request(input, &NAMES) else { return };
    let own = CookieSettings::new().origin("https://app.example").allow_origin("https://admin.app.example:8443");
    let jar = Jar::new(if kind % 2 == 0 { CookieSettings::new() } else { own });
    // An oracle that goes by the standard: pairs between semicolons, blanks around names and values.
    let pairs = parts.headers.get_all("cookie").iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
    let ours: Vec<Vec<u8>> = pairs
        .filter_map(|pair| {
            let mut sides = pair.splitn(2, |byte| *byte == b'=');
            let (name, value) = (sides.next()?, sides.next()?);
            (name.trim_ascii() == NAME).then(|| value.trim_ascii().to_vec())
        })
        .collect();
    match jar.access(&parts) {
        Ok(None) => assert!(ours.is_empty() || ours == [b""]),
        Ok(Some(value)) => {
            assert_eq!(ours, [value.as_bytes()]);
            assert!(!value.is_empty() && NAME.len() + value.len() <= 4096 && !value.contains(';'));
        }
        Err(_) => {
            assert!(ours.len() > 1 || ours[0].len() + NAME.len() > 4096 || std::str::from_utf8(&ours[0]).is_err())
        }
    }
    // Nobody acts for a page that says that it is another site's.
    parts.method = axum::http::Method::POST;
    let one = |name| {
        let mut values = parts.headers.get_all(name).iter();
        values.next().filter(|_| values.next().is_none()).map(|value| value.as_bytes().to_ascii_lowercase())
    };
    if jar.admits(&parts) {
        let (site, origin) = (one("sec-fetch-site"), one("origin"));
        let listed = origin
            .as_ref()
            .is_some_and(|origin| origin.windows(12).any(|part| part == b".app.example" || part == b"/app.example"));
        assert!(listed || site.is_some() || origin.is_some(), "somebody said where it comes from");
        if !listed {
            assert_ne!(site.as_deref(), Some(&b"cross-site"[..]));
            assert_ne!(site.as_deref(), Some(&b"same-site"[..]));
            if site.is_none() {
                assert!(kind % 2 == 0, "with an origin of its own, the service goes by that alone");
                assert!(origin.is_some_and(|origin| origin.starts_with(b"https://")));
            }
        }
    }
});
