//! `cargo bench -p auth --bench constant_time`: whether comparisons of secrets take the same time wherever two secrets
//! differ.
//!
//! The method is that of dudect (Reparaz, Balasch, Verbauwhede 2017). Two classes of inputs take turns at random: those
//! that differ in the first byte, and those that differ in the last. A Welch t-test compares the times of the classes,
//! after the slowest tenth (interrupts) has been dropped. |t| grows with the square root of the number of measurements
//! if there is a difference, and stays small if there is none; above 10, the time says where the secrets differ.
//!
//! A comparison that stops at the first difference is measured in the same way, and must be found out: otherwise the
//! other figures would mean nothing. The figure is the median of five rounds.
//!
//! It is measured and not tested: a machine with other work says nothing in the ten seconds a test may take.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark fails by panicking")]

use std::hint::black_box;
use std::time::Instant;

use auth::random::{OsRandom, Random};
use auth::testing::constant_time::{Refresh, same};

const ROUNDS: usize = 5;
const MEASUREMENTS: usize = 100_000;
/// Calls in one measurement: together they take longer than reading the clock.
const CALLS: usize = 16;
const LEAKS: f64 = 10.0;

/// What every language offers, and what must not be used for secrets.
fn leaky(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| black_box(*a) == *b)
}

/// Mean, variance and number of some times.
#[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
fn moments(times: &[u64]) -> (f64, f64, f64) {
    let count = times.len() as f64;
    let mean = times.iter().map(|time| *time as f64).sum::<f64>() / count;
    let variance = times.iter().map(|time| (*time as f64 - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, variance, count)
}

/// Measures `call` with inputs of both classes; returns |t|.
fn round<T>(inputs: &[[T; 2]], call: &impl Fn(&T) -> bool) -> f64 {
    let mut coins = vec![0; MEASUREMENTS];
    OsRandom.fill(&mut coins).unwrap();
    let mut times = [Vec::with_capacity(MEASUREMENTS), Vec::with_capacity(MEASUREMENTS)];
    for (place, coin) in coins.iter().enumerate() {
        let class = usize::from(coin % 2);
        let input = &inputs.get(place % inputs.len()).unwrap()[class];
        let begun = Instant::now();
        for _ in 0..CALLS {
            black_box(call(black_box(input)));
        }
        times[class].push(u64::try_from(begun.elapsed().as_nanos()).unwrap());
    }
    let mut all: Vec<u64> = times.iter().flatten().copied().collect();
    all.sort_unstable();
    let most = all[all.len() / 10 * 9];
    let [first, last] = times.map(|mut times| {
        times.retain(|time| *time <= most);
        moments(&times)
    });
    let t = (first.0 - last.0) / (first.1 / first.2 + last.1 / last.2).sqrt();
    t.abs()
}

/// Prints the figure and returns whether the time depends on the input.
fn report<T>(name: &str, inputs: &[[T; 2]], call: impl Fn(&T) -> bool) -> bool {
    round(inputs, &call);
    let mut figures: Vec<f64> = (0..ROUNDS).map(|_| round(inputs, &call)).collect();
    figures.sort_unstable_by(f64::total_cmp);
    let (median, worst) = (figures[ROUNDS / 2], figures[ROUNDS - 1]);
    let leaks = median > LEAKS;
    println!(
        "{name:<44} |t| = {median:>8.1} (at most {worst:.1}){}",
        if leaks { ": depends on the input" } else { "" }
    );
    leaks
}

fn main() {
    let random = || {
        let mut bytes = [0; 32];
        OsRandom.fill(&mut bytes).unwrap();
        bytes
    };
    let flipped = |mut bytes: [u8; 32], place: usize| {
        bytes[place] ^= 1;
        bytes
    };
    let pairs: Vec<[([u8; 32], [u8; 32]); 2]> =
        (0..64).map(|_| random()).map(|a| [(a, flipped(a, 0)), (a, flipped(a, 31))]).collect();
    let refreshes: Vec<[Refresh; 2]> =
        (0..64).map(|_| [0, 31].map(|place| Refresh::new(|hash| hash[place] ^= 1).unwrap())).collect();
    assert!(refreshes.iter().flatten().all(|refresh| refresh.refused() && refresh.refused_by(leaky)));

    println!("{ROUNDS} rounds of {MEASUREMENTS} measurements; above {LEAKS} the time says where two secrets differ\n");
    let planted = [
        report("planted: stops at the first difference", &pairs, |(a, b)| leaky(a, b)),
        report("planted: the same, behind a hash", &refreshes, |refresh| refresh.refused_by(leaky)),
    ];
    let ours = [
        report("same_bytes", &pairs, |(a, b)| same(a, b)),
        report("a refresh token against the stored hash", &refreshes, Refresh::refused),
    ];
    assert_eq!(planted, [true, true], "a leak was planted and not found: the figures mean nothing");
    assert_eq!(ours, [false, false], "a comparison of secrets takes a time that depends on them");
}
