//! Whether there is an account is told by no clock: requests about one take as long as those about none, within 5 %.
//!
//! The times are measured by a program of its own, `equal_times`, in CPU time. A machine may be busy with other things,
//! so only what differs each time differs.

use std::collections::BTreeMap;
use std::process::Command;

const DOORS: [&str; 4] = ["/login", "/password/forgot", "/register", "/sign-in/mail"];
const MOST: f64 = 0.05;

/// The ratios of the times of known and unknown accounts at each door: means of one round, or of several if not all of
/// them are as expected.
fn ratios(mode: &str, expected: impl Fn(f64) -> bool) -> BTreeMap<String, f64> {
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    let mut ratios = BTreeMap::new();
    for round in [1.0, 2.0, 3.0] {
        let run = Command::new(env!("CARGO_BIN_EXE_equal_times")).args(["300", mode]).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        for line in String::from_utf8(run.stdout).unwrap().lines() {
            let (door, ratio) = line.split_once(' ').unwrap();
            *sums.entry(door.to_owned()).or_default() += ratio.parse::<f64>().unwrap();
        }
        ratios = sums.iter().map(|(door, sum)| (door.clone(), sum / round)).collect();
        if ratios.values().all(|ratio| expected(*ratio)) {
            break;
        }
    }
    assert_eq!(ratios.keys().collect::<Vec<_>>(), DOORS);
    ratios
}

fn is_equal(ratio: f64) -> bool {
    (ratio - 1.0).abs() <= MOST
}

#[test]
fn sign_10_times_tell_nobody_who_has_an_account() {
    let ratios = ratios("as they are", is_equal);
    assert!(ratios.values().all(|ratio| is_equal(*ratio)), "known / unknown: {ratios:?}");
}

#[test]
fn sign_10_a_planted_tenth_is_found_at_every_door() {
    let is_found = |ratio| !is_equal(ratio);
    let ratios = ratios("planted", is_found);
    assert!(ratios.values().all(|ratio| is_found(*ratio)), "{ratios:?}");
}
