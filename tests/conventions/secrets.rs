//! Secrets are compared in constant time, by `secret::same_bytes`: the compiler refuses `==` where a type has none.

use crate::source::{Source, sources};

/// Types that hold secrets, none of which can be compared by `==`.
const SECRET_TYPES: [&str; 9] =
    ["Secret", "Password", "RefreshToken", "DataKey", "KeySet", "FactorKeys", "Pepper", "RecoveryCodes", "MailToken"];

/// What a secret looks like where it is text or bytes.
const SECRET_VALUES: [&str; 6] = [".expose()", ".reveal()", ".mac(", "hmac_sha256(", ".code(token", "signature("];

/// Lines that compare one of these all the same, each with its reason.
const KNOWN: [(&str, &str); 3] = [
    ("password/pepper.rs", "the name of a pepper, which stands in every hash"),
    ("store/sql/insert.rs", "whether the table has kept the hash that was just written: nobody else chose either"),
    ("token/cache.rs", "signatures are compared by `same_bytes` first, and the rest of a token is no secret"),
];

/// Whether `==` is there for a type: derived, or written.
fn can_be_compared(source: &Source, name: &str) -> Option<bool> {
    let at = source.code.iter().position(|(_, line)| {
        let after = line.split_once("struct ").map(|(_, after)| after);
        let named = after.and_then(|after| after.strip_prefix(name)).and_then(|rest| rest.chars().next());
        named.is_some_and(|next| !next.is_alphanumeric() && next != '_')
    })?;
    let attributes = source.code[..at].iter().rev().take_while(|(_, line)| line.starts_with("#[") || line.is_empty());
    let derived = attributes.into_iter().any(|(_, line)| line.contains("PartialEq"));
    let written = source.code.iter().any(|(_, line)| {
        line.starts_with("impl") && line.contains("PartialEq") && line.contains(&format!("for {name}"))
    });
    Some(derived || written)
}

#[test]
fn pwd_16_no_type_of_a_secret_has_an_equality() {
    let sources = sources();
    for name in SECRET_TYPES {
        let found: Vec<_> = sources.iter().filter_map(|source| can_be_compared(source, name)).collect();
        assert!(!found.is_empty(), "there is no `struct {name}`");
        assert!(
            !found.contains(&true),
            "`{name}` can be compared by `==`: how long that takes tells where they differ"
        );
    }
    // The reader sees one that can.
    assert!(sources.iter().any(|source| can_be_compared(source, "PasswordHash") == Some(true)));
}

#[test]
fn pwd_16_no_text_of_a_secret_is_compared_by_equality() {
    let (mut seen, mut found) = (Vec::new(), Vec::new());
    for source in sources().iter().filter(|source| source.module != "testing" && !source.path.ends_with("tests.rs")) {
        for (number, line) in &source.code {
            let compares = line.contains("==") || line.contains("!=");
            if !(compares && SECRET_VALUES.iter().any(|value| line.contains(value))) {
                continue;
            }
            match KNOWN.iter().find(|(path, _)| *path == source.path) {
                Some((path, _)) => seen.push(*path),
                None => found.push(format!("{}:{number}: {}", source.path, line.trim())),
            }
        }
    }
    assert!(found.is_empty(), "write `same_bytes`:\n{}", found.join("\n"));
    for (path, _) in KNOWN {
        assert!(seen.contains(&path), "{path} compares no secret any more: take the line away");
    }
}
