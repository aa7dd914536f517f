//! Argon2 with working memory that is reused from one hash to the next.

use argon2::{Argon2, Block, Params};
use zeroize::Zeroize;

use super::error::PasswordError;

/// RFC 9106 §3.1 recommends 16; NIST SP 800-63B-4 §3.1.1.2 requires 4.
pub(super) const SALT_BYTES: usize = 16;
/// 256 bits.
pub(super) const OUTPUT_BYTES: usize = 32;

/// The working memory of one thread. Allocating and clearing 19 MiB for each hash would cost 4 to 6 % of its time.
///
/// The memory does not contain the password, but after a hash it is nearly as good as one to anyone who can read it: it
/// starts with blocks that are a fast function of the password, and part of them can be computed back after later
/// passes. A guess would then cost microseconds instead of a whole hash. So a thread that runs out of work wipes it
/// ([`Scratch::wipe`]); a thread with more work overwrites it at once.
pub(super) struct Scratch {
    kept: Vec<Block>,
    /// How many blocks may be kept: what a hash with the parameters of the policy needs.
    keep: usize,
    /// How many blocks recent hashes may have written to.
    dirty: usize,
    spent: u64,
}

impl Scratch {
    /// Creates the memory without allocating anything before the first hash. At most `keep_kib` is kept between hashes.
    pub(super) const fn new(keep_kib: u32) -> Self {
        Self { kept: Vec::new(), keep: keep_kib as usize, dirty: 0, spent: 0 }
    }

    /// Returns all work done here so far, in KiB written: the measure by which answers are made to cost the same.
    pub(super) const fn spent(&self) -> u64 {
        self.spent
    }

    /// Hashes `password` into `output`.
    pub(super) fn hash(
        &mut self,
        argon: &Argon2<'_>,
        password: &str,
        salt: &[u8],
        output: &mut [u8],
    ) -> Result<(), PasswordError> {
        let needed = argon.params().block_count();
        let mut run = |memory: &mut [Block]| {
            // Only length limits can fail, and all lengths were checked before.
            argon
                .hash_password_into_with_memory(password.as_bytes(), salt, output, memory)
                .map_err(|_| PasswordError::Failed("Argon2 refused its parameters"))
        };
        self.spent = self.spent.saturating_add(cost(argon.params()));
        if needed <= self.keep {
            grow(&mut self.kept, needed)?;
            self.dirty = self.dirty.max(needed);
            run(&mut self.kept)
        } else {
            // A hash stronger than the policy gets temporary memory; otherwise one such row would raise every thread's
            // share.
            let mut memory = Vec::new();
            grow(&mut memory, needed)?;
            let done = run(&mut memory);
            memory.zeroize();
            done
        }
    }

    /// Wipes what recent hashes left behind.
    pub(super) fn wipe(&mut self) {
        self.kept.iter_mut().take(self.dirty).for_each(Zeroize::zeroize);
        self.dirty = 0;
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.wipe();
    }
}

/// Makes `memory` at least `blocks` long; running out of memory is an error instead of an abort.
fn grow(memory: &mut Vec<Block>, blocks: usize) -> Result<(), PasswordError> {
    if let Some(more) = blocks.checked_sub(memory.len()) {
        memory.try_reserve_exact(more).map_err(|_| PasswordError::OutOfMemory)?;
        memory.resize(blocks, Block::new());
    }
    Ok(())
}

fn cost(params: &Params) -> u64 {
    u64::from(params.m_cost()) * u64::from(params.t_cost())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(scratch: &mut Scratch, memory_kib: u32) -> Vec<u8> {
        let mut output = vec![0; OUTPUT_BYTES];
        let params = Params::new(memory_kib, 1, 1, Some(OUTPUT_BYTES)).unwrap();
        scratch.hash(&params.into(), "password", b"0123456789abcdef", &mut output).unwrap();
        output
    }

    fn is_blank(scratch: &Scratch) -> bool {
        scratch.kept.iter().all(|block| block.as_ref().iter().all(|word| *word == 0))
    }

    #[test]
    fn hashing_memory_is_lazy_reused_and_bounded() {
        let mut scratch = Scratch::new(64);
        assert_eq!(scratch.kept.capacity(), 0);
        let first = hash(&mut scratch, 64);
        let (address, blocks) = (scratch.kept.as_ptr(), scratch.kept.len());
        assert_eq!(blocks, 64);
        let stronger = hash(&mut scratch, 640);
        let weaker = hash(&mut scratch, 16);
        assert_eq!((scratch.kept.as_ptr(), scratch.kept.len()), (address, blocks));
        // What other hashes left in the memory does not matter.
        assert_eq!(hash(&mut scratch, 64), first);
        assert_eq!(hash(&mut Scratch::new(8), 640), stronger);
        assert_eq!(hash(&mut Scratch::new(16), 16), weaker);
        assert_eq!(scratch.spent(), 64 + 640 + 16 + 64);
    }

    #[test]
    fn wiping_leaves_nothing() {
        let mut scratch = Scratch::new(64);
        hash(&mut scratch, 64);
        hash(&mut scratch, 16);
        assert!(!is_blank(&scratch));
        scratch.wipe();
        assert!(is_blank(&scratch));
    }
}
