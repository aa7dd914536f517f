//! Names: `rename_all`, and the nearest word.

use crate::case::Case;
use crate::diagnostics::{did_you_mean, one_of};
use crate::types;

fn spelled(case: &str, name: &str) -> String {
    Case::parse(case).map_or_else(|| panic!("no case {case}"), |case| case.apply(name))
}

#[test]
fn names_are_spelled_as_sqlx_spells_them() {
    let table = [
        ("snake_case", "displayName", "display_name"),
        ("snake_case", "XMLHttpRequest", "xml_http_request"),
        ("snake_case", "SuperAdmin2", "super_admin2"),
        ("kebab-case", "display_name", "display-name"),
        ("lowercase", "display_name", "display_name"),
        ("lowercase", "DisplayName", "displayname"),
        ("UPPERCASE", "display_name", "DISPLAY_NAME"),
        ("SCREAMING_SNAKE_CASE", "DisplayName", "DISPLAY_NAME"),
        ("camelCase", "display_name", "displayName"),
        ("camelCase", "_id", "id"),
        ("PascalCase", "display_name_2", "DisplayName2"),
        ("PascalCase", "is_2fa_on", "Is2faOn"),
    ];
    for (case, name, expected) in table {
        assert_eq!(spelled(case, name), expected, "{name} in {case}");
    }
}

#[test]
fn nearest_word_is_suggested_only_when_similar() {
    let known = ["login", "claim", "register"];
    assert_eq!(did_you_mean("logn", known), "; did you mean `login`?");
    assert_eq!(did_you_mean("Claims", known), "; did you mean `claim`?");
    assert_eq!(did_you_mean("unique", known), "");
}

#[test]
fn lists_read_as_sentences() {
    assert_eq!(one_of(["a"]), "`a`");
    assert_eq!(one_of(["a", "b", "c"]), "`a`, `b` or `c`");
}

#[test]
fn types_are_printed_as_people_write_them() {
    let types = [
        "i64",
        "Option<&'static str>",
        "Box<dyn Error + Send>",
        "HashMap<String, [u8; 4]>",
        "::std::sync::Arc<app::Pool>",
        "Extension<(A, B)>",
        "Parts<'a, T = u8>",
        "impl Fn(&mut Pool)->bool",
    ];
    for written in types {
        let tokens: proc_macro2::TokenStream = written.parse().expect("it is Rust");
        assert_eq!(types::text(&tokens), written);
    }
}
