use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::{
    MOST_SPELLINGS, canonical_login, counted_as, former, is_found, is_found_by_sign_ups, spellings, taken_forms,
};
use crate::model::schema::{Login, Sql};

const NONE: Sql = Sql { dollar: "", question: "" };

const fn login(column: &'static str, exact: bool) -> Login {
    Login { column, exact, optional: false, address: false, select: NONE, update: NONE }
}

const EMAIL: Login = Login { address: true, ..login("email", false) };
const NICK: Login = login("nick", false);
const BADGE: Login = login("badge", true);

/// A name in Persian with a joiner that is seen.
const PERSIAN: &str = "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}";

#[test]
fn reg_03_spellings_of_one_address_are_one_login() {
    for spelling in ["Ada@X.org", " ada@x.org ", "ＡＤＡ@x.org", "ada@x.org\u{a0}", "ADA@X.ORG", "ada＠x。org"] {
        assert_eq!(canonical_login(&EMAIL, spelling), "ada@x.org", "{spelling:?}");
    }
    assert_eq!(canonical_login(&EMAIL, "e\u{301}@x"), canonical_login(&EMAIL, "É@x"));
}

#[test]
fn b03_an_address_has_no_invisible_twin() {
    let unseen = [
        '\u{200b}',
        '\u{feff}',
        '\u{ad}',
        '\u{2060}',
        '\u{200e}',
        '\u{202a}',
        '\u{202c}',
        '\u{fe0f}',
        '\u{3164}',
        '\u{115f}',
        '\u{e0041}',
        '\u{200c}',
        '\u{200d}',
        '\u{180e}',
        '\u{61c}',
        '\u{ffa0}',
        '\u{34f}',
        '\u{e0100}',
    ];
    for c in unseen {
        for spelling in [format!("ada@x.org{c}"), format!("{c} ada@x.org {c}"), format!("a{c}da@x{c}.o{c}rg")] {
            assert_eq!(canonical_login(&EMAIL, &spelling), "ada@x.org", "{spelling:?}");
        }
    }
    assert_eq!(canonical_login(&EMAIL, "e\u{200b}\u{301}@x.org"), "é@x.org", "what it kept apart is composed");
}

#[test]
fn simple_case_folding_keeps_different_logins_apart() {
    assert_eq!(canonical_login(&NICK, "ΝΊΚΟΣ"), canonical_login(&NICK, "νίκος"));
    assert_eq!(canonical_login(&NICK, "νίκοσ"), canonical_login(&NICK, "νίκος"));
    assert_ne!(canonical_login(&NICK, "straße"), canonical_login(&NICK, "strasse"));
    assert_eq!(canonical_login(&NICK, "STRAẞE"), "straße");
    assert_eq!(canonical_login(&NICK, "Ꭰ"), canonical_login(&NICK, "ꭰ"));
    assert_eq!(canonical_login(&NICK, " Ada  King "), "ada  king");
}

#[test]
fn a_domain_is_what_dns_resolves() {
    for (typed, stored) in [
        ("a@exämple.org", "a@xn--exmple-cua.org"),
        ("a@EXÄMPLE.org", "a@xn--exmple-cua.org"),
        ("a@xn--exmple-cua.org", "a@xn--exmple-cua.org"),
        ("a@fußball.de", "a@xn--fuball-cta.de"),
        ("a@fussball.de", "a@fussball.de"),
        ("ß@fussball.de", "ß@fussball.de"),
        ("a@βόλος.com", "a@xn--nxasmm1c.com"),
        ("a@βόλοσ.com", "a@xn--nxasmq6b.com"),
        ("a@[192.0.2.1]", "a@[192.0.2.1]"),
        ("a@xn--a", "a@xn--a"),
        ("a@ex_ämple", "a@xn--ex_mple-7wa"),
    ] {
        assert_eq!(canonical_login(&EMAIL, typed), stored, "{typed}");
    }
    assert_eq!(counted_as(&EMAIL, "a@xn--exmple-cua.org"), "a@exämple.org");
    assert_eq!(spellings(&EMAIL, "a@EXÄMPLE.org"), ["a@exämple.org", "a@xn--exmple-cua.org"]);
    assert_eq!(spellings(&EMAIL, "a@xn--exmple-cua.org"), ["a@xn--exmple-cua.org", "a@exämple.org"]);
    assert_eq!(spellings(&EMAIL, "Ada@X.org"), ["ada@x.org"], "one query for nearly everybody");
}

