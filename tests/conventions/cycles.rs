//! No two files take names from each other, directly or through others.

use std::collections::{BTreeMap, BTreeSet};

use crate::imports::Crate;
use crate::source::root;

type Imports<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Everything that can be reached from `file`.
fn reached<'a>(imports: &Imports<'a>, file: &'a str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next = vec![file];
    while let Some(file) = next.pop() {
        for to in imports.get(file).into_iter().flatten() {
            if reached.insert(*to) {
                next.push(to);
            }
        }
    }
    reached
}

/// The groups of files that reach each other.
fn cycles<'a>(imports: &Imports<'a>) -> Vec<BTreeSet<&'a str>> {
    let reach: Imports<'a> = imports.keys().map(|file| (*file, reached(imports, file))).collect();
    let both = |one: &str, other: &str| reach.get(one).is_some_and(|reached| reached.contains(other));
    let mut cycles: Vec<BTreeSet<&str>> = Vec::new();
    for file in reach.keys().filter(|file| both(file, file)) {
        let group: BTreeSet<&str> =
            reach.keys().copied().filter(|other| both(file, other) && both(other, file)).collect();
        if !cycles.contains(&group) {
            cycles.push(group);
        }
    }
    cycles
}

fn described(imports: &Imports<'_>, group: &BTreeSet<&str>) -> String {
    let edges = group.iter().flat_map(|from| {
        let to = imports.get(from).into_iter().flatten().filter(|to| group.contains(*to));
        to.map(move |to| format!("    {from} -> {to}\n"))
    });
    format!("{} files\n{}", group.len(), edges.collect::<String>())
}

#[test]
fn no_file_takes_names_in_a_circle() {
    for name in ["auth", "auth-macros"] {
        let read = Crate::read(&root().join(name).join("src"));
        let imports = read.imports();
        let edges: usize = imports.values().map(BTreeSet::len).sum();
        let cycles = cycles(&imports);
        println!("{name}: {} files, {edges} imports, {} cycles", imports.len(), cycles.len());
        assert!(edges > 50, "the reader is blind");
        let list: String = cycles.iter().map(|cycle| described(&imports, cycle)).collect();
        assert!(cycles.is_empty(), "{name} has these cycles:\n{list}");
    }
}

#[test]
fn a_planted_cycle_is_found() {
    let to = |files: &[&'static str]| files.iter().copied().collect();
    let mut imports: Imports<'_> = [("a", to(&["b"])), ("b", to(&["c"])), ("c", to(&[])), ("d", to(&["a"]))].into();
    assert!(cycles(&imports).is_empty());
    imports.insert("c", to(&["a"]));
    assert_eq!(cycles(&imports), [BTreeSet::from(["a", "b", "c"])]);
}
