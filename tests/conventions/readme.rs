//! What the README shows is what the repository has.

use std::fs;

use crate::source::root;

#[test]
fn the_program_of_the_readme_is_the_quick_start() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let program = fs::read_to_string(root().join("examples/quickstart/src/main.rs")).unwrap();
    // Without the line that says it is the program of the README, and without its tests.
    let program = program.split_once("\n\n").unwrap().1.replace("#[cfg(test)]\nmod tests;\n\n", "");
    let shown = readme.split_once("```rust,no_run\n").unwrap().1.split_once("```").unwrap().0;
    assert_eq!(shown, program);
}

#[test]
fn every_example_stands_in_the_readme() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for example in fs::read_dir(root().join("examples")).unwrap() {
        let name = example.unwrap().file_name().into_string().unwrap();
        // One that is several programs has a script.
        let ways = [format!("cargo run -p {name}"), format!("examples/{name}/run")];
        assert!(ways.iter().any(|way| readme.contains(way)), "{name}");
    }
}