#[test]
fn sign_up_checks_logins_for_final_sigmas() {
    assert_eq!(taken_forms(&NICK, "Ada"), ["ada"], "one query for nearly everybody");
    assert_eq!(taken_forms(&NICK, "ΝΊΚΟΣ"), ["νίκοσ", "νίκος"]);
    let both = taken_forms(&NICK, "ΝΊΚΟΣ ΠΑΠΆΣ");
    assert_eq!(both, ["νίκοσ παπάσ", "νίκος παπάσ", "νίκοσ παπάς", "νίκος παπάς"]);
    assert_eq!(taken_forms(&NICK, "ΑΣ ΒΣ ΓΣ ΔΣ"), ["ασ βσ γσ δσ", "ας βς γς δς"], "a few queries for anybody");
    assert_eq!(taken_forms(&NICK, &"Σ ".repeat(80)).len(), 2);
    // A domain with `ς` is another one.
    let domain = taken_forms(&EMAIL, "ΝΊΚΟΣ@βόλοσ.com");
    assert_eq!(domain.len(), 4, "{domain:?}");
    assert!(!domain.iter().any(|form| form.contains("@βόλος")), "{domain:?}");
    assert_eq!(taken_forms(&BADGE, "ΝΊΚΟΣ"), ["ΝΊΚΟΣ"]);
    for hidden in ["ada@x.org\u{200b}", "a\u{1c80}@x.org", "ςίγμα@x.org"] {
        assert!(is_found(&EMAIL, hidden) && !is_found_by_sign_ups(&EMAIL, hidden), "{hidden:?}");
    }
}

#[test]
fn a_joiner_stays_where_it_is_seen() {
    assert_eq!(canonical_login(&NICK, PERSIAN), PERSIAN);
    assert_eq!(canonical_login(&EMAIL, &format!("{PERSIAN}@x.org")), format!("{PERSIAN}@x.org"));
    let indic = "\u{915}\u{94d}\u{200d}\u{937}@x.org";
    assert_eq!(canonical_login(&EMAIL, indic), indic);
    assert!(!super::visible::has_unseen(PERSIAN) && super::visible::has_unseen("a\u{200c}b"));
    assert!(super::visible::has_unseen("\u{645}\u{200c}"), "at the end it is not seen");
}

#[test]
fn exact_logins_are_only_trimmed() {
    assert_eq!(canonical_login(&BADGE, " Ada "), "Ada");
    assert_eq!(spellings(&BADGE, " Ａda\u{200b}"), ["Ａda\u{200b}"]);
}

/// What rows hold by now, found and not found.
#[test]
fn logins_stored_by_earlier_releases_are_still_found() {
    for text in ["νίκος", "a@exämple.org", "ada\u{200b}", "ada@x.org\u{200b}", "i\u{307}", "ꭰ", "ᲀ", "ß"] {
        for login in [&EMAIL, &NICK, &BADGE] {
            assert_eq!(former::canonical_login(text, login.exact), text, "{text:?} is in the form of then");
            assert!(is_found(login, text), "{text:?}");
        }
    }
    assert!(!is_found(&EMAIL, "Ada@x.org") && !is_found(&NICK, " ada"));
    // Whoever typed the capital found the row of earlier releases.
    assert_eq!(spellings(&NICK, "İ").first().map(|form| &**form), Some("i\u{307}"));
}

/// Characters that are like their neighbours, and those that nobody has assigned: one in a hundred.
fn is_one_of_many(c: char) -> bool {
    let many = matches!(c, '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{e000}'..='\u{f8ff}' | '\u{13000}'..='\u{1bfff}')
        || (c >= '\u{20000}' && !('\u{e0000}'..='\u{e0200}').contains(&c));
    many && !u32::from(c).is_multiple_of(101)
}

