//! The mechanism as a whole: hashing, verifying, upgrading.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use super::argon::Scratch;
use super::hasher::Hasher;
use super::legacy::{LegacyVerification, LegacyVerifier};
use super::pepper::Peppers;
use super::*;
use crate::base::error::AuthError;
use crate::base::random::OsRandom;
use crate::base::secret::Secret;

const PHRASE: &str = "correct horse battery staple";

/// Made by the C implementation (argon2-cffi 25.1) of `PHRASE`, salt `0123456789abcdef`.
const DEFAULT: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0";
const STRONGER: &str =
    "$argon2id$v=19$m=65536,t=3,p=4$MDEyMzQ1Njc4OWFiY2RlZg$77UfmnZYT23WpPeUKhovauWm5OxRQv9nTf1dJ+tF5EY";
const I: &str = "$argon2i$v=19$m=64,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$tTEGqyzWgE8XeFIcVmGNBy2ro7tX1aVB4Lm/p52JsIo";
const D: &str = "$argon2d$v=19$m=64,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$ieoA3l7PS/I3ikiFn012V+F3IzsQbtSPrjbzufF2dPM";
const I_1_0: &str = "$argon2i$v=16$m=64,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$6K10Ng5dAgDt1yb/X7iYTkn8jOQpLnXEVNFv9vznxjQ";
const SHORT: &str = "$argon2id$v=19$m=64,t=1,p=2$MDEyMzQ1Njc$Z72iepF5Yf0jp2PqClujYQ";
/// Of `passwort²`, without NFKC.
const RAW: &str = "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$sq2+yhF5SbEUbPYMKELcnU8HJD89b5HK2k4sbkaORJA";

struct Bench {
    hasher: Hasher,
    scratch: Scratch,
}

impl Bench {
    fn new(params: HashParams, peppers: Peppers, legacy: Vec<Arc<dyn LegacyVerifier>>) -> Self {
        let hasher = Hasher::new(params, peppers, legacy, Arc::new(OsRandom)).unwrap();
        Self { hasher, scratch: Scratch::new(params.memory_kib) }
    }

    fn weak() -> Self {
        Self::new(HashParams::weak_for_tests(), Peppers::default(), Vec::new())
    }

    fn hash(&mut self, password: &str) -> String {
        let password = Password::new(password);
        self.hasher.hash(&mut self.scratch, password.normal().unwrap()).unwrap().expose().to_owned()
    }

    fn verify(&mut self, password: &str, stored: impl Into<Option<&'static str>>) -> Answer {
        self.verify_text(password, stored.into())
    }

