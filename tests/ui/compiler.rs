//! rustc, with what a program needs to use the framework.
//!
//! Compile-fail tests call rustc themselves, with the libraries that cargo has just built for that test; the usual
//! runner builds the whole tree a second time with other flags.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What a case may `use`.
const LIBRARIES: [&str; 4] = ["auth", "axum", "serde", "sqlx"];

pub(crate) struct Compiler {
    /// `rustc 1.95.0 (…)`
    pub(crate) version: String,
    /// Where the libraries are.
    libraries: BTreeMap<String, PathBuf>,
    /// For the programs.
    out: PathBuf,
}

impl Compiler {
    /// Asks cargo what it built.
    pub(crate) fn new() -> Self {
        let version = rustc().arg("--version").output().expect("rustc runs");
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut ask = Command::new(cargo);
        ask.args(["test", "--no-run", "--quiet", "--test", "ui", "--message-format=json"]);
        let built = ask.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo runs");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let libraries: BTreeMap<_, _> = String::from_utf8_lossy(&built.stdout).lines().filter_map(library).collect();
        assert_eq!(libraries.len(), LIBRARIES.len(), "cargo built {libraries:?}");
        let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("ui");
        std::fs::create_dir_all(&out).expect("the folder can be made");
        Self { version: String::from_utf8_lossy(&version.stdout).into_owned(), libraries, out }
    }

    /// Compiles the program and runs it.
    pub(crate) fn run(&self, case: &Path) -> Result<(), String> {
        let program = self.out.join(name(case));
        let compiled = self.compile(case, &program, "link");
        if !compiled.status.success() || !compiled.stderr.is_empty() {
            return Err(format!("does not compile without a word\n{}", text(&compiled)));
        }
        let ran = Command::new(&program).output().map_err(|error| error.to_string())?;
        let _ = std::fs::remove_file(program);
        if ran.status.success() { Ok(()) } else { Err(format!("compiles but fails\n{}", text(&ran))) }
    }

    /// What the compiler says, in words that are the same on every machine.
    pub(crate) fn refuse(&self, case: &Path) -> Result<String, String> {
        let refused = self.compile(case, &self.out.join(name(case)), "metadata");
        if refused.status.success() { Err("compiles".to_owned()) } else { Ok(portable(&text(&refused))) }
    }

    fn compile(&self, case: &Path, to: &Path, emit: &str) -> Output {
        let mut rustc = rustc();
        // Warnings that a case does not ask for are not what it is about.
        rustc.args(["--edition=2024", "--crate-type=bin", "--crate-name=case", "-Adead_code", "-Cdebuginfo=0"]);
        rustc.args(["--color=never", "--diagnostic-width=140", "--emit", emit, "-o"]).arg(to).arg(case);
        for (name, path) in &self.libraries {
            rustc.arg("--extern").arg(format!("{name}={}", path.display()));
            let folder = path.parent().unwrap_or(path);
            rustc.arg("-L").arg(format!("dependency={}", folder.display()));
        }
        rustc.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("rustc runs")
    }
}

fn rustc() -> Command {
    Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

/// `ui/fail/rule/comma.rs` → `ui-fail-rule-comma`
fn name(case: &Path) -> String {
    case.with_extension("").to_string_lossy().replace(['/', '\\'], "-")
}

/// Name and file of a library that cargo says it built (of the direct dependencies: the first of a name is enough,
/// since each of them is there in one version).
fn library(line: &str) -> Option<(String, PathBuf)> {
    let message: serde_json::Value = serde_json::from_str(line).ok()?;
    let name = message["target"]["name"].as_str().filter(|name| LIBRARIES.contains(name))?;
    let files = message["filenames"].as_array()?;
    let mut files = files.iter().filter_map(|file| file.as_str()).map(PathBuf::from);
    let file = files.find(|file| file.extension().is_some_and(|extension| extension == "rlib"))?;
    Some((name.to_owned(), file))
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// What the compiler said, without what differs between machines and moves with every change of a library: places
/// outside the case, the code there, and lists of other types that would have done.
fn portable(text: &str) -> String {
    let mut portable = String::new();
    let (mut elsewhere, mut listing) = (false, false);
    for line in text.lines() {
        let bare = line.trim_start();
        let gutter = bare.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
        let (code, place) =
            (gutter.starts_with('|') || bare == "...", bare.starts_with("--> ") || bare.starts_with("::: "));
        listing &= line.starts_with(' ') && !code && !place && !bare.starts_with("= ");
        elsewhere &= code;
        // Names a file of its own making.
        let long_type = bare.contains("long-type-") || bare.contains("to print the full type name to the console");
        if listing || elsewhere || long_type {
            continue;
        }
        let line = if place {
            elsewhere = !bare.contains(" ui/");
            format!("   {}", if elsewhere { without_place(bare) } else { bare.to_owned() })
        } else if code && bare != "..." {
            // The width of the margin depends on the longest line number, wherever that is.
            let number = bare.split('|').next().unwrap_or_default().trim();
            format!("{number:>3} {gutter}")
        } else if bare != gutter && (gutter.starts_with("+ ") || gutter.starts_with("- ")) {
            let number = bare.split(' ').next().unwrap_or_default();
            format!("{number:>3} {gutter}")
        } else if bare.starts_with("= ") {
            listing = bare.contains("the following other types implement trait");
            format!("    {bare}")
        } else {
            line.to_owned()
        };
        // Whether a path is shortened depends on what else was built: no other trait may have the last name.
        portable.push_str(line.trim_end().replace("std::future::Future", "Future").as_str());
        portable.push('\n');
    }
    portable
}

/// `--> /home/…/registry/src/…/axum-core-0.5.5/src/extract/mod.rs:87:1` → `--> axum-core/src/extract/mod.rs`
fn without_place(line: &str) -> String {
    let (arrow, path) = line.split_once(' ').unwrap_or((line, ""));
    let path = path.split_once(".rs:").map_or(path.to_owned(), |(file, _)| format!("{file}.rs"));
    let package = path.split_once("/registry/src/").and_then(|(_, path)| path.split('/').nth(1));
    let Some(versioned) = package else {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(|path| format!("{}/", path.display()));
        let library = path.split_once("/library/").map(|(_, file)| file.to_owned());
        return format!("{arrow} {}", library.unwrap_or_else(|| path.replace(&workspace.unwrap_or_default(), "")));
    };
    let file = path.split_once(versioned).map_or("", |(_, file)| file);
    let name = versioned.rsplit_once('-').map_or(versioned, |(name, _)| name);
    format!("{arrow} {name}{file}")
}
