//! The text form of an Argon2 hash: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<output>` (PHC string format).
//!
//! Stored text is not trusted: write access to the table must not be enough to make a login exhaust memory or crash. So
//! every number is bounded before it is used.
//!
//! The parser of the crate `phc` (that of `password-hash`) would take the place of a third of this file: it splits the
//! text, but does not know what the parts mean. The bounds, order and completeness of the parameters, `keyid`, and the
//! least lengths would still be checked here. Salts of more than 48 bytes, which can be read today, could no longer be;
//! and its errors name rules of the format, where an operator wants to know what is wrong with the row.

use argon2::{Algorithm, Params, Version};
use base64ct::{Base64Unpadded, Encoding};

use super::params::{HashParams, MAX_LANES, MAX_MEMORY_KIB, MAX_PASSES};

/// A hash with the largest allowed values has about 250 characters.
const MAX_TEXT: usize = 320;
const SALT_BYTES: std::ops::RangeInclusive<usize> = 8..=64;
const OUTPUT_BYTES: std::ops::RangeInclusive<usize> = 16..=64;
const MAX_KEY_ID_BYTES: usize = 8;

/// A parsed hash.
#[derive(Debug)]
pub(super) struct Phc {
    pub(super) algorithm: Algorithm,
    pub(super) version: Version,
    pub(super) params: Params,
    pub(super) key_id: Option<Vec<u8>>,
    pub(super) salt: Vec<u8>,
    pub(super) output: Vec<u8>,
}

impl Phc {
    /// Returns whether the text is meant to be an Argon2 hash; anything else is left to legacy verifiers.
    pub(super) fn is_meant_by(text: &str) -> bool {
        text.starts_with("$argon2")
    }

    /// Parses a stored hash. The error says what is wrong and quotes nothing.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        if text.len() > MAX_TEXT {
            return Err("it is too long");
        }
        let mut parts = text.split('$');
        if parts.next() != Some("") {
            return Err("it does not start with `$`");
        }
        let algorithm = match parts.next() {
            Some("argon2id") => Algorithm::Argon2id,
            Some("argon2i") => Algorithm::Argon2i,
            Some("argon2d") => Algorithm::Argon2d,
            _ => return Err("the algorithm is unknown"),
        };
        let mut next = parts.next().ok_or("it ends after the algorithm")?;
        // Hashes from before Argon2 1.3 may lack a version, which means 1.0.
        let version = match next.strip_prefix("v=") {
            None => Version::V0x10,
            Some(digits) => {
                next = parts.next().ok_or("it ends after the version")?;
                Version::try_from(number(digits).ok_or("the version is not a number")?)
                    .map_err(|_| "the version is unknown")?
            }
        };
        let (salt, output) = (parts.next().ok_or("it has no salt")?, parts.next().ok_or("it has no output")?);
        if parts.next().is_some() {
            return Err("it has too many parts");
        }
        let salt = bytes(salt).filter(|salt| SALT_BYTES.contains(&salt.len())).ok_or("the salt is unusable")?;
        let output =
            bytes(output).filter(|output| OUTPUT_BYTES.contains(&output.len())).ok_or("the output is unusable")?;
        let (params, key_id) = parameters(next, output.len())?;
        Ok(Self { algorithm, version, params, key_id, salt, output })
    }

    /// Returns whether a fresh hash would be better: this one has less work, is shorter, or is of another kind than the
    /// policy.
    pub(super) fn is_weaker_than(&self, policy: HashParams) -> bool {
        self.algorithm != Algorithm::Argon2id
            || self.version != Version::V0x13
            || self.params.m_cost() < policy.memory_kib
            || self.params.t_cost() < policy.passes
            || self.salt.len() < super::argon::SALT_BYTES
            || self.output.len() < super::argon::OUTPUT_BYTES
    }
}

/// Encodes a hash.
pub(super) fn write(params: HashParams, key_id: Option<&str>, salt: &[u8], output: &[u8]) -> String {
    let HashParams { memory_kib, passes, lanes, .. } = params;
    let encode = Base64Unpadded::encode_string;
    let key_id = key_id.map(|id| format!(",keyid={}", encode(id.as_bytes()))).unwrap_or_default();
    format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}{key_id}${}${}", encode(salt), encode(output))
}

