//! A state that is logged when it begins and when it ends, not each time it is met.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the beginning of a state was logged.
#[derive(Debug, Default)]
pub(crate) struct LogOnce(AtomicBool);

impl LogOnce {
    /// Returns whether the state begins now, which is then to be logged.
    pub(crate) fn begins(&self) -> bool {
        // Usually nothing changes, and a read leaves the cache line with every core.
        !self.0.load(Ordering::Acquire) && !self.0.swap(true, Ordering::AcqRel)
    }

    /// Returns whether the state ends now, which is then to be logged.
    pub(crate) fn ends(&self) -> bool {
        self.0.load(Ordering::Acquire) && self.0.swap(false, Ordering::AcqRel)
    }
}

#[cfg(test)]
mod tests {
    use super::LogOnce;

    #[test]
    fn each_change_is_logged_once() {
        let state = LogOnce::default();
        assert!(!state.ends(), "it never began");
        assert!(state.begins() && !state.begins());
        assert!(state.ends() && !state.ends());
        assert!(state.begins(), "again");
    }
}
