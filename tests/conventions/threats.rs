//! Each row of the threat model names tests that exist.

use std::collections::BTreeSet;
use std::fs;

use crate::source::{root, rust_files};

#[test]
fn every_row_of_the_threat_model_has_its_tests() {
    let tests: BTreeSet<String> = ["tests", "auth/src", "auth-macros/src", "examples"]
        .iter()
        .flat_map(|directory| rust_files(&root().join(directory)))
        .flat_map(|file| {
            let text = fs::read_to_string(file).unwrap();
            text.split("fn ").skip(1).map(|rest| rest.split(['(', '<']).next().unwrap().to_owned()).collect::<Vec<_>>()
        })
        .collect();
    let model = fs::read_to_string(root().join("THREAT_MODEL.md")).unwrap();
    let rows = model.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| what"));
    let mut seen = 0;
    for row in rows {
        let cell = row.trim_end_matches('|').rsplit('|').next().unwrap();
        let named: Vec<_> = cell.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "no test: {row}");
        for name in named {
            assert!(tests.contains(name), "there is no test `{name}`");
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen}: the rows were not found");
}
