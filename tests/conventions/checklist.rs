//! Every promise on the list is kept by a test that carries its id, or waived with a reason.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{root, rust_files};

/// The ids that test names carry: `jwt_08_crit_is_refused` is `JWT-08`, `ref_17_and_cook_03_…` both.
fn tested() -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for directory in ["tests", "auth/src", "auth-macros/src"] {
        for file in rust_files(&root().join(directory)) {
            let text = std::fs::read_to_string(file).unwrap();
            for name in text.split("fn ").skip(1).map(|rest| rest.split(['(', '<']).next().unwrap()) {
                let words: Vec<&str> = name.split('_').collect();
                for pair in words.windows(2) {
                    if pair[1].len() == 2 && pair[1].bytes().all(|byte| byte.is_ascii_digit()) {
                        ids.insert(format!("{}-{}", pair[0].to_uppercase(), pair[1]));
                    }
                }
            }
        }
    }
    ids
}

fn lines(file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join("tests").join(file)).unwrap();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

#[test]
fn every_promise_has_a_test_or_a_reason() {
    let promised = lines("checklist.txt");
    let waivers: BTreeMap<String, String> = lines("waivers.txt")
        .iter()
        .map(|line| line.split_once(char::is_whitespace).unwrap_or_else(|| panic!("no reason: {line}")))
        .map(|(id, reason)| (id.to_owned(), reason.trim().to_owned()))
        .collect();
    let tested = tested();
    let missing: Vec<_> = promised.iter().filter(|id| !tested.contains(*id) && !waivers.contains_key(*id)).collect();
    assert!(missing.is_empty(), "no test and no waiver: {missing:?}");
    let stale: Vec<_> = waivers.keys().filter(|id| tested.contains(*id) || !promised.contains(id)).collect();
    assert!(stale.is_empty(), "waived, but tested or never promised: {stale:?}");
    assert!(waivers.values().all(|reason| reason.len() > 20), "a reason is a sentence");
    assert!(promised.len() > 60 && promised.iter().collect::<BTreeSet<_>>().len() == promised.len());
}
