//! Origins and hosts. Two texts, between them a line end.
#![no_main]

use auth::fuzzing::{authority, is_at, origin};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (one, other) = text.split_once('\n').unwrap_or((text, text));
    if let Some((host, local, port)) = authority(one) {
        assert!(!one.contains(['@', '/', '?', '#', '%', '*', ' ', '\\']), "{one:?}");
        let written = port.map_or(host.clone(), |port| format!("{host}:{port}"));
        assert_eq!(authority(&written), Some((host.clone(), local, port)));
        assert_eq!(host, host.to_ascii_lowercase());
        assert!(port != Some(0));
        let http = origin(&format!("http://{one}")).expect("a host makes an origin");
        assert_eq!(Some(http), origin(&format!("HTTP://{written}")));
        assert!(is_at(&format!("https://{one}"), one));
        // Only names of this machine are this machine.
        if local && !host.contains("localhost") {
            let ip: std::net::IpAddr = host.trim_matches(['[', ']']).parse().expect("an address");
            assert!(ip.to_canonical().is_loopback());
        }
    }
    let read = origin(one);
    assert_eq!(
        read.is_some(),
        one.split_once("://").is_some_and(|(scheme, rest)| {
            ["http", "https"].contains(&&*scheme.to_ascii_lowercase()) && authority(rest).is_some()
        })
    );
    if let (Some(read), Some(second)) = (read, origin(other)) {
        // The same origin has the same scheme, name and port, however it is written.
        if read == second {
            let scheme = |text: &str| text.to_ascii_lowercase().starts_with("https:");
            assert_eq!(scheme(one), scheme(other));
            let at = |text: &str| text.split_once("://").map(|(_, authority)| authority.to_owned()).expect("an origin");
            assert!(is_at(one, &at(other)) && is_at(other, &at(one)));
        }
    }
});
