//! Sets of the values of an enum, as bits: bit *n* is the value at index *n*, 64 of them in each word.

use std::fmt::Debug;

const WORD: usize = u64::BITS as usize;

/// A set of indices: as many words of 64 bits as an enum needs. `[u64; 1]`, that of most enums, is as fast as a `u64`.
///
/// An index for which there is no bit is in no set. A *table* has the words of one set for each index of an enum, one
/// set after the other.
pub trait Bits: Copy + Debug + Ord + Send + Sync + 'static {
    /// The empty set.
    const NONE: Self;

    /// Returns whether `index` is in the set.
    fn has(&self, index: usize) -> bool;

    /// Adds `index`.
    fn insert(&mut self, index: usize);

    /// Removes `index`.
    fn remove(&mut self, index: usize);

    /// Adds everything that is in `other`.
    fn add(&mut self, other: &Self);

    /// Returns the sets of a table.
    fn sets(table: &[u64]) -> impl Iterator<Item = Self>;

    /// Returns the set at `index` of a table; the empty one if the table ends before.
    fn at(table: &[u64], index: usize) -> Self {
        Self::sets(table).nth(index).unwrap_or(Self::NONE)
    }

    /// Returns the union of those sets of a table whose index is in this set.
    fn gather<B: Bits>(&self, table: &[u64]) -> B {
        let mut all = B::NONE;
        for (index, set) in B::sets(table).enumerate() {
            if self.has(index) {
                all.add(&set);
            }
        }
        all
    }
}

impl<const N: usize> Bits for [u64; N] {
    const NONE: Self = [0; N];

    fn has(&self, index: usize) -> bool {
        self.get(index / WORD).is_some_and(|word| word >> (index % WORD) & 1 == 1)
    }

    fn insert(&mut self, index: usize) {
        if let Some(word) = self.get_mut(index / WORD) {
            *word |= 1 << (index % WORD);
        }
    }

    fn remove(&mut self, index: usize) {
        if let Some(word) = self.get_mut(index / WORD) {
            *word &= !(1 << (index % WORD));
        }
    }

    fn add(&mut self, other: &Self) {
        self.iter_mut().zip(other).for_each(|(word, other)| *word |= other);
    }

    fn sets(table: &[u64]) -> impl Iterator<Item = Self> {
        // Without words, there is nothing that a table could hold.
        table.chunks_exact(N.max(1)).filter_map(|words| words.try_into().ok())
    }
}

/// Returns the union of `sets`. Traits have no const functions, so this one is for arrays only. Called by generated
/// code, in constants.
#[must_use]
#[allow(clippy::indexing_slicing, reason = "it runs in the compiler: an index that is not there is an error there")]
pub const fn union<const N: usize>(mut sets: &[[u64; N]]) -> [u64; N] {
    let mut all = [0; N];
    while let [set, rest @ ..] = sets {
        let mut word = 0;
        while word < N {
            all[word] |= set[word];
            word += 1;
        }
        sets = rest;
    }
    all
}
