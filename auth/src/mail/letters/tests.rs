use std::time::Duration;

use super::built_in::{assembled, built_in};
use super::words::{Facts, grouped};
use super::{Html, english, german};
use crate::model::event::LetterKind;
use crate::model::locale::Locale;

const LINK: &str = "https://app.example/reset#t=abc";

fn facts(kind: LetterKind) -> Facts<'static> {
    Facts::of(kind, "app.example").link(LINK, Duration::from_mins(30)).code("12345678").about("<b>bob</b>@example.org")
}

#[test]
fn mail_12_every_letter_has_subject_text_and_html() {
    for kind in LetterKind::ALL {
        let facts = facts(kind);
        for words in [english::words(&facts), german::words(&facts)] {
            let (link, code) = (words.link.is_some(), words.code.is_some());
            let written = assembled(words, &facts);
            let html = written.html.unwrap();
            assert!(!written.subject.is_empty() && !written.subject.contains("1234"), "{}", written.subject);
            assert!(!written.subject.contains("bob"), "what a user has chosen is in no subject");
            assert!(written.text.lines().all(|line| line.len() < 400) && written.text.ends_with('\n'));
            assert!(written.text.split("\n\n").all(|part| !part.trim().is_empty()), "{}", written.text);
            // Nothing is loaded, and nothing is linked but the page.
            for loaded in ["src=", "url(", "<img", "<link", "<script", "@import", "<b>"] {
                assert!(!html.contains(loaded), "{loaded}");
            }
            for found in html.split("http").skip(1) {
                assert!(found.starts_with("s://app.example/reset#t=abc"), "{found}");
            }
            for (is_there, told) in [(link, LINK), (code, "1234 5678"), (link, "30")] {
                assert_eq!(written.text.contains(told), is_there, "{kind:?}: {told}");
                assert_eq!(html.contains(told), is_there, "{kind:?}: {told}");
            }
        }
    }
}

#[test]
fn letters_are_written_in_the_language_asked_for() {
    let facts = facts(LetterKind::ResetPassword);
    assert!(built_in(&facts, &Locale::from_header("de-AT, en;q=0.5")).subject.starts_with("Neues Passwort"));
    assert!(built_in(&facts, &Locale::from_header("fr")).subject.starts_with("New password"));
}

#[test]
fn mail_12_and_reg_05_values_are_escaped() {
    let evil = "\"><script>alert('x')</script>&\0\u{7}";
    let html = Html::new("en").paragraph(evil).code(evil).button(&format!("https://a{evil}"), evil).finish();
    assert!(!html.contains("<script") && !html.contains("alert('") && !html.contains('\0'), "{html}");
    assert!(html.contains("&quot;&gt;&lt;script&gt;"));
    assert!(!Html::new("en").button("javascript:alert(1)", "x").finish().contains("javascript"));
}

#[test]
fn a_code_is_written_in_two_groups() {
    assert_eq!(grouped("01234567"), "0123 4567");
    assert_eq!(grouped("1"), "1");
}