    fn verify_text(&mut self, password: &str, stored: Option<&str>) -> Answer {
        let before = self.scratch.spent();
        let result = self.hasher.verify(&mut self.scratch, &Password::new(password), stored);
        let kind = match result {
            Ok(Verification::Match { upgrade: None }) => Kind::Right,
            Ok(Verification::Match { upgrade: Some(hash) }) => Kind::Upgraded(hash.expose().to_owned()),
            Ok(Verification::Mismatch) => Kind::Wrong,
            Err(PasswordError::CorruptHash { .. }) => Kind::Corrupt,
            Err(error) => panic!("{error}"),
        };
        Answer { kind, spent: self.scratch.spent() - before }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Right,
    Upgraded(String),
    Wrong,
    Corrupt,
}

#[derive(Debug)]
struct Answer {
    kind: Kind,
    /// Work, in KiB written.
    spent: u64,
}

impl Answer {
    fn upgraded(self) -> String {
        match self.kind {
            Kind::Upgraded(hash) => hash,
            other => panic!("expected a new hash, got {other:?}"),
        }
    }
}

fn peppers(current: Option<&str>, old: &[&str]) -> Peppers {
    static RANDOM: LazyLock<Secret> = LazyLock::new(|| Secret::generate().unwrap());
    let bytes = |id: &str| [id.as_bytes(), RANDOM.expose()].concat();
    let pepper = |id: &str| Pepper::new(id, Secret::from_bytes(bytes(id)).unwrap());
    Peppers { current: current.map(pepper), old: old.iter().copied().map(pepper).collect() }
}

#[test]
fn pwd_08_hashes_have_the_default_parameters_and_match_other_implementations() {
    let mut bench = Bench::new(HashParams::default(), Peppers::default(), Vec::new());
    let hash = bench.hash(PHRASE);
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    let parts: Vec<&str> = hash.split('$').collect();
    // 16 bytes of salt and 32 of output, in base64.
    assert_eq!((parts[4].len(), parts[5].len()), (22, 43));
    assert_eq!(bench.verify_text(PHRASE, Some(&hash)).kind, Kind::Right);
    assert_eq!(bench.verify(PHRASE, DEFAULT).kind, Kind::Right);
    assert_eq!(bench.verify(PHRASE, STRONGER).kind, Kind::Right);
    assert_eq!(bench.verify("correct horse battery stapl", DEFAULT).kind, Kind::Wrong);
}

#[test]
fn pwd_08_argon2_parameters_out_of_bounds_are_refused() {
    let fits = |memory, passes, lanes| HashParams::new(memory, passes, lanes).problem().is_none();
    assert!(fits(47_104, 1, 1) && fits(19_456, 2, 1) && fits(12_288, 3, 1) && fits(12_288, 5, 4));
    assert!(!fits(47_103, 1, 1) && !fits(19_455, 2, 1) && !fits(12_287, 3, 1) && !fits(12_287, 16, 1));
    assert!(!fits(1 << 20, 0, 1) && !fits(19_456, 2, 0));
    assert!(fits(256 * 1024, 16, 16) && !fits(256 * 1024 + 1, 2, 1) && !fits(19_456, 17, 1) && !fits(19_456, 2, 17));
}

#[test]
fn pwd_09_ten_thousand_salts_are_different() {
    let mut bench = Bench::weak();
    let salts: HashSet<String> = (0..10_000).map(|_| bench.hash("x").split('$').nth(4).unwrap().to_owned()).collect();
    assert_eq!(salts.len(), 10_000);
}

#[test]
fn pwd_03_the_last_character_counts() {
    let mut bench = Bench::weak();
    for length in [8, 64, 72, 73, 128, 1024] {
        let (right, wrong) = ("x".repeat(length - 1) + "y", "x".repeat(length - 1) + "z");
        let hash = bench.hash(&right);
        assert_eq!(bench.verify_text(&right, Some(&hash)).kind, Kind::Right, "{length}");
        assert_eq!(bench.verify_text(&wrong, Some(&hash)).kind, Kind::Wrong, "{length}");
    }
}

#[test]
fn pwd_07_unicode_variants_log_in_and_nothing_else_does() {
    let mut bench = Bench::weak();
    let hash = bench.hash("caf\u{e9} ｐａｓｓ\0");
    for same in ["cafe\u{301} pass\0", "caf\u{e9} pass\0", "ｃaf\u{e9} ｐａｓｓ\0"] {
        assert_eq!(bench.verify_text(same, Some(&hash)).kind, Kind::Right, "{same:?}");
    }
    for other in ["Caf\u{e9} pass\0", " caf\u{e9} pass\0", "caf\u{e9} pass", "cafe pass\0", "caf\u{e9} pass\0 "] {
        assert_eq!(bench.verify_text(other, Some(&hash)).kind, Kind::Wrong, "{other:?}");
    }
}

#[test]
fn pwd_07_imported_unnormalised_hashes_sign_in_and_are_renewed() {
    let mut bench = Bench::weak();
    let renewed = bench.verify("passwort²", RAW).upgraded();
    assert_eq!(bench.verify_text("passwort²", Some(&renewed)).kind, Kind::Right);
    assert_eq!(bench.verify_text("passwort2", Some(&renewed)).kind, Kind::Right);
    // The original hash only matches the original text.
    assert_eq!(bench.verify("passwort2", RAW).kind, Kind::Wrong);
}

#[test]
fn pwd_10_older_hashes_are_renewed_only_by_the_right_password() {
    let mut bench =
        Bench::new(HashParams { passes: 2, ..HashParams::weak_for_tests() }, Peppers::default(), Vec::new());
    let weaker = Bench::weak().hash(PHRASE);
    for old in [I, D, I_1_0, SHORT, &weaker] {
        assert_eq!(bench.verify_text("wrong password", Some(old)).kind, Kind::Wrong, "{old}");
        let renewed = bench.verify_text(PHRASE, Some(old)).upgraded();
        assert!(renewed.starts_with("$argon2id$v=19$m=64,t=2,p=1$"), "{renewed}");
        assert_eq!(bench.verify_text(PHRASE, Some(&renewed)).kind, Kind::Right);
    }
    // A stronger one is left alone.
    assert_eq!(bench.verify(PHRASE, DEFAULT).kind, Kind::Right);
}

#[test]
fn placeholder_hashes_of_other_programs_match_no_password() {
    let mut bench = Bench::weak();
    for stored in ["", "!", "!fWzvQ0kFpSZLHyKDZ1Xx", "*", "*LK*"] {
        assert_eq!(bench.verify_text(PHRASE, Some(stored)).kind, Kind::Wrong, "{stored}");
    }
}

#[test]
fn pwd_11_unreadable_hashes_are_corrupt_and_not_wrong() {
    let mut bench = Bench::weak();
    let cut = &DEFAULT[..60];
    let huge = DEFAULT.replace("m=19456", "m=4194304");
    for stored in ["x", "NULL", "$2b$12$abc", "$argon2", "pbkdf2_sha256$1$a$b", "é\0", cut, &huge] {
        assert_eq!(bench.verify_text(PHRASE, Some(stored)).kind, Kind::Corrupt, "{stored}");
    }
}

#[test]
fn login_02_every_refusal_costs_the_same_work() {
    let params = HashParams { passes: 3, ..HashParams::weak_for_tests() };
    let refuse: Arc<dyn LegacyVerifier> = Arc::new(|_: &str, stored: &str| match stored {
        "old" => LegacyVerification::Mismatch,
        _ => LegacyVerification::Unrecognized,
    });
    let mut bench = Bench::new(params, peppers(Some("a"), &[]), vec![refuse]);
    let fresh = bench.hash(PHRASE);
    let weaker = Bench::weak().hash(PHRASE);
    for password in ["wrong password", "wrong²"] {
        let expected = params.cost() * u64::try_from(Password::new(password).forms().count()).unwrap();
        for stored in
            [None, Some(""), Some(&*fresh), Some(&*weaker), Some(I), Some("old"), Some("???"), Some("$argon2?")]
        {
            assert_eq!(bench.verify_text(password, stored).spent, expected, "{stored:?}");
        }
        assert_eq!(bench.verify(password, None).kind, Kind::Wrong);
    }
}

#[test]
fn pwd_13_peppers_are_needed_named_and_rotated() {
    let weak = HashParams::weak_for_tests();
    let mut plain = Bench::weak();
    let mut first = Bench::new(weak, peppers(Some("1"), &[]), Vec::new());
    let mut second = Bench::new(weak, peppers(Some("2"), &["1"]), Vec::new());
    let unpeppered = plain.hash(PHRASE);
    let hash = first.hash(PHRASE);
    assert!(hash.contains(",keyid=MQ$"), "{hash}");
    assert_eq!(first.verify_text(PHRASE, Some(&hash)).kind, Kind::Right);
    assert_eq!(first.verify_text("wrong password", Some(&hash)).kind, Kind::Wrong);
    // Without the pepper the result is unknown; with a forged key id it is simply wrong.
    assert_eq!(plain.verify_text(PHRASE, Some(&hash)).kind, Kind::Corrupt);
    assert_eq!(plain.verify_text(PHRASE, Some(&hash.replace(",keyid=MQ", ""))).kind, Kind::Wrong);
    assert!(second.verify_text(PHRASE, Some(&hash)).upgraded().contains(",keyid=Mg$"));
    assert!(first.verify_text(PHRASE, Some(&unpeppered)).upgraded().contains(",keyid=MQ$"));
}

#[test]
fn legacy_verifiers_run_in_order_and_hashes_are_upgraded() {
    let scheme = |prefix: &'static str| -> Arc<dyn LegacyVerifier> {
        Arc::new(move |password: &str, stored: &str| match stored.strip_prefix(prefix) {
            None => LegacyVerification::Unrecognized,
            Some("") => LegacyVerification::Corrupt,
            Some(text) if text == password => LegacyVerification::Match,
            Some(_) => LegacyVerification::Mismatch,
        })
    };
    let mut bench = Bench::new(HashParams::weak_for_tests(), Peppers::default(), vec![scheme("a:"), scheme("b:")]);
    let renewed = bench.verify("m² passwort", "b:m² passwort").upgraded();
    assert_eq!(bench.verify_text("m2 passwort", Some(&renewed)).kind, Kind::Right);
    assert_eq!(bench.verify("m2 passwort", "b:m² passwort").kind, Kind::Wrong);
    assert_eq!(bench.verify(PHRASE, "a:").kind, Kind::Corrupt);
    assert_eq!(bench.verify(PHRASE, "c:x").kind, Kind::Corrupt);
}

