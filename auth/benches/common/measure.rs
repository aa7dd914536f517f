//! Measures calls that take turns.

use std::time::{Duration, Instant};

pub(crate) const ROUNDS: usize = 41;
pub(crate) const CALLS: u32 = 5_000;

/// Returns the nanoseconds per call of each candidate: the median over rounds in which they take turns. `run` makes the
/// given number of calls to one candidate.
pub(crate) fn measure<T, const N: usize>(mut candidates: [(&str, T); N], mut run: impl FnMut(&mut T, u32)) -> [f64; N] {
    let mut rounds = [const { Vec::new() }; N];
    for _ in 0..ROUNDS {
        for ((_, candidate), times) in candidates.iter_mut().zip(&mut rounds) {
            let start = Instant::now();
            run(candidate, CALLS);
            times.push(start.elapsed());
        }
    }
    let medians = rounds.map(|mut times: Vec<Duration>| {
        times.sort();
        times.get(ROUNDS / 2).unwrap().as_secs_f64() * 1e9 / f64::from(CALLS)
    });
    for ((name, candidate), median) in candidates.iter_mut().zip(medians) {
        let allocations = allocation_counter::measure(|| run(candidate, 1)).count_total;
        println!("{name:32} {median:8.0} ns  {allocations:3} allocations");
    }
    medians
}
