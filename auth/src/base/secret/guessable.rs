//! Recognizes secrets that somebody else can know (KEY-02): they repeat themselves, follow an alphabet, or are printed
//! somewhere. Random bytes, in whatever encoding, never look like that: for 32 of them the chance is below 2⁻⁵⁰.

use std::collections::HashSet;

use super::MIN_SECRET_BYTES;
use super::encoding::{base64, hex};

/// Secrets that were printed, by us or others: in documentation, examples, tests, standards. Whoever looks for one
/// tries these first.
const SAMPLES: [&str; 9] = [
    // Our own documentation and tests, up to the release that generates them.
    "Zg1pQ0vXkq8uJ4mYt7wRb2NcE5sHd9aL",
    "Qm2Zg1pQ0vXkq8uJ4mYt7wRb2NcE5sHd",
    "9NHEPjhpDxhNc6ijrgF9ZX4gFcs50mpVZgMJgChn8EY",
    "k9VtQx3LwYb7Rf2ZnHs8Jd5McPg6Ua4E",
    // FastAPI's tutorial.
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    // RFC 7515 §A.1, which half of all JWT tests use.
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    // RFC 7520 §3.5 and §5.3.
    "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg",
    // RFC 8037 §A.1 (an Ed25519 seed, tried as a secret all the same).
    "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    // NIST SP 800-38A and many tests of ciphers.
    "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
];
const PHRASES: [&str; 12] = [
    "secret",
    "changeme",
    "change-me",
    "change_me",
    "change this",
    "password",
    "passphrase",
    "your-256-bit",
    "your_jwt",
    "example",
    "insecure",
    "placeholder",
];
/// Rows of keyboards, in which neighbours are as guessable as neighbours in the alphabet.
const ROWS: [&str; 9] = [
    "qwertyuiop[]asdfghjkl;'zxcvbnm,./",
    "qwertzuiopüasdfghjklöäyxcvbnm,.-",
    "azertyuiop^$qsdfghjklmù*wxcvbn,;:!",
    "',.pyfgcrlaoeuidhtns-;qjkxbmwvz",
    "йцукенгшщзхъфывапролджэячсмитьбю",
    "1234567890-=",
    "!@#$%^&*()_+",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "qazwsxedcrfvtgbyhnujmikolp",
];
/// Fewer different bytes than this are not random.
const FEWEST_DIFFERENT: usize = 8;
/// How much of a long secret is looked at.
const LOOKED_AT: usize = 128;

/// Returns what makes the secret guessable, if something does.
pub(super) fn guessable(bytes: &[u8]) -> Option<&'static str> {
    if is_sample(bytes) {
        return Some("it is printed in documentation");
    }
    if bytes.iter().collect::<HashSet<_>>().len() < FEWEST_DIFFERENT {
        return Some("it repeats a few bytes");
    }
    let (head, _) = bytes.split_at(bytes.len().min(LOOKED_AT));
    let units: Vec<u32> = head.iter().copied().map(u32::from).collect();
    if repeats(bytes, &units) {
        return Some("it repeats itself");
    }
    if counts(&units) {
        return Some("it is a sequence");
    }
    let text = std::str::from_utf8(bytes).ok()?.to_lowercase();
    let characters: Vec<char> = text.chars().take(LOOKED_AT).collect();
    let units: Vec<u32> = characters.iter().copied().map(u32::from).collect();
    if counts(&units) || ROWS.iter().any(|row| runs_along(&characters, row)) {
        return Some("it is a sequence");
    }
    PHRASES.iter().any(|phrase| text.contains(phrase)).then_some("it contains a word from a tutorial")
}

/// Whether it is, or contains, a sample in any of the encodings in which one is copied.
fn is_sample(bytes: &[u8]) -> bool {
    let contains = |sample: &[u8]| {
        sample.len() >= MIN_SECRET_BYTES && bytes.windows(sample.len()).any(|part| part.eq_ignore_ascii_case(sample))
    };
    SAMPLES.iter().any(|sample| {
        let decoded = [hex(sample), base64(sample)].into_iter().flatten();
        contains(sample.as_bytes()) || decoded.into_iter().any(|bytes| contains(&bytes))
    })
}

/// Whether it is a short piece again and again, or mostly consists of pieces that occurred before.
fn repeats(bytes: &[u8], units: &[u32]) -> bool {
    let period = |period: &usize| bytes.iter().zip(bytes.iter().skip(*period)).all(|(a, b)| a == b);
    if (1..MIN_SECRET_BYTES.min(bytes.len() / 2 + 1)).any(|length| period(&length)) {
        return true;
    }
    let mut pieces = HashSet::new();
    let again = units.windows(3).filter(|piece| !pieces.insert(*piece)).count();
    again * 5 > units.len()
}

/// Whether most neighbours differ by the same step: `abc…`, `987…`, `acegik…`, bytes that count up, in any alphabet.
fn counts(units: &[u32]) -> bool {
    let steps: Vec<i64> = units.iter().zip(units.iter().skip(1)).map(|(a, b)| i64::from(*b) - i64::from(*a)).collect();
    let most = |step: &i64| steps.iter().filter(|other| *other == step).count();
    steps.iter().map(most).max().is_some_and(|most| most * 2 > steps.len())
}

/// Whether most neighbours are neighbours in this row as well.
fn runs_along(characters: &[char], row: &str) -> bool {
    let place = |c: &char| row.chars().position(|other| other == *c);
    let near = |(a, b)| place(a).zip(place(b)).is_some_and(|(a, b)| a.abs_diff(b) == 1);
    let neighbours = characters.iter().zip(characters.iter().skip(1));
    neighbours.filter(|pair| near(*pair)).count() * 2 > characters.len()
}
