//! What the compiler says about code that uses the macros: programs that must compile and run, and programs that must
//! not compile, with the text that comes out. `TRYBUILD=overwrite` rewrites the texts.

use std::process::Command;

/// The texts beside the failing cases are this compiler's; another one words its own part differently.
const PINNED: &str = "rustc 1.95.";

#[test]
fn good_programs_compile_and_run() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}

#[test]
fn bad_programs_are_told_what_to_type() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(rustc).arg("--version").output().expect("rustc runs");
    let version = String::from_utf8_lossy(&version.stdout);
    if !version.starts_with(PINNED) {
        eprintln!("skipped: the expected texts are those of {PINNED}x, this is {version}");
        return;
    }
    let cases = trybuild::TestCases::new();
    for question in ["user", "roles", "handler", "rule", "routes"] {
        cases.compile_fail(format!("ui/fail/{question}/*.rs"));
    }
}
