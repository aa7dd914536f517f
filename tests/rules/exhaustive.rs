//! All trees of up to four atoms, under all assignments: evaluated, printed, and read again by the reference.

use auth::clock::Timestamp;
use auth::policy::{Answers, Facts, Requirement, Rule, Verdict};
use auth_tests::{User, UserClaims};

use crate::reference;

/// An atom: true when its bit of the caller's number is set.
pub(crate) struct Bit(pub(crate) u32);

impl Requirement<User> for Bit {
    fn holds(&self, caller: &Facts<'_, User>) -> bool {
        caller.claims().unwrap().generation >> self.0 & 1 == 1
    }
}

const NOW: Timestamp = Timestamp::from_secs(0);

const NAMES: [&str; 4] = ["A", "B", "C", "D"];

pub(crate) fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// A tree without names; atoms get them from left to right.
#[derive(Clone, Debug)]
enum Shape {
    Atom,
    Not(Box<Shape>),
    All(Vec<Shape>),
    Any(Vec<Shape>),
}

/// Every way to write `n` as a sum of at least two parts, in every order.
fn splits(n: usize) -> Vec<Vec<usize>> {
    fn go(n: usize) -> Vec<Vec<usize>> {
        let mut all = vec![vec![n]];
        for first in 1..n {
            all.extend(go(n - first).into_iter().map(|rest| [vec![first], rest].concat()));
        }
        all
    }
    go(n).into_iter().filter(|split| split.len() > 1).collect()
}

/// Every tree with `n` atoms, lists of any length, a negation (or none) in front of every node.
fn shapes(n: usize) -> Vec<Shape> {
    let mut plain = Vec::new();
    if n == 1 {
        plain.push(Shape::Atom);
    }
    for split in splits(n) {
        let mut lists = vec![Vec::new()];
        for part in split {
            let choices = shapes(part);
            let longer = lists
                .iter()
                .flat_map(|list| choices.iter().map(move |choice| [list.clone(), vec![choice.clone()]].concat()));
            lists = longer.collect();
        }
        plain.extend(lists.iter().cloned().map(Shape::All));
        plain.extend(lists.into_iter().map(Shape::Any));
    }
    let negated = plain.iter().cloned().map(|shape| Shape::Not(Box::new(shape))).collect::<Vec<_>>();
    [plain, negated].concat()
}

fn build(shape: &Shape, next: &mut usize, text: &mut String) -> Rule<User> {
    match shape {
        Shape::Atom => {
            let place = *next;
            *next += 1;
            text.push_str(NAMES[place]);
            Rule::Is(leak(Bit(u32::try_from(place).unwrap())), NAMES[place])
        }
        Shape::Not(inner) => {
            text.push('!');
            Rule::Not(leak(build(inner, next, text)))
        }
        Shape::All(parts) => Rule::All(list(parts, " && ", next, text)),
        Shape::Any(parts) => Rule::Any(list(parts, " || ", next, text)),
    }
}

/// Writes the group in parentheses always: what the tree means, whatever the printer does.
fn list(parts: &[Shape], word: &str, next: &mut usize, text: &mut String) -> &'static [Rule<User>] {
    text.push('(');
    let mut rules = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        text.push_str(if place == 0 { "" } else { word });
        rules.push(build(part, next, text));
    }
    text.push(')');
    leak(rules)
}

/// Claims whose generation is `bits`.
pub(crate) fn caller(bits: u64) -> UserClaims {
    let claims = serde_json::json!({
        "iss": "User", "aud": "User", "sub": "1", "iat": 0, "exp": 0, "jti": "A".repeat(22), "sid": "A".repeat(43),
        "auth_time": 0, "amr": [], "gen": bits, "role": "member", "display_name": "",
    });
    serde_json::from_value(claims).unwrap()
}

#[test]
fn mac_05_every_rule_of_four_atoms_means_its_text() {
    let callers: Vec<UserClaims> = (0..16).map(caller).collect();
    let mut trees = 0;
    for atoms in 1..=4 {
        for shape in shapes(atoms) {
            let mut text = String::new();
            let rule = build(&shape, &mut 0, &mut text);
            let printed = rule.to_string();
            for (bits, claims) in callers.iter().enumerate().take(1 << atoms) {
                let atom = |name: &str| bits >> NAMES.iter().position(|known| *known == name).unwrap() & 1 == 1;
                let expected = reference::holds(&text, &atom);
                let verdict = rule.evaluate(&Facts::of_token(claims, NOW), Answers::NONE);
                assert_eq!(verdict == Verdict::Yes, expected, "{text} under {bits:04b}");
                assert_eq!(reference::holds(&printed, &atom), expected, "{text} was printed as {printed}");
            }
            trees += 1;
        }
    }
    assert!(trees > 5_000, "{trees} trees");
}

#[test]
fn mac_05_empty_all_is_yes_and_empty_any_is_no() {
    let claims = caller(0);
    let judged = |rule: Rule<User>| rule.evaluate(&Facts::of_token(&claims, NOW), Answers::NONE);
    assert_eq!(judged(Rule::SignedIn), Verdict::Yes);
    assert_eq!(judged(Rule::All(&[])), Verdict::Yes);
    assert_eq!(judged(Rule::Any(&[])), Verdict::No, "what a broken attribute becomes lets nobody in");
    assert_eq!(judged(Rule::Not(&Rule::SignedIn)), Verdict::No);
}
