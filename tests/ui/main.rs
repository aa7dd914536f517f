//! What the compiler says about code that uses the macros: programs that must compile and run, and programs that must
//! not compile, with the text that comes out. `UPDATE_SNAPSHOTS=1 cargo test -p auth-tests --test ui` rewrites the
//! texts; read the difference before you commit it. `UI=rule/` looks only at cases with that in their path.
//!
//! The compiler is called directly, with the libraries that cargo has just built for this very test: cases share them,
//! so that a case takes a fraction of a second and a fresh clone builds nothing twice.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a panic in a test is its report")]

mod compiler;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use compiler::Compiler;

/// The texts beside the failing cases are this compiler's; another one words its own part differently.
const PINNED: &str = "rustc 1.95.";

#[test]
fn good_programs_compile_and_run() {
    let compiler = Compiler::new();
    each(&cases("ui/pass"), |case| compiler.run(case));
}

#[test]
fn bad_programs_are_told_what_to_type() {
    let compiler = Compiler::new();
    if !compiler.version.starts_with(PINNED) {
        eprintln!("skipped: the expected texts are those of {PINNED}x, this is {}", compiler.version);
        return;
    }
    let cases = cases("ui/fail");
    assert!(std::env::var_os("UI").is_some() || cases.len() >= 40, "only {} cases", cases.len());
    each(&cases, |case| {
        let now = compiler.refuse(case)?;
        let expected = case.with_extension("stderr");
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(&expected, now).expect("the text can be written");
            return Ok(());
        }
        let then = std::fs::read_to_string(&expected).unwrap_or_default();
        if then == now { Ok(()) } else { Err(format!("the compiler now says\n{now}")) }
    });
}

#[test]
fn mac_06_unknown_role_error_has_a_suggestion() {
    // That the compiler says this is seen above.
    for case in ["rule/misspelled_role", "permissions/misspelled_rule", "permissions/misspelled_grant"] {
        let text = std::fs::read_to_string(format!("ui/fail/{case}.stderr")).expect("the text can be read");
        assert!(text.contains("there is a variant with a similar name"), "{case}: {text}");
    }
    let text = std::fs::read_to_string("ui/fail/permissions/includes.stderr").expect("the text can be read");
    assert!(text.contains("did you mean `PostsRead`?"), "{text}");
}

#[test]
fn mac_09_a_password_hash_is_no_claim() {
    // That the compiler says this is seen above. A hash has no `Serialize`, and its `Debug` prints nothing of it.
    let text = std::fs::read_to_string("ui/fail/user/claim_hash.stderr").expect("the text can be read");
    assert!(text.starts_with("error"), "{text}");
}

/// Every case under `folder`, sorted.
fn cases(folder: &str) -> Vec<PathBuf> {
    let only = std::env::var("UI").unwrap_or_default();
    let mut cases = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && path.to_string_lossy().contains(&only)
            {
                cases.push(path);
            }
        }
    }
    cases.sort();
    cases
}

/// Judges every case, several at a time, and reports all that went wrong.
fn each(cases: &[PathBuf], judge: impl Fn(&Path) -> Result<(), String> + Sync) {
    let (next, wrong) = (Mutex::new(cases.iter()), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let Some(case) = next.lock().expect("no thread panicked").next() else { break };
                    if let Err(what) = judge(case) {
                        wrong.lock().expect("no thread panicked").push(format!("{}: {what}", case.display()));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no thread panicked");
    assert!(wrong.is_empty(), "{} of {} cases\n\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
