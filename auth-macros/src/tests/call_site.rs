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
fn a_check_may_be_missing_where_none_is_seen() {
    let cases = [
        ("owns", "async fn owns() {}", true),
        ("owns", "mod a {\n    /// Whose?\n    pub(crate) async fn owns(_: User) -> bool {}", true),
        ("owns", "#[check]\nasync fn owns() {}", false),
        ("owns", "#[auth::check(crate = web)]\n/// Whose?\n#[inline]\npub async fn owns() {}", false),
        ("owns", "async fn owns() {}\n#[check]\nasync fn owns() {}", false),
        ("owns", "async fn owns_post() {}", false),
        ("owns", "async fn disowns() {}", false),
        ("owns", "use posts::owns;", true),
        ("owns", "    pub(crate) use posts::{\n    self, owns,\n};", true),
        ("owns", "use posts::owns_post; owns();", false),
        ("owns", "use posts::*;", false),
        ("owns", "reuse posts::owns;", false),
        ("owns", "#[check]\nasync fn owns() {}\nuse posts::owns;", false),
        ("owns", "let owns = 1;", false),
        ("self::owns", "mod posts;", false),
        ("self::owns", "use posts::owns;", true),
        ("posts::owns", "mod posts;", true),
        ("crate::posts::owns", "", true),
        ("posts::owns", "mod posts { }", false),
        ("posts::owns", "mod posts {\n#[check]\nasync fn owns() {}\n}", false),
        ("posts::owns", "mod posts {\nasync fn owns() {}\n}", true),
    ];
    for (path, file, lacks) in cases {
        let path = syn::parse_str(path).expect("it is a path");
        assert_eq!(CallSite::within(file).may_lack_check(&path), lacks, "{file}");
        assert!(!CallSite::default().may_lack_check(&path));
    }
}