fn passwords(config: PasswordConfig) -> Passwords {
    Passwords::new(config.params(HashParams::weak_for_tests()).threads(1), Arc::new(OsRandom)).unwrap()
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn pwd_15_missing_and_unusable_passwords_never_sign_in() {
    let passwords = passwords(PasswordConfig::default());
    let long = "x".repeat(1025);
    let hash = wait(passwords.hash(Password::new(&long[..1024]))).unwrap();
    for (password, stored) in [
        (PHRASE, None),
        (PHRASE, Some("")),
        ("", None),
        ("", Some("")),
        ("", Some(DEFAULT)),
        (&*long, Some(hash.expose())),
    ] {
        let result = wait(passwords.verify(Password::new(password), stored)).unwrap();
        assert!(matches!(result, Verification::Mismatch), "{stored:?}");
    }
    for password in ["", &*long] {
        let refused = wait(passwords.hash(Password::new(password))).unwrap_err();
        let AuthError::InvalidFields(fields) = refused.into() else { panic!("not a field error") };
        assert_eq!(fields[0].field, "password");
    }
}

#[test]
fn panicking_legacy_verifier_is_an_internal_error() {
    let passwords = passwords(PasswordConfig::default().legacy(|_: &str, stored: &str| match stored {
        "boom" => panic!("expected in this test"),
        _ => LegacyVerification::Unrecognized,
    }));
    let failed = wait(passwords.verify(Password::new(PHRASE), Some("boom"))).unwrap_err();
    assert!(matches!(failed.into(), AuthError::Internal(_)));
    let hash = wait(passwords.hash(Password::new(PHRASE))).unwrap();
    let result = wait(passwords.verify(Password::new(PHRASE), Some(hash.expose()))).unwrap();
    assert!(matches!(result, Verification::Match { upgrade: None }));
}

#[test]
fn start_up_reports_every_problem_at_once() {
    let bad = PasswordConfig::default()
        .policy(PasswordPolicy::default().min_length(4).max_length(32))
        .params(HashParams::new(1024, 2, 1))
        .pepper(Pepper::new("", Secret::generate().unwrap()))
        .threads(0)
        .queue(0);
    let problems = Passwords::new(bad, Arc::new(OsRandom)).unwrap_err();
    assert_eq!(problems.len(), 6, "{problems:#?}");
    assert_eq!(peppers(Some("a"), &["b", "a"]).problems().len(), 1);
    assert!(peppers(Some("a"), &["b"]).problems().is_empty());
}

#[test]
fn answers_are_send_and_passwords_can_be_shared() {
    fn is_send<T: Send>(_: &T) {}
    fn is_shared<T: Send + Sync>(_: &T) {}
    let passwords = passwords(PasswordConfig::default());
    is_shared(&passwords);
    is_send(&passwords.hash(Password::new(PHRASE)));
    is_send(&passwords.verify(Password::new(PHRASE), None));
}