/// Every character alone, before an accent, between letters, and in both parts of an address.
#[test]
fn canonical_form_is_stable_for_every_character() {
    for c in ('\0'..=char::MAX).filter(|c| !c.is_ascii_lowercase() && !is_one_of_many(*c)) {
        for text in [c.to_string(), format!("{c}\u{301}{c}b@x{c}c.org")] {
            for login in [&EMAIL, &NICK] {
                let once = canonical_login(login, &text);
                let twice = canonical_login(login, &once);
                assert_eq!(once, twice, "{text:?}");
                assert!(is_found(login, &once), "{text:?}");
                // Whatever opens a row of earlier releases is the same login as its text.
                let then = former::canonical_login(&text, false);
                assert_eq!(canonical_login(login, &then), once, "{text:?}");
            }
        }
    }
}

/// Letters that fold, decompose, join, combine or vanish, in any order.
fn odd_text() -> impl Strategy<Value = String> {
    let odd: Vec<char> = "aAiİßẞςΣσſﬁǅK@@.。 \u{a0}\u{345}\u{301}\u{308}\u{327}\u{3b1}\u{200b}\u{200c}\u{200d}\u{ad}\u{feff}\u{e0041}\u{94d}\u{915}\u{645}\u{6cc}\u{627}\u{653}\u{1160}\u{3164}\u{fdfa}\u{a8}\u{1fb3}ꭰᎠᲀ-x1\u{fe76}\u{fe8d}"
        .chars()
        .collect();
    let any = prop_oneof![8 => proptest::sample::select(odd), 1 => any::<char>()];
    proptest::collection::vec(any, 0..24).prop_map(|chars| chars.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn canonical_form_is_stable(text in odd_text()) {
        for login in [&EMAIL, &NICK] {
            let once = canonical_login(login, &text).into_owned();
            prop_assert_eq!(&canonical_login(login, &once), &once);
            prop_assert_eq!(once.nfkc().collect::<String>(), once.clone());
            prop_assert!(is_found(login, &once), "{:?}", once);
            prop_assert_eq!(counted_as(login, &text), counted_as(login, &once));
        }
    }

    /// What the previous release stored is looked up by whatever was typed then.
    #[test]
    fn nobody_who_could_sign_in_is_locked_out(text in odd_text()) {
        for login in [&EMAIL, &NICK, &BADGE] {
            let then = former::canonical_login(&text, login.exact);
            let forms = spellings(login, &text);
            prop_assert_eq!(&forms[0], &then);
            prop_assert!(forms.len() <= MOST_SPELLINGS);
        }
    }
}

/// Of the longest texts that are folded at all.
#[test]
fn the_longest_texts_are_folded_in_one_go() {
    for unit in ["\u{fdfa}", "\u{301}", "\u{645}\u{200c}", "\u{645}\u{64b}\u{200c}", "Ä", "\u{345}", "\u{200b}a", "ä."]
    {
        let long = format!("a@{}", unit.repeat(1_000 / unit.len()));
        for login in [&EMAIL, &NICK] {
            assert_eq!(canonical_login(login, &canonical_login(login, &long)), canonical_login(login, &long));
        }
    }
}

#[test]
fn m3_overlong_login_is_not_folded() {
    for unit in ["\u{fdfa}", "Ä", "A", "\u{200b}a"] {
        let long = unit.repeat(20_000);
        for login in [&EMAIL, &NICK, &BADGE] {
            assert_eq!(canonical_login(login, &long), long, "as it is, and too long for every rule");
            let forms = spellings(login, &long);
            assert_eq!(forms.len(), 1, "one look-up");
            let nobody = forms.concat();
            assert!(nobody.starts_with('\u{1}') && nobody.len() < 60, "no account has it");
            assert_eq!(counted_as(login, &long), nobody);
            assert_ne!(counted_as(login, &format!("{long}x")), nobody, "a counter of its own");
        }
    }
    let widest = "\u{1d41a}".repeat(256);
    assert_eq!(canonical_login(&NICK, &widest), "a".repeat(256), "254 characters of four bytes are folded");
}
