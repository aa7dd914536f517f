//! Texts that leave the program (log lines, problem details, documents, messages of the test kit) use the field's words,
//! and none of the words that only the code would explain.

use crate::source::{Source, sources};

/// Private words, in every form in which they appear. As whole words: `looking glass` has none of them.
const PRIVATE: [&str; 17] = [
    "news", "look", "looks", "looked", "looking", "mark", "marks", "marked", "lane", "lanes", "turn", "turns", "told",
    "kept", "anew", "whoever", "log-out",
];

/// Names that meant something only here, and have been replaced: see "Former names" in ARCHITECTURE.md.
const FORMER: [&str; 36] = [
    "AtTheEnd",
    "Boxing",
    "BrokenRule",
    "Forgetting",
    "Heard",
    "Hurried",
    "Judged",
    "Lane",
    "LegacyVerdict",
    "LinkError",
    "Meaning",
    "NotMine",
    "OtherForms",
    "Patient",
    "PatientAccounts",
    "Said",
    "Tried",
    "Tries",
    "TryRules",
    "Turn",
    "Turns",
    "Wanted",
    "ask_telling",
    "can_be_there",
    "caught_now",
    "fetch_soon",
    "forget_at_the_end",
    "give_back",
    "given_up",
    "is_useless",
    "kept_by",
    "other_forms",
    "patiently",
    "see_off",
    "tell_away",
    "unhurried",
];

/// The string literals of a file, with the number of the line in which each begins.
fn literals(source: &Source) -> Vec<(usize, String)> {
    let mut literals = Vec::new();
    let mut open: Option<(usize, String, Option<usize>)> = None;
    for (number, line) in &source.code {
        let mut rest = line.as_str();
        loop {
            match open.take() {
                None => {
                    let Some(place) = rest.find(['"', '\'']) else { break };
                    let (before, after) = (&rest[..place], &rest[place + 1..]);
                    if rest[place..].starts_with('\'') {
                        rest = without_char(after);
                        continue;
                    }
                    let hashes = before.chars().rev().take_while(|c| *c == '#').count();
                    let is_raw = before[..before.len() - hashes].ends_with('r');
                    open = Some((*number, String::new(), is_raw.then_some(hashes)));
                    rest = after;
                }
                Some((begin, mut text, raw)) => {
                    let Some(place) = rest.find(['"', '\\']) else {
                        text.push_str(rest.trim_start());
                        text.push('\n');
                        open = Some((begin, text, raw));
                        break;
                    };
                    text.push_str(&rest[..place]);
                    let (found, after) = rest[place..].split_at(1);
                    let ends = found == "\"" && raw.is_none_or(|hashes| after.starts_with(&"#".repeat(hashes)));
                    if ends {
                        literals.push((begin, text));
                        rest = after;
                        continue;
                    }
                    if found == "\\" && raw.is_none() {
                        // An escape: its meaning matters to no word, but `\"` does not end the text.
                        text.push(' ');
                        rest = after.get(1..).unwrap_or_default();
                        if rest.is_empty() {
                            open = Some((begin, text, raw));
                            break;
                        }
                    } else {
                        text.push_str(found);
                        rest = after;
                    }
                    open = Some((begin, text, raw));
                }
            }
        }
    }
    literals
}

/// What follows a character literal, or what follows the quote of a lifetime.
fn without_char(after: &str) -> &str {
    let mut chars = after.char_indices();
    let end = match chars.next() {
        Some((_, '\\')) => after.get(2..).and_then(|rest| rest.find('\'')).map(|end| end + 2),
        Some((_, c)) => after[c.len_utf8()..].starts_with('\'').then_some(c.len_utf8()),
        None => None,
    };
    end.map_or(after, |end| &after[end + 1..])
}

/// The private words of a text. What is in backticks or braces is code, and one word alone is a name.
fn private_words(text: &str) -> Vec<&'static str> {
    if text.split_whitespace().nth(1).is_none() {
        return Vec::new();
    }
    let prose: String = text.split('`').step_by(2).collect::<Vec<_>>().join(" ");
    let prose: String = prose.split('{').map(|part| part.split_once('}').map_or(part, |(_, after)| after)).collect();
    let words: Vec<String> =
        prose.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_').map(str::to_lowercase).collect();
    PRIVATE.into_iter().filter(|private| words.iter().any(|word| word == private)).collect()
}

/// Unit tests leave nothing.
fn is_read(source: &Source) -> bool {
    !source.path.ends_with("tests.rs")
}

#[test]
fn texts_that_leave_the_program_have_no_private_words() {
    let (mut found, mut read) = (Vec::new(), 0);
    for source in sources().iter().filter(|source| is_read(source)) {
        for (number, text) in literals(source) {
            read += 1;
            for word in private_words(&text) {
                found.push(format!("{}:{number}: {word}: {text}", source.path));
            }
        }
    }
    assert!(read > 2_000, "{read} texts: the reader is blind");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn former_names_have_not_come_back() {
    for source in sources() {
        for (number, line) in &source.code {
            for name in line.split(|c: char| !c.is_alphanumeric() && c != '_') {
                assert!(!FORMER.contains(&name), "{}:{number}: {name} has another name now", source.path);
            }
        }
    }
}

#[test]
fn a_planted_private_word_is_found() {
    let planted = [
        r#"tracing::warn!(target: "a", quote = '"', "no news from the store");"#,
        r##"let text = r#"nobody was "told" so"#;"##,
        "let text = \"a text that goes on \\",
        "    in the next line, and then it turns\";",
        r#"let fine = ("news", "code in `news()` and {news}", "renewed, newsletter", 'x');"#,
    ];
    let code = planted.iter().enumerate().map(|(number, line)| (number + 1, (*line).to_owned())).collect();
    let source = Source { path: "a.rs".to_owned(), module: "a".to_owned(), code, lines: planted.len() };
    let found: Vec<_> = literals(&source)
        .iter()
        .flat_map(|(number, text)| private_words(text).into_iter().map(|w| (*number, w)))
        .collect();
    assert_eq!(found, [(1, "news"), (2, "told"), (3, "turns")]);
}
