//! Codes of the app and recovery codes as they are typed: only a code is right, however it is grouped, and only once.
//!
//! A line is one try, or time that goes by. In a code of the app, `a` to `f` are the digits that the app shows now, `g` to
//! `l` those of the step before, `m` to `r` those of the step after, and `s` to `x` those of two steps before. In a
//! recovery code (of the number that comes first), `!`, `"`, `#` and `$` are its groups.
#![no_main]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use auth::fuzzing::{Account, recovery_code};
use auth_fuzz::{budget, filled_in, ungrouped, within_budget};
use libfuzzer_sys::fuzz_target;

static ACCOUNT: LazyLock<Account> = LazyLock::new(|| Account::new().expect("it can be made"));

/// What Crockford's alphabet makes of a text: the digits and letters that a code may have.
fn by_the_book(typed: &str) -> Option<String> {
    let code = ungrouped(typed).replace(['o', 'O'], "0").replace(['i', 'I', 'l', 'L'], "1").to_ascii_lowercase();
    let is_letter = |letter: char| letter.is_ascii_digit() || (letter.is_ascii_lowercase() && letter != 'u');
    (code.chars().count() == 16 && code.chars().all(is_letter)).then_some(code)
}

/// Returns the step that the code is of, as RFC 6238 says it: the latest, if it is one of three.
fn step(account: &Account, typed: &str) -> Option<u64> {
    let (code, now) = (ungrouped(typed), account.now() / 30);
    (now - 1..=now + 1).rev().find(|step| account.shown_at(step * 30).as_ref() == Some(&code))
}

fuzz_target!(|text: &str| {
    let account = ACCOUNT.unused().expect("it can be copied");
    let printed: Vec<String> = account.recovery_codes.iter().map(|code| ungrouped(code)).collect();
    let (mut last, mut unused) = (account.now() / 30, printed.iter().collect::<BTreeSet<_>>());
    for line in text.split('\n').take(64) {
        let mut rest = line.chars();
        match rest.next() {
            Some('+') => account.advance(rest.as_str().bytes().map(u64::from).sum()),
            Some('t') => {
                let at = |steps: i64| account.shown_at(account.now().saturating_add_signed(steps * 30));
                let shown = [0, -1, 1, -2].map(|steps| at(steps).expect("the app shows something"));
                assert!(shown.iter().all(|code| code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit())));
                let typed = filled_in(rest.as_str(), 'a', &shown);
                let right = step(&account, &typed).filter(|step| *step > last);
                assert_eq!(account.use_totp(&typed), Some(right.is_some()), "{typed:?} after {last}");
                last = right.unwrap_or(last);
            }
            Some('r') => {
                let slot = rest.next().and_then(|digit| digit.to_digit(10)).unwrap_or(0);
                let groups = account.recovery_codes[slot as usize].split('-').collect::<Vec<_>>();
                let typed = ['!', '"', '#', '$'].iter().zip(groups);
                let typed = typed.fold(rest.as_str().to_owned(), |typed, (sign, group)| typed.replace(*sign, group));
                let read = recovery_code(&typed);
                assert_eq!(read, by_the_book(&typed), "{typed:?}");
                let right = read.as_ref().is_some_and(|code| unused.remove(code));
                let left = u8::try_from(unused.len()).expect("there are ten");
                assert_eq!(account.use_recovery_code(&typed), Some(right.then_some(left)), "{typed:?}");
            }
            _ => {
                within_budget(budget(line), || (recovery_code(line), account.use_totp(line)));
                if let Some(code) = recovery_code(line) {
                    let grouped = format!("{}-{} {}\u{a0}{}", &code[..4], &code[4..8], &code[8..12], &code[12..]);
                    for again in [&code, &code.to_uppercase(), &grouped] {
                        assert_eq!(recovery_code(again).as_ref(), Some(&code), "one spelling");
                    }
                    assert!(ungrouped(line).len() == 16, "nothing longer is a code");
                }
            }
        }
    }
});
