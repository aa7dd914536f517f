//! One call of the store that fails, whichever it is.

use auth::testing::Faults;

/// The n-th call from now fails, or is made and its answer is lost.
pub fn plan(faults: &Faults, n: usize, lost: bool) {
    let call = faults.nth("*", n);
    if lost { call.lose_response() } else { call.fail() }
}

/// Ends what was planned. Returns whether that call was reached.
pub fn healed(faults: &Faults) -> bool {
    let reached = faults.is_done();
    faults.clear();
    reached
}
