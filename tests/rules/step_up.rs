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
const AGES: [u64; 3] = [10, 20, 30];

/// The atoms: two roles, a check, a second factor, a passkey, three ages.
fn leaf(atom: usize) -> Rule<User> {
    match atom {
        0 => Rule::Is(leak(Bit(0)), "R::A"),
        1 => Rule::Is(leak(Bit(1)), "R::B"),
        2 => Rule::Check(0, "asked"),
        3 => Rule::Is(&Has::Mfa, "Has::Mfa"),
        4 => Rule::Is(&Has::Passkey, "Has::Passkey"),
        age => Rule::Is(leak(Fresh::seconds(AGES[age + AGES.len() - MOST])), "Fresh::seconds(…)"),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum With {
    Password,
    Factors,
    Passkey,
}

impl With {
    const ALL: [Self; 3] = [Self::Password, Self::Factors, Self::Passkey];

    fn of(step_up: StepUp) -> Self {
        match (step_up.passkey, step_up.mfa) {
            (true, _) => Self::Passkey,
            (false, true) => Self::Factors,
            (false, false) => Self::Password,
        }
    }

    fn step_up(self, max_age: Option<Duration>) -> StepUp {
        StepUp { max_age, mfa: self != Self::Password, passkey: self == Self::Passkey }
    }
}

/// Somebody who signed in so many seconds ago.
fn signed_in(age: u64, with: With, held: u64) -> UserClaims {
    let amr: &[&str] = match with {
        With::Password => &["pwd"],
        With::Factors => &["pwd", "mfa"],
        With::Passkey if held & 1 == 0 => &["hwk", "mfa", "user"],
        With::Passkey => &["swk", "mfa", "user"],
    };
    let claims = serde_json::json!({
        "iss": "User", "aud": "User", "sub": "1", "iat": 0, "exp": 0, "jti": "A".repeat(22), "sid": "A".repeat(43),
        "auth_time": NOW - age, "amr": amr, "gen": held, "role": "member", "display_name": "",
    });
    serde_json::from_value(claims).unwrap()
}

/// The least login that does what `step_up` says.
fn after(step_up: StepUp, age: u64, with: With) -> (u64, With) {
    (step_up.max_age.map_or(age, |max| age.min(max.as_secs() - 1)), with.max(With::of(step_up)))
}

/// Whether `one` asks for less than `other`.
fn less(one: StepUp, other: StepUp) -> bool {
    one != other && one.and(other) == other
}

/// Everything that could be offered.
fn offers() -> Vec<StepUp> {
    let ages = AGES.map(|age| Some(Duration::from_secs(age)));
    let ages = ages.into_iter().chain([None]);
    ages.flat_map(|max_age| With::ALL.map(|with| with.step_up(max_age))).collect()
}

fn judge(rule: &Rule<User>, (age, with): (u64, With), held: u64, answers: Answers) -> Verdict {
    rule.evaluate(&Facts::of_token(&signed_in(age, with, held), Timestamp::from_secs(NOW)), answers)
}

fn promise(tree: &Tree) -> Result<(), TestCaseError> {
    let (rule, text) = tree.build(&leaf);
    for answers in [Answers::NONE, Answers::NONE.with(0, true), Answers::NONE.with(0, false)] {
        for age in [5, 15, 25, 35] {
            for (with, held) in With::ALL.into_iter().flat_map(|with| (0..4).map(move |held| (with, held))) {
                if judge(&rule, (age, with), held, answers) != Verdict::No {
                    continue;
                }
                let claims = signed_in(age, with, held);
                let offer = rule.step_up(&Facts::of_token(&claims, Timestamp::from_secs(NOW)), answers);
                let enough = |offer: &StepUp| judge(&rule, after(*offer, age, with), held, answers) != Verdict::No;
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
        rule.step_up(&Facts::of_token(&signed_in(500, With::Password, 0), Timestamp::from_secs(NOW)), Answers::NONE)
    };
    let (factor, passkey, [ten, twenty, _]) = (Tree::Atom(3), Tree::Atom(4), [5, 6, 7].map(Tree::Atom));
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let any = |trees: &[&Tree]| Tree::Any(trees.iter().map(|tree| (*tree).clone()).collect());
    let all = |trees: &[&Tree]| Tree::All(trees.iter().map(|tree| (*tree).clone()).collect());
    assert_eq!(offered(any(&[&ten, &twenty])), Some(With::Password.step_up(seconds(20))));
    assert_eq!(offered(any(&[&factor, &ten])), Some(With::Password.step_up(seconds(10))));
    assert_eq!(offered(all(&[&factor, &twenty, &ten])), Some(With::Factors.step_up(seconds(10))));
    let not_ten = Tree::Not(Box::new(ten.clone()));
    assert_eq!(offered(all(&[&factor, &twenty, &not_ten])), Some(With::Factors.step_up(seconds(20))));
    assert_eq!(offered(any(&[&passkey, &factor])), Some(With::Factors.step_up(None)));
    assert_eq!(offered(all(&[&passkey, &factor])), Some(With::Passkey.step_up(None)));
    assert_eq!(offered(all(&[&passkey, &ten])), Some(With::Passkey.step_up(seconds(10))));
    assert_eq!(offered(all(&[&Tree::Atom(0), &factor])), None, "signing in again gives nobody a role");
}
