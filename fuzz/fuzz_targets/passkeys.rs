//! What browsers and authenticators write of a passkey: the first byte says which part the rest is. Each part is read here
//! once more, in another way.
#![no_main]

use std::collections::BTreeSet;

use auth::fuzzing::passkeys;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Reads one item of CBOR as CTAP2 writes it, and returns how many bytes it has. It writes each head again, where ours
/// compares it with bounds.
fn by_the_book(bytes: &[u8], depth: u8) -> Option<usize> {
    let first = *bytes.first()?;
    let (major, short) = (first >> 5, first & 0x1f);
    let width = match short {
        0..=23 => 0,
        24..=27 => 1_usize << (short - 24),
        _ => return None,
    };
    let number = bytes.get(1..1 + width)?.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let argument = if width == 0 { u64::from(short) } else { number };
    let head = match argument {
        0..24 => vec![major << 5 | u8::try_from(argument).unwrap()],
        24..0x100 => vec![major << 5 | 24, u8::try_from(argument).unwrap()],
        0x100..0x1_0000 => [&[major << 5 | 25][..], &u16::try_from(argument).unwrap().to_be_bytes()].concat(),
        0x1_0000..0x1_0000_0000 => [&[major << 5 | 26][..], &u32::try_from(argument).unwrap().to_be_bytes()].concat(),
        _ => [&[major << 5 | 27][..], &argument.to_be_bytes()].concat(),
    };
    if !bytes.starts_with(&head) || head.len() != 1 + width {
        return None;
    }
    let (mut end, begin) = (head.len(), head.len());
    let items = |count: u64, end: &mut usize| -> Option<Vec<Vec<u8>>> {
        let depth = depth.checked_sub(1)?;
        let mut found = Vec::new();
        for _ in 0..count {
            let length = by_the_book(&bytes[*end..], depth)?;
            found.push(bytes[*end..*end + length].to_vec());
            *end += length;
        }
        Some(found)
    };
    match major {
        0 | 1 => {}
        2 | 3 => {
            end = begin.checked_add(usize::try_from(argument).ok()?)?;
            let content = bytes.get(begin..end)?;
            if major == 3 {
                std::str::from_utf8(content).ok()?;
            }
        }
        4 => drop(items(argument, &mut end)?),
        5 if argument <= 32 => {
            let found = items(argument * 2, &mut end)?;
            let keys: BTreeSet<_> = found.chunks(2).map(|entry| &entry[0]).collect();
            if keys.len() as u64 != argument {
                return None;
            }
        }
        7 if (20..=22).contains(&short) => {}
        _ => return None,
    }
    Some(end)
}

/// The parts of authenticator data, put together again.
fn data_is_as_read(bytes: &[u8]) {
    let Some(data) = passkeys::authenticator_data(bytes) else { return };
    let flags = bytes[32];
    assert_eq!(data.flags, [1, 4, 8, 16].map(|bit| flags & bit != 0));
    let mut again = [&data.rp_id_hash[..], &[flags], &data.sign_count.to_be_bytes()].concat();
    assert_eq!(data.credential.is_some(), flags & 64 != 0);
    if let Some((model, id, key)) = data.credential {
        assert!((1..=1023).contains(&id.len()) && by_the_book(&key, 4) == Some(key.len()));
        let length = u16::try_from(id.len()).expect("it is short");
        again.extend([&model[..], &length.to_be_bytes(), &id, &key].concat());
    }
    let rest = bytes.strip_prefix(&again[..]).expect("it begins with its parts");
    let is_extended = flags & 128 != 0;
    assert_eq!(by_the_book(rest, 4).unwrap_or(0), rest.len(), "nothing behind the extensions");
    assert!(is_extended != rest.is_empty() && (!is_extended || rest[0] >> 5 == 5));
}

/// A JSON parser that takes the last of two equal members must see what ours sees.
fn client_data_is_as_read(bytes: &[u8], registration: bool) {
    let Some(challenge) = passkeys::client_data(bytes, registration) else { return };
    let json: Value = serde_json::from_slice(bytes).expect("it is JSON");
    let kind = if registration { "webauthn.create" } else { "webauthn.get" };
    assert_eq!((&json["type"], &json["origin"]), (&kind.into(), &"https://app.example".into()));
    assert!(json["crossOrigin"] != Value::Bool(true) && json["topOrigin"].is_null());
    assert_eq!(json["challenge"].as_str().map(|text| text.len() * 6 / 8), Some(challenge.len()));
    assert!(passkeys::client_data(bytes, !registration).is_none(), "it is of one ceremony");
}

fn credential_is_as_read(bytes: &[u8]) {
    let Ok(json) = serde_json::from_slice::<Value>(bytes) else { return };
    for registration in [false, true] {
        let Some(id) = passkeys::credential(&json, registration) else { continue };
        assert!((1..=1023).contains(&id.len()));
        assert!(json["id"] == json["rawId"] && json["type"] == "public-key");
        assert_eq!(json["id"].as_str().map(|text| text.len() * 6 / 8), Some(id.len()));
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((part, bytes)) = input.split_first() else { return };
    match part % 6 {
        0 => assert_eq!(passkeys::cbor(bytes), by_the_book(bytes, 4)),
        1 => data_is_as_read(bytes),
        2 => {
            // A key of 77 bytes of ES256, or of 44 of Ed25519, and a signature.
            let (key, signature) = bytes.split_at(bytes.len().min(if bytes.first() == Some(&0xa4) { 44 } else { 77 }));
            let verified = passkeys::verifies(key, signature);
            assert!(verified.is_none() || by_the_book(key, 4) == Some(key.len()));
            assert!(verified.is_none_or(|verified| !verified || passkeys::verifies(key, signature) == Some(true)));
        }
        3 => client_data_is_as_read(bytes, true),
        4 => client_data_is_as_read(bytes, false),
        _ => credential_is_as_read(bytes),
    }
});
