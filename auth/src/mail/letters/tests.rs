use super::{Html, Reset, english, german, grouped};

const RESET: Reset<'_> =
    Reset { service: "app.example", link: "https://app.example/reset#t=abc", code: "1234 5678", minutes: 30 };

#[test]
fn mail_12_every_letter_has_subject_text_and_html() {
    for written in [
        english::reset(&RESET),
        german::reset(&RESET),
        english::password_changed("app.example"),
        german::password_changed("app.example"),
    ] {
        let html = written.html.unwrap();
        assert!(!written.subject.is_empty() && !written.subject.contains("1234"), "{}", written.subject);
        assert!(written.text.lines().all(|line| line.len() < 400) && written.text.ends_with('\n'));
        // Nothing is loaded, and nothing is linked but the page.
        for loaded in ["src=", "url(", "<img", "<link", "<script", "@import"] {
            assert!(!html.contains(loaded), "{loaded}");
        }
        for link in html.split("http").skip(1) {
            assert!(link.starts_with("s://app.example/reset#t=abc"), "{link}");
        }
    }
    for reset in [english::reset(&RESET), german::reset(&RESET)] {
        let html = reset.html.unwrap();
        for told in [RESET.link, RESET.code, "30"] {
            assert!(reset.text.contains(told) && html.contains(told), "{told}");
        }
    }
}

#[test]
fn mail_12_values_are_escaped_and_other_schemes_left_out() {
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