/// Parses `m=…,t=…,p=…` and an optional `,keyid=…`, in this order, as every implementation writes them.
fn parameters(text: &str, output_len: usize) -> Result<(Params, Option<Vec<u8>>), &'static str> {
    let mut fields = text.split(',');
    let mut field = |name: &str| fields.next()?.strip_prefix(name)?.strip_prefix('=');
    let mut cost = |name, most| field(name).and_then(number).filter(|value| (1..=most).contains(value));
    let memory = cost("m", MAX_MEMORY_KIB).ok_or("the memory cost is missing or out of bounds")?;
    let passes = cost("t", MAX_PASSES).ok_or("the number of passes is missing or out of bounds")?;
    let lanes = cost("p", MAX_LANES).ok_or("the parallelism is missing or out of bounds")?;
    let key_id = match fields.next() {
        None => None,
        Some(field) => {
            let id = field.strip_prefix("keyid=").ok_or("it has a parameter that is not supported")?;
            let id = bytes(id).filter(|id| id.len() <= MAX_KEY_ID_BYTES).ok_or("the key id is unusable")?;
            Some(id)
        }
    };
    if fields.next().is_some() {
        return Err("it has a parameter that is not supported");
    }
    // The remaining rule, 8 KiB per lane, is enforced by Argon2.
    let params = Params::new(memory, passes, lanes, Some(output_len)).map_err(|_| "the parameters do not fit")?;
    Ok((params, key_id))
}

/// Accepts decimal digits only: `parse` alone would accept a sign.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    Base64Unpadded::decode_vec(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0";

    #[test]
    fn what_is_written_is_read_again() {
        let read = Phc::parse(GOOD).unwrap();
        assert_eq!(write(HashParams::default(), None, &read.salt, &read.output), GOOD);
        assert!(!read.is_weaker_than(HashParams::default()));
        let peppered = write(HashParams::new(20_000, 3, 2), Some("2026"), &[7; 16], &[9; 32]);
        assert!(peppered.starts_with("$argon2id$v=19$m=20000,t=3,p=2,keyid=MjAyNg$"), "{peppered}");
        assert_eq!(Phc::parse(&peppered).unwrap().key_id.as_deref(), Some(&b"2026"[..]));
    }

    #[test]
    fn pwd_12_costs_beyond_the_bounds_are_refused() {
        for (costs, fits) in [
            ("m=262144,t=16,p=16", true),
            ("m=262145,t=2,p=1", false),
            ("m=4294967295,t=2,p=1", false),
            ("m=4294967296,t=2,p=1", false),
            ("m=19456,t=17,p=1", false),
            ("m=19456,t=2,p=17", false),
            ("m=19456,t=0,p=1", false),
            ("m=19456,t=2,p=0", false),
            ("m=7,t=2,p=1", false),
            ("m=8,t=2,p=2", false),
            ("m=+19456,t=2,p=1", false),
            ("m=-1,t=2,p=1", false),
            ("m=,t=2,p=1", false),
            ("t=2,m=19456,p=1", false),
            ("m=19456,t=2,p=1,data=QUJD", false),
            ("m=19456,t=2,p=1,keyid=AAAAAAAAAAAAAAAA", false),
            ("m=19456,t=2,p=1,keyid=QUJD,x=1", false),
        ] {
            let text = GOOD.replace("m=19456,t=2,p=1", costs);
            assert_eq!(Phc::parse(&text).is_ok(), fits, "{costs}");
        }
    }

    #[test]
    fn pwd_11_damaged_text_is_an_error_and_never_a_panic() {
        let salt = "MDEyMzQ1Njc4OWFiY2RlZg";
        for text in [
            String::new(),
            "$".to_owned(),
            "$argon2".to_owned(),
            "$argon2id$$$$$".to_owned(),
            GOOD.replace("argon2id", "argon2x"),
            GOOD.replace("v=19", "v=18"),
            GOOD.replace("v=19", "v=é"),
            GOOD.replace(salt, "MDEy"),
            GOOD.replace(salt, "!!!!"),
            GOOD.replace(salt, &format!("{salt}==")),
            format!("{GOOD}$"),
            format!("{GOOD}="),
            format!("x{GOOD}"),
            format!("{GOOD}{}", "A".repeat(1 << 20)),
        ] {
            assert!(Phc::parse(&text).is_err(), "{text:.80}");
        }
        // Every prefix, and every single character replaced by a few troublesome ones.
        for (at, _) in GOOD.char_indices() {
            let _ = Phc::parse(&GOOD[..at]);
            for wrong in ["", "$", ",", "=", "é", "\0", "9999999999", "$$"] {
                let _ = Phc::parse(&format!("{}{wrong}{}", &GOOD[..at], &GOOD[at + 1..]));
            }
        }
    }

    #[test]
    fn random_text_never_panics() {
        let words =
            ["$", "argon2id", "argon2i", "v=19", "m=64", ",", "t=1", "p=1", "keyid=", "QUJD", "=", "é", "0", "\0"];
        let mut state = 1_u64;
        for _ in 0..20_000 {
            let mut text = String::from("$argon2");
            for _ in 0..16 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(words[usize::try_from(state >> 33).unwrap() % words.len()]);
            }
            let _ = Phc::parse(&text);
        }
    }
}
