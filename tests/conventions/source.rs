//! The files of the crate `auth`, without comments and unit tests.

use std::path::{Path, PathBuf};

pub(crate) struct Source {
    /// Below `auth/src`: `token/cache.rs`.
    pub(crate) path: String,
    /// The first part of the path: `token`.
    pub(crate) module: String,
    /// Line numbers, and lines that are code.
    pub(crate) code: Vec<(usize, String)>,
    /// All lines, comments and tests as well.
    pub(crate) lines: usize,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every Rust file below `directory`.
pub(crate) fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

pub(crate) fn sources() -> Vec<Source> {
    let root = root().join("auth/src");
    rust_files(&root)
        .iter()
        .map(|file| {
            let path = file.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
            let text = std::fs::read_to_string(file).unwrap();
            let module = path.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
            // Unit tests that need a folder are no part of the library.
            let code = if path.contains("/tests/") { Vec::new() } else { code(&text) };
            Source { code, lines: text.lines().count(), module, path }
        })
        .collect()
}

/// Lines up to the unit tests, without what follows `//`.
fn code(text: &str) -> Vec<(usize, String)> {
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line));
    let code = lines.take_while(|(_, line)| line.trim() != "#[cfg(test)]");
    code.map(|(number, line)| (number, without_comment(line).to_owned())).collect()
}

/// A `//` inside a string stays: it follows a colon (`https://`) wherever we write one.
fn without_comment(line: &str) -> &str {
    match line.match_indices("//").find(|(place, _)| !line[..*place].ends_with(':')) {
        Some((place, _)) => &line[..place],
        None => line,
    }
}

#[test]
fn comments_are_not_code_and_addresses_are_no_comments() {
    assert_eq!(without_comment("let a = 1; // crate::auth"), "let a = 1; ");
    assert_eq!(without_comment("/// crate::auth"), "");
    assert_eq!(without_comment("strip_prefix(\"https://\")"), "strip_prefix(\"https://\")");
}
