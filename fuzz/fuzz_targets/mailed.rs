//! Links, handles and codes from mail: each has one spelling, opens one thing, and nothing else opens anything.
//!
//! The text is tried as it is, with the code filled in (`a` to `h`; `A` to `H`: that of the former secret), and as a change
//! to each text that we issued: a place, and what stands there instead.
#![no_main]

use std::sync::LazyLock;

use auth::fuzzing::{Mailed, token_id};
use auth_fuzz::{SECRET, User, budget, filled_in, ungrouped, within_budget};
use libfuzzer_sys::fuzz_target;

const FORMER: &str = "u7n4R2y0Ac1Wx9LqMs6OdZgItVkEhFbP";

static MAILED: LazyLock<Mailed<User>> = LazyLock::new(|| {
    let mailed = Mailed::new(SECRET, &[FORMER]).expect("these are secrets");
    assert_eq!((mailed.texts.len(), mailed.codes.len()), (6, 2));
    for which in 0..3 {
        let shown = mailed.shown(which).expect("there are three");
        assert!(mailed.texts.contains(&(which, shown)), "it is shown with the secret of now");
    }
    mailed
});

fn is_of_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Nothing but what was issued opens something, and that only as what it is.
fn tried(text: &str) {
    for which in 0..3 {
        let issued = MAILED.texts.iter().any(|issued| issued.0 == which && issued.1 == text);
        assert_eq!(MAILED.opens(which, text), issued, "{text:?} as {which}");
    }
    let Some(id) = token_id(text) else {
        assert!(text.len() != 64 || !text.bytes().all(is_of_base64url), "{text:?} has the form of one");
        return;
    };
    // One spelling: nobody makes two look-ups or two counters of one link.
    assert!(text.len() == 64 && text.bytes().all(is_of_base64url), "{text:?}");
    assert!(id.len() == 22 && id[..21] == text[..21], "{id} in {text}");
    let again = format!("{}{}", &id[..21], &text[21..]);
    assert_eq!(token_id(&again).as_ref(), Some(&id));
}

fn typed(text: &str) {
    let is_code = MAILED.codes.contains(&ungrouped(text));
    assert_eq!(MAILED.is_code(text), is_code, "{text:?}");
}

fuzz_target!(|text: &str| {
    within_budget(budget(text), || (token_id(text), MAILED.opens(2, text), MAILED.is_code(text)));
    tried(text);
    typed(text);
    let [now, former] = MAILED.codes.as_slice() else { panic!("two codes") };
    let code = filled_in(text, 'a', std::slice::from_ref(now));
    typed(&filled_in(&code, 'A', std::slice::from_ref(former)));
    if let Some((place, rest)) = text.split_once(' ')
        && let Ok(place) = place.parse::<usize>()
    {
        for (_, issued) in &MAILED.texts {
            if let (Some(before), Some(after)) = (issued.get(..place), issued.get(place.saturating_add(rest.len())..)) {
                tried(&format!("{before}{rest}{after}"));
            }
        }
    }
});
