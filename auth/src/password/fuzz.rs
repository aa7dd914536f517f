//! What a fuzzer asks about stored hashes.

use argon2::Version;

use super::params::HashParams;
use super::phc::{Phc, write};

/// What was read from the text of a hash.
#[derive(Debug, PartialEq, Eq)]
pub struct Read {
    /// In KiB.
    pub memory: u32,
    /// How many passes.
    pub passes: u32,
    /// How many lanes.
    pub lanes: u32,
    /// The key id of a pepper.
    pub key_id: Option<Vec<u8>>,
    /// The salt.
    pub salt: Vec<u8>,
    /// The hash itself.
    pub output: Vec<u8>,
    /// The hash as we write it; `None` for a kind that we do not write.
    pub written: Option<String>,
}

/// Reads the text of a hash.
#[must_use]
pub fn phc(text: &str) -> Option<Read> {
    let phc = Phc::parse(text).ok()?;
    let (memory, passes, lanes) = (phc.params.m_cost(), phc.params.t_cost(), phc.params.p_cost());
    let key_id = phc.key_id.as_deref().map(std::str::from_utf8).transpose();
    let ours = text.starts_with("$argon2id$") && phc.version == Version::V0x13;
    let written = key_id
        .ok()
        .filter(|_| ours)
        .map(|id| write(HashParams::new(memory, passes, lanes), id, &phc.salt, &phc.output));
    Some(Read { memory, passes, lanes, key_id: phc.key_id, salt: phc.salt, output: phc.output, written })
}
