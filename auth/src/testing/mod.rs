//! For tests: a clock you move, randomness that repeats, stores in memory (feature `testing`).

mod clock;
mod random;
mod token;

pub use clock::ManualClock;
pub use random::SeededRandom;
