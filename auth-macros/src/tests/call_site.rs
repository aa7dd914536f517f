//! Where an attribute stands, and what is beside it, read from the source.

use crate::call_site::{CallSite, attributes_above};
use crate::enclosing_item::EnclosingItem;

#[test]
fn the_innermost_brace_decides() {
    let cases = [
        ("", EnclosingItem::Free),
        ("mod api { ", EnclosingItem::Free),
        ("impl Api { ", EnclosingItem::Impl),
        ("impl<T> Api<T> where T: Into<[u8; { 3 }]> { ", EnclosingItem::Impl),
        ("/// {\n#[cfg(unix)] pub unsafe trait Api: Send { ", EnclosingItem::Trait),
        ("impl Api { async fn f() {} ", EnclosingItem::Impl),
        ("impl Api { const A: u8 = 1; ", EnclosingItem::Impl),
        ("impl Api { fn f() { ", EnclosingItem::Free),
        ("impl Api { fn f() {} } ", EnclosingItem::Free),
        ("impl Api {} mod api { ", EnclosingItem::Free),
        ("fn f() -> impl Into<u8> { ", EnclosingItem::Free),
        ("impl_block! { ", EnclosingItem::Free),
        ("macro_rules! api { ($t:ty) => { impl $t { ", EnclosingItem::Impl),
        ("macro_rules! api { ($t:ty) => { ", EnclosingItem::Free),
        ("impl Api { // }\n /* } /* } */ */ const A: &str = \"}\\\"}\"; ", EnclosingItem::Impl),
        (
            "impl<'a> Api<'a> { const A: [char; 3] = ['}', '\\'', '{']; const B: &str = r#\"}\"}\"#; ",
            EnclosingItem::Impl,
        ),
        ("impl Api { handlers!( ", EnclosingItem::Free),
        ("}}}} ", EnclosingItem::Free),
    ];
    for (before, place) in cases {
        assert_eq!(EnclosingItem::of(before), place, "{before}");
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
        assert_eq!(CallSite::within(file).lacks_check("owns"), lacks, "{file}");
    }
    assert!(!CallSite::default().lacks_check("owns"));
}
