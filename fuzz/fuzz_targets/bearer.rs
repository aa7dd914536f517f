//! The header `Authorization`.
#![no_main]

use auth_fuzz::request;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some(parts) = request(input, &[(b'a', "authorization"), (b'x', "x-other")]) else { return };
    let sent: Vec<&[u8]> = parts.headers.get_all("authorization").iter().map(|value| value.as_bytes()).collect();
    match auth::fuzzing::bearer(&parts.headers) {
        Ok(Some(token)) => {
            assert_eq!(sent.len(), 1, "of two headers, none counts");
            let (scheme, rest) = sent[0].split_at(7);
            assert!(rest[..rest.len() - token.len()].iter().all(|byte| *byte == b' '));
            assert!(scheme.eq_ignore_ascii_case(b"bearer ") && rest.ends_with(token.as_bytes()));
            assert!(!token.is_empty() && !token.starts_with(' ') && token.len() <= 8 * 1024);
        }
        // Absent, or another scheme: whoever writes `Bearer` never counts as nobody.
        Ok(None) => {
            assert!(sent.len() < 2 && !sent.iter().any(|value| value.to_ascii_lowercase().starts_with(b"bearer")));
        }
        Err(_) => assert!(!sent.is_empty()),
    }
});
