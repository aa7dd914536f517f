//! Where an attribute stands, and what is beside it, read from the source.

use crate::place::Place;
use crate::source::{Around, attributes_above};

#[test]
fn the_innermost_brace_decides() {
    let cases = [
        ("", Place::Free),
        ("mod api { ", Place::Free),
        ("impl Api { ", Place::Impl),
        ("impl<T> Api<T> where T: Into<[u8; { 3 }]> { ", Place::Impl),
        ("/// {\n#[cfg(unix)] pub unsafe trait Api: Send { ", Place::Trait),
        ("impl Api { async fn f() {} ", Place::Impl),
        ("impl Api { const A: u8 = 1; ", Place::Impl),
        ("impl Api { fn f() { ", Place::Free),
        ("impl Api { fn f() {} } ", Place::Free),
        ("impl Api {} mod api { ", Place::Free),
        ("fn f() -> impl Into<u8> { ", Place::Free),
        ("impl_block! { ", Place::Free),
        ("macro_rules! api { ($t:ty) => { impl $t { ", Place::Impl),
        ("macro_rules! api { ($t:ty) => { ", Place::Free),
        ("impl Api { // }\n /* } /* } */ */ const A: &str = \"}\\\"}\"; ", Place::Impl),
        ("impl<'a> Api<'a> { const A: [char; 3] = ['}', '\\'', '{']; const B: &str = r#\"}\"}\"#; ", Place::Impl),
        ("impl Api { handlers!( ", Place::Free),
        ("}}}} ", Place::Free),
    ];
    for (before, place) in cases {
        assert_eq!(Place::of(before), place, "{before}");
    }
}

#[test]
fn attributes_above_are_found_over_comments() {
    let cases: [(&str, &[&str]); 7] = [
        ("#[check]\n/// Whose?\n", &["check"]),
        ("", &[]),
        ("fn f() {}\n", &[]),
        ("#[axum::debug_handler(state = App)]\n", &["debug_handler"]),
        ("#[doc = \"x\"]\n/// More.\n    // And more]\n#[ debug_handler ] ", &["debug_handler", "doc"]),
        ("#[a(b[c])]\n#[cfg(all(\n    unix,\n))]\n", &["cfg", "a"]),
        ("let a = b[0];\n#[check] ", &["check"]),
    ];
    for (before, names) in cases {
        assert_eq!(attributes_above(before).collect::<Vec<_>>(), names, "{before}");
    }
}

#[test]
fn a_function_lacks_check_only_where_it_is_seen() {
    let cases = [
        ("async fn owns() {}", true),
        ("mod a {\n    /// Whose?\n    pub(crate) async fn owns(_: User) -> bool {}", true),
        ("#[check]\nasync fn owns() {}", false),
        ("#[auth::check(crate = web)]\n/// Whose?\n#[inline]\npub async fn owns() {}", false),
        ("async fn owns() {}\n#[check]\nasync fn owns() {}", false),
        ("async fn owns_post() {}", false),
        ("async fn disowns() {}", false),
        ("use posts::owns;", false),
        ("let owns = 1;", false),
    ];
    for (file, lacks) in cases {
        assert_eq!(Around::within(file).lacks_check("owns"), lacks, "{file}");
    }
    assert!(!Around::default().lacks_check("owns"));
}
