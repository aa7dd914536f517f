//! The text form of an Argon2 hash: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<output>` (PHC string format).
//!
//! Stored text is not trusted: whoever can write to the table must not be able to make a login take all memory, or
//! to crash it. So every number has a bound before it is used.

use argon2::{Algorithm, Params, Version};
use base64ct::{Base64Unpadded, Encoding};

use super::params::{HashParams, MAX_LANES, MAX_MEMORY_KIB, MAX_PASSES};

/// A hash with the largest values allowed has about 250 characters.
const MAX_TEXT: usize = 320;
const SALT_BYTES: std::ops::RangeInclusive<usize> = 8..=64;
const OUTPUT_BYTES: std::ops::RangeInclusive<usize> = 16..=64;
const MAX_KEY_ID_BYTES: usize = 8;

/// A stored hash, taken apart.
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
    /// Whether text is meant to be a hash of ours; anything else is a matter of legacy verifiers.
    pub(super) fn is_meant_by(text: &str) -> bool {
        text.starts_with("$argon2")
    }

    /// Reads a stored hash. The error says what is wrong with it, and quotes nothing.
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
        // Hashes from before Argon2 1.3 may have no version; they mean 1.0.
        let version = match next.strip_prefix("v=") {
            None => Version::V0x10,
            Some(digits) => {
                next = parts.next().ok_or("it ends after the version")?;
                Version::try_from(number(digits).ok_or("the version is no number")?)
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

    /// Whether a fresh hash would be better: less work, shorter, or of another kind than the policy asks for.
    pub(super) fn is_weaker_than(&self, policy: HashParams) -> bool {
        self.algorithm != Algorithm::Argon2id
            || self.version != Version::V0x13
            || self.params.m_cost() < policy.memory_kib
            || self.params.t_cost() < policy.passes
            || self.salt.len() < super::argon::SALT_BYTES
            || self.output.len() < super::argon::OUTPUT_BYTES
    }
}

/// Writes a hash down.
pub(super) fn write(params: HashParams, key_id: Option<&str>, salt: &[u8], output: &[u8]) -> String {
    let HashParams { memory_kib, passes, lanes, .. } = params;
    let encode = Base64Unpadded::encode_string;
    let key_id = key_id.map(|id| format!(",keyid={}", encode(id.as_bytes()))).unwrap_or_default();
    format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}{key_id}${}${}", encode(salt), encode(output))
}

/// `m=…,t=…,p=…` and perhaps `,keyid=…`, in this order, as every implementation writes them.
fn parameters(text: &str, output_len: usize) -> Result<(Params, Option<Vec<u8>>), &'static str> {
    let mut fields = text.split(',');
    let mut field = |name: &str| fields.next()?.strip_prefix(name)?.strip_prefix('=');
    let mut cost = |name, most| field(name).and_then(number).filter(|value| (1..=most).contains(value));
    let memory = cost("m", MAX_MEMORY_KIB).ok_or("the memory cost is missing or out of bounds")?;
    let passes = cost("t", MAX_PASSES).ok_or("the number of passes is missing or out of bounds")?;
    let lanes = cost("p", MAX_LANES).ok_or("the number of lanes is missing or out of bounds")?;
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
    // The remaining rule, 8 KiB a lane, is Argon2's own.
    let params = Params::new(memory, passes, lanes, Some(output_len)).map_err(|_| "the parameters do not fit")?;
    Ok((params, key_id))
}

/// Decimal digits only: `parse` alone would take a sign.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    Base64Unpadded::decode_vec(text).ok()
}
