//! House rules that a machine can hold.

use crate::source::{root, rust_files, sources};

const MOST_LINES: usize = 400;

/// Where a condition on a feature stands on something other than a `mod`, a `use`, or a field or statement that
/// registers the feature's part. Each with the number of them.
const CONDITIONS: [(&str, usize); 7] = [
    ("auth/build.rs", 10),
    ("auth/builder.rs", 8),
    ("account/mod.rs", 1),
    ("http/routes/mod.rs", 1),
    ("http/extract/guard.rs", 1),
    ("store/macro_support.rs", 8),
    ("keys/crypto_provider.rs", 1),
];

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    for source in sources() {
        assert!(source.lines <= MOST_LINES, "{} has {} lines: split it by question", source.path, source.lines);
    }
    for file in rust_files(&root().join("tests")) {
        let lines = std::fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines", file.display());
    }
}

#[test]
fn sup_05_nothing_in_a_request_unwraps() {
    for source in sources().iter().filter(|source| !source.path.ends_with("/tests.rs") && source.module != "testing") {
        for (number, line) in &source.code {
            for call in [".unwrap()", ".expect(", "panic!(", "unreachable!(", "todo!(", "unimplemented!("] {
                assert!(!line.contains(call), "{}:{number}: {call}", source.path);
            }
        }
    }
}

#[test]
fn sup_03_workspace_crates_forbid_unsafe_code() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("unsafe_code = \"forbid\""));
    for member in ["auth", "auth-macros", "tests"] {
        let manifest = std::fs::read_to_string(root().join(member).join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{member}");
    }
}

#[test]
fn conditions_on_features_stand_where_parts_are_registered() {
    for source in sources() {
        let mut elsewhere = 0;
        let mut lines = source.code.iter().peekable();
        while let Some((_, line)) = lines.next() {
            let line = line.trim();
            // What documentation says of features is no condition.
            if !(line.contains("cfg(") && line.contains("feature")) || line.contains("doc(auto_cfg(") {
                continue;
            }
            let next =
                lines.clone().map(|(_, line)| line.trim()).find(|line| !line.is_empty() && !line.starts_with("#["));
            let next = next.unwrap_or_default();
            let whole =
                ["mod ", "use ", "pub mod ", "pub use ", "pub(crate) mod ", "pub(crate) use ", "compile_error!"];
            if !whole.iter().any(|start| next.starts_with(start)) {
                elsewhere += 1;
            }
        }
        let allowed = CONDITIONS.iter().find(|(path, _)| *path == source.path).map_or(0, |(_, number)| *number);
        assert!(elsewhere <= allowed, "{}: {elsewhere} conditions inside code, {allowed} allowed", source.path);
    }
}
