//! Forwarding headers: what a client writes to the left changes nothing about what the proxy wrote.
#![no_main]

use std::net::IpAddr;

use auth::TrustedProxies;
use auth::fuzzing::{client, element, entry, forwarded, forwarded_for};
use auth_fuzz::request;
use libfuzzer_sys::fuzz_target;

const NAMES: [(u8, &str); 2] = [(b'x', "x-forwarded-for"), (b'f', "forwarded")];

fuzz_target!(|input: &[u8]| {
    let Some(parts) = request(input, &NAMES) else { return };
    let peer: IpAddr = "10.0.0.1".parse().expect("an address");
    let sent: usize = parts.headers.values().map(|value| value.len()).sum();
    for entries in [forwarded(&parts.headers), forwarded_for(&parts.headers)] {
        assert!(entries.iter().flatten().all(|entry| *entry == entry.trim()));
        // Every byte is in one entry at most.
        assert!(entries.iter().flatten().map(|entry| entry.len()).sum::<usize>() <= sent);
    }
    for text in forwarded_for(&parts.headers).into_iter().flatten() {
        if let Some(ip) = entry(text) {
            assert_eq!(entry(&ip.to_string()), Some(ip));
        }
    }
    let nobody = client(parts.clone(), Some(peer), &TrustedProxies::default());
    assert_eq!(nobody, Some(peer), "without proxies the headers are the client's own words");
    let inside = TrustedProxies::networks(["10.0.0.0/8"]);
    let outside: IpAddr = "192.0.2.9".parse().expect("an address");
    for (letter, header, proxies) in [
        (b'x', "x-forwarded-for", TrustedProxies::count(1)),
        (b'f', "forwarded", TrustedProxies::count(1).forwarded_header()),
        (b'x', "x-forwarded-for", inside.clone()),
        (b'f', "forwarded", inside.forwarded_header()),
    ] {
        let by_network = format!("{proxies:?}").contains("10.0.0.0/8");
        let _ = client(parts.clone(), Some(peer), &proxies);
        if by_network {
            let direct = client(parts.clone(), Some(outside), &proxies);
            assert_eq!(direct, Some(outside), "who is no proxy says nothing");
        }
        // The proxy appends an element: whatever stands before it, it is the client.
        let mut lines = input.to_vec();
        let appended = if letter == b'f' { "for=203.0.113.7" } else { "203.0.113.7" };
        match lines.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1) {
            start if lines.get(start) == Some(&letter) => lines.extend_from_slice(format!(", {appended}").as_bytes()),
            _ => {
                lines.push(b'\n');
                lines.push(letter);
                lines.extend_from_slice(appended.as_bytes());
            }
        }
        let Some(request) = request(&lines, &NAMES) else { continue };
        let last = request.headers.get_all(header).iter().next_back().is_some_and(|value| value.to_str().is_ok());
        if last && lines.iter().filter(|byte| **byte == b'\n').count() < 32 {
            assert_eq!(client(request, Some(peer), &proxies).map(|ip| ip.to_string()).as_deref(), Some("203.0.113.7"));
        }
    }
    if let Ok(text) = std::str::from_utf8(input)
        && let Some(ip) = element(text)
    {
        assert!(text.to_ascii_lowercase().contains("for") && text.contains('='));
        let quoted = format!("for=\"{}\"", if ip.is_ipv6() { format!("[{ip}]:1") } else { ip.to_string() });
        assert_eq!(element(&quoted), Some(ip));
    }
});
