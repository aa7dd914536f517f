//! The mailbox that a login names: one, which no mailer and no header takes for anything else.
#![no_main]

use std::time::Duration;

use auth::AuthUser;
use auth::fuzzing::{is_storable, mailbox_of};
use auth_fuzz::{User, budget, within_budget};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // Folding costs more than reading, and is limited by itself: see `logins`.
    within_budget(budget(text) + Duration::from_millis(50), || mailbox_of::<User>(0, text));
    assert_eq!(mailbox_of::<User>(2, text), None, "there is no such login");
    let Some(mailbox) = mailbox_of::<User>(0, text) else { return };
    let [address, _] = <User as AuthUser>::SCHEMA.logins else { panic!("two logins") };
    assert!(is_storable(address, &mailbox), "{mailbox:?} could not sign up");
    assert_eq!(mailbox_of::<User>(0, &mailbox).as_ref(), Some(&mailbox), "of {text:?}");
    // RFC 5321 §4.5.3.1.
    let (local, domain) = mailbox.split_once('@').expect("an address");
    assert!((1..=64).contains(&local.len()) && (1..=253).contains(&domain.len()) && mailbox.len() <= 254);
    // One recipient, in one line, of the open network, and no option of a program.
    assert!(!mailbox.chars().any(|c| c.is_control() || c.is_whitespace() || ",;:<>()[]\\\"".contains(c)));
    assert!(mailbox.matches('@').count() == 1 && !mailbox.starts_with('-'), "{mailbox:?}");
    // What DNS resolves, and nothing that a resolver takes for a number.
    let is_of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let labels: Vec<&str> = domain.split('.').collect();
    assert!(labels.iter().all(|label| (1..=63).contains(&label.len()) && label.bytes().all(is_of_name)), "{domain:?}");
    let last = labels.last().expect("there is one");
    assert!(last.parse::<u128>().is_err() && !(last.starts_with("0x") && u128::from_str_radix(&last[2..], 16).is_ok()));
});
