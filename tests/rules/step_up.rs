//! What a refused caller is told to do is enough, is not too much, and is there whenever something would help.

use std::time::Duration;

use auth::clock::Timestamp;
use auth::policy::{Answers, Facts, Rule, Verdict};
use auth::{Fresh, Has, StepUp};
use auth_tests::{User, UserClaims};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::exhaustive::{Bit, leak};
use crate::random_rules::{MOST, Tree, trees};

const NOW: u64 = 10_000;

/// Ages that some atoms ask for, in seconds.
const AGES: [u64; 4] = [10, 20, 30, 40];

/// The atoms: two roles, a check, four ages, a second factor.
fn leaf(atom: usize) -> Rule<User> {
    match atom {
        0 => Rule::Is(leak(Bit(0)), "R::A"),
        1 => Rule::Is(leak(Bit(1)), "R::B"),
        2 => Rule::Check(0, "asked"),
        3 => Rule::Is(&Has::Mfa, "Has::Mfa"),
        age => Rule::Is(leak(Fresh::seconds(AGES[age - MOST / 2])), "Fresh::seconds(…)"),
    }
}

/// Somebody who signed in so many seconds ago.
fn signed_in(age: u64, mfa: bool, held: u64) -> UserClaims {
    let amr: &[&str] = if mfa { &["pwd", "mfa"] } else { &["pwd"] };
    let claims = serde_json::json!({
        "iss": "User", "aud": "User", "sub": "1", "iat": 0, "exp": 0, "jti": "A".repeat(22), "sid": "A".repeat(43),
        "auth_time": NOW - age, "amr": amr, "gen": held, "role": "member", "display_name": "",
    });
    serde_json::from_value(claims).unwrap()
}

/// The least login that does what `step_up` says.
fn after(step_up: StepUp, age: u64, mfa: bool) -> (u64, bool) {
    (step_up.max_age.map_or(age, |max| age.min(max.as_secs() - 1)), mfa || step_up.mfa)
}

/// Whether `one` asks for less than `other`.
fn less(one: StepUp, other: StepUp) -> bool {
    one != other && one.and(other) == other
}

/// Everything that could be offered.
fn offers() -> Vec<StepUp> {
    let ages = AGES.map(|age| Some(Duration::from_secs(age)));
    let ages = ages.into_iter().chain([None]);
    ages.flat_map(|max_age| [false, true].map(|mfa| StepUp { max_age, mfa })).collect()
}

fn judge(rule: &Rule<User>, (age, mfa): (u64, bool), held: u64, answers: Answers) -> Verdict {
    rule.evaluate(&Facts::of_token(&signed_in(age, mfa, held), Timestamp::from_secs(NOW)), answers)
}

fn promise(tree: &Tree) -> Result<(), TestCaseError> {
    let (rule, text) = tree.build(&leaf);
    for answers in [Answers::NONE, Answers::NONE.with(0, true), Answers::NONE.with(0, false)] {
        for age in [5, 15, 25, 35, 45] {
            for (mfa, held) in [false, true].into_iter().flat_map(|mfa| (0..4).map(move |held| (mfa, held))) {
                if judge(&rule, (age, mfa), held, answers) != Verdict::No {
                    continue;
                }
                let claims = signed_in(age, mfa, held);
                let offer = rule.step_up(&Facts::of_token(&claims, Timestamp::from_secs(NOW)), answers);
                let enough = |offer: &StepUp| judge(&rule, after(*offer, age, mfa), held, answers) != Verdict::No;
                let helps: Vec<StepUp> = offers().into_iter().filter(enough).collect();
                match offer {
                    None => prop_assert!(helps.is_empty(), "{} is not offered for {} at {}", helps[0], text, age),
                    Some(offer) => {
                        prop_assert!(enough(&offer), "{:?} is not enough for {} at {}", offer, text, age);
                        let better = helps.iter().find(|other| less(**other, offer));
                        prop_assert_eq!(better, None, "{:?} is too much for {} at {}", offer, text, age);
                    }
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(400) })]

    #[test]
    fn offered_step_up_is_sufficient_and_minimal(tree in trees()) {
        promise(&tree)?;
    }
}

#[test]
fn longer_age_is_offered_before_shorter_and_second_factor() {
    let offered = |tree: Tree| {
        let (rule, _) = tree.build(&leaf);
        rule.step_up(&Facts::of_token(&signed_in(500, false, 0), Timestamp::from_secs(NOW)), Answers::NONE)
    };
    let (factor, [ten, twenty, ..]) = (Tree::Atom(3), [4, 5, 6, 7].map(Tree::Atom));
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let any = |trees: &[&Tree]| Tree::Any(trees.iter().map(|tree| (*tree).clone()).collect());
    let all = |trees: &[&Tree]| Tree::All(trees.iter().map(|tree| (*tree).clone()).collect());
    assert_eq!(offered(any(&[&ten, &twenty])), Some(StepUp { max_age: seconds(20), mfa: false }));
    assert_eq!(offered(any(&[&factor, &ten])), Some(StepUp { max_age: seconds(10), mfa: false }));
    assert_eq!(offered(all(&[&factor, &twenty, &ten])), Some(StepUp { max_age: seconds(10), mfa: true }));
    let not_ten = Tree::Not(Box::new(ten));
    assert_eq!(offered(all(&[&factor, &twenty, &not_ten])), Some(StepUp { max_age: seconds(20), mfa: true }));
    assert_eq!(offered(all(&[&Tree::Atom(0), &factor])), None, "signing in again gives nobody a role");
}
