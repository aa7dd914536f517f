//! Rules: what is accepted, and which nonsense is found.

use super::{Macro, run};

fn verdict(rule: &str) -> Vec<String> {
    run(Macro::Protected(rule), "async fn f() {}").1
}

#[test]
fn rules_that_say_something_pass() {
    let rules = [
        "",
        "live",
        "R::A",
        "!R::A",
        "R::A && R::B",
        "R::A || R::B && !R::C",
        "(R::A || R::B) && !(R::C && R::D)",
        // Exactly one of two: each atom appears twice, and all four are needed.
        "R::A && !R::B || !R::A && R::B",
        "a::b::R::A && ::c::R::A && self::R::A && super::R::A && crate::R::A",
        "Fresh::minutes(5) || Fresh::minutes(15)",
        "Is::named(\"x\", 'c', -3, 1.5, true)",
        "R::A, live, user = Staff, crate = ::x",
        "user = app::Staff<'static>, R::A,",
        "R::r#Type",
    ];
    for rule in rules {
        assert_eq!(verdict(rule), [""; 0], "{rule}");
    }
}

#[test]
fn rules_that_mean_nothing_are_found() {
    let rules = [
        ("R::A && !R::A", "`R::A && !R::A` can never be met"),
        ("R::A && R::B && !R::A", "`R::A && !R::A` can never be met"),
        ("R::A || !R::A", "`R::A || !R::A` is always met"),
        ("R::B && (R::A || !R::A)", "`R::A || !R::A` is always met"),
        ("!(R::A && !R::A)", "`R::A && !R::A` can never be met"),
        ("(R::A || R::B) && !R::A && !R::B", "`(R::A || R::B) && !R::A && !R::B` can never be met"),
        ("!!R::A", "`!!` undoes itself: write `R::A`"),
        ("R::A && R::A", "`R::A` is asked for twice; remove one"),
        ("R::A || R::B || R::A", "`R::A` is asked for twice; remove one"),
        ("R :: A && R::A", "`R::A` is asked for twice; remove one"),
        ("F::m(5) && F::m( 5 )", "`F::m(5)` is asked for twice; remove one"),
        ("R::A || R::A && R::B", "`R::A && R::B` makes no difference here: the rule means the same without it"),
        ("R::A && (R::A || R::B)", "`R::A || R::B` makes no difference here: the rule means the same without it"),
        ("R::A || !R::A && R::B", "`!R::A` makes no difference here: the rule means the same without it"),
    ];
    for (rule, message) in rules {
        assert_eq!(verdict(rule), [message], "{rule}");
    }
}

#[test]
fn sixteen_atoms_are_judged_and_seventeen_refused() {
    let rule = |count: usize| (0..count).map(|n| format!("R::V{n}")).collect::<Vec<_>>().join(" || ");
    assert_eq!(verdict(&rule(16)), [""; 0]);
    assert_eq!(verdict(&format!("{} || R::V15", rule(16))), ["`R::V15` is asked for twice; remove one"]);
    let message = "a rule asks for at most 16 different things; make a `Requirement` of your own out of some";
    assert_eq!(verdict(&rule(17)), [message]);
}

/// The grouping in the constant follows Rust's precedence.
#[test]
fn grouping_is_rusts() {
    let (tokens, _) = run(Macro::Protected("R::A || R::B && !(R::C || R::D)"), "async fn f() {}");
    let text = tokens.to_string().replace([' ', '\n'], "").replace("::auth::__private::", "");
    let expected = r#"Rule::Any(&[Rule::Is(&<R>::A,"R::A"),Rule::All(&[Rule::Is(&<R>::B,"R::B"),Rule::Not(&Rule::Any(&[Rule::Is(&<R>::C,"R::C"),Rule::Is(&<R>::D,"R::D")]))])])"#;
    assert!(text.contains(expected), "{text}");
}

/// After a mistake the handler is still a handler, but one that refuses everybody.
#[test]
fn a_mistake_in_the_rule_closes_the_handler() {
    let (tokens, messages) = run(Macro::Protected("R::A, R::B"), "async fn f(x: X) { half typed. }");
    assert_eq!(messages.len(), 1);
    let text = tokens.to_string().replace([' ', '\n'], "");
    assert!(text.contains("asyncfnf(_:::auth::__private::Guard<__auth_policy_f>,x:X){halftyped.}"), "{text}");
    assert!(text.contains("=::auth::__private::Rule::Any(&[]);"), "{text}");
}

/// What cannot have a handler in its place is returned unchanged.
#[test]
fn a_mistake_in_the_item_leaves_it_alone() {
    for item in
        ["struct S;", "async fn f(x: X);", "impl S { async fn f(&self) {} }", "async fn f(&self) {}", "async fn f(;"]
    {
        let Ok(tokens) = item.parse::<proc_macro2::TokenStream>() else { continue };
        let (after, messages) = run(Macro::Protected(""), item);
        assert_eq!(after.to_string(), tokens.to_string());
        assert!(!messages.is_empty(), "{item}");
    }
}
