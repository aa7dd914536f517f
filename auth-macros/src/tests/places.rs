//! Where an attribute stands, read from the source before it.

use crate::place::Place;

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
