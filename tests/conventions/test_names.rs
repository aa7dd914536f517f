//! Names of tests are promises that can be read alone, in a line of CI: `id_subject_expectation`.

use crate::source::{root, rust_files};

/// After the ids.
const MOST_WORDS: usize = 9;

/// A name that begins with one of these continues the name of another test.
const CONTINUATIONS: [&str; 6] = ["and", "but", "it", "nor", "so", "they"];

/// How many parts of a name its first id has: two in `ref_04_…`, one in `m7_…`, none where there is no id.
fn id(parts: &[&str]) -> usize {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match parts {
        [area, number, ..] if number.len() == 2 && digits(number) && !digits(area) => 2,
        [finding, ..] if finding.split_at_checked(1).is_some_and(|(_, number)| digits(number)) => 1,
        _ => 0,
    }
}

/// The words of a name, without the ids that it begins with.
fn words(name: &str) -> Vec<&str> {
    let parts: Vec<&str> = name.split('_').filter(|part| !part.is_empty()).collect();
    let mut rest = parts.as_slice();
    loop {
        rest = match rest {
            ["and", next @ ..] if rest.len() < parts.len() && id(next) > 0 => next,
            _ if id(rest) > 0 => &rest[id(rest)..],
            _ => return rest.to_vec(),
        }
    }
}

/// The tests of a file: functions with an attribute, and names that a macro such as `on_every_store!` makes tests of.
fn tests(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let (mut is_test, mut listed) = (false, false);
    for line in text.lines().map(str::trim) {
        if listed {
            listed = line != "}";
            let names_here = line
                .split_whitespace()
                .filter(|name| name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric()));
            names.extend(names_here);
        } else if line.starts_with("on_") && line.ends_with("! {") {
            listed = true;
        } else if line == "#[test]" || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if is_test && let Some((_, after)) = line.split_once("fn ") {
            is_test = false;
            names.extend(after.split(['(', '<']).next().filter(|name| !name.starts_with('$')));
        }
    }
    names
}

#[test]
fn test_names_have_at_most_nine_words() {
    let (mut seen, mut found) = (0, Vec::new());
    for directory in ["tests", "auth/src", "auth-macros/src", "examples"] {
        for file in rust_files(&root().join(directory)) {
            let text = std::fs::read_to_string(&file).unwrap();
            for name in tests(&text) {
                let words = words(name);
                seen += 1;
                if words.len() > MOST_WORDS {
                    found.push(format!("{}: {name} has {} words", file.display(), words.len()));
                }
                if words.first().is_some_and(|first| CONTINUATIONS.contains(first)) {
                    found.push(format!("{}: {name} cannot be read alone", file.display()));
                }
            }
        }
    }
    assert!(seen > 1_300, "{seen} tests: the reader is blind");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn test_name_reader_skips_ids_and_finds_listed_names() {
    let count = |name: &str| words(name).len();
    assert_eq!(count("ref_04_spent_token_revokes_the_family"), 5);
    assert_eq!(count("ref_17_and_cook_03_tokens_are_random"), 3);
    assert_eq!(count("m2_l6_no_guard_is_weakened"), 4);
    assert_eq!(count("and_ref_04_is_no_beginning"), 6);
    assert_eq!(count("one_two_three_four_five_six_seven_eight_nine_ten"), 10);
    let text = "#[tokio::test(start_paused = true)]\n#[cfg(unix)]\nasync fn a_b() {}\nfn helper() {}\non_every_store! {\n    c_d\n    e_f\n}\n#[test]\nfn g_h<T>() {}\n";
    assert_eq!(tests(text), ["a_b", "c_d", "e_f", "g_h"]);
}
