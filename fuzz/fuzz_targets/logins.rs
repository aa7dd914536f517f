//! The canonical form of a login: idempotent, findable, and made in a time that depends on the length alone.
#![no_main]

use std::time::Duration;

use auth::AuthUser;
use auth::fuzzing::{counted_as, is_storable, spellings};
use auth::schema::Login;
use auth_fuzz::User;
use libfuzzer_sys::fuzz_target;

/// What a login may cost: so much at any length, and so much for each byte that is folded (1,024 at most). Fifty times
/// what it usually takes in this build, because the machine may be busy.
const AT_ONCE: Duration = Duration::from_millis(5);
const A_BYTE: Duration = Duration::from_micros(50);

fn within_budget(login: &Login, text: &str) {
    let folded = u32::try_from(text.len().min(1024)).unwrap_or(1024);
    auth_fuzz::within_budget(AT_ONCE + A_BYTE * folded, || login.canonical(text));
}

fuzz_target!(|text: &str| {
    let [address, exact] = <User as AuthUser>::SCHEMA.logins else { panic!("two logins") };
    let name = Login { column: "user_name", ..*address };
    for login in [address, exact, &name] {
        within_budget(login, text);
        let canonical = login.canonical(text);
        assert_eq!(login.canonical(&canonical), canonical, "of {text:?}");
        assert_eq!(canonical.trim(), canonical);
        let found = spellings(login, text);
        assert!((1..=3).contains(&found.len()));
        if text.trim().len() <= 1024 {
            assert!(found.iter().any(|spelling| *spelling == canonical), "{text:?} does not find {canonical:?}");
            assert_eq!(counted_as(login, &canonical), counted_as(login, text), "two counters for one login");
        }
        if is_storable(login, &canonical) {
            assert!((1..=254).contains(&canonical.len()) && !canonical.chars().any(char::is_control));
            // Who types what is stored finds it.
            assert!(spellings(login, &canonical).iter().any(|spelling| *spelling == canonical), "{canonical:?}");
        }
    }
    assert_eq!(exact.canonical(text), text.trim());
});
