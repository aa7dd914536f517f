//! Rules with checks: judged under every partial knowledge, and asked as the guard asks, against Kleene's logic as told
//! from the text.

use auth::clock::Timestamp;
use auth::policy::{Answers, Facts, Rule, Verdict};
use auth_tests::User;
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::exhaustive::{Bit, caller, leak};
use crate::random_rules::{ATOMS, MOST, Tree, trees};
use crate::reference;

/// A tree of which some atoms are checks.
#[derive(Debug)]
struct Case {
    tree: Tree,
    rule: Rule<User>,
    text: String,
    /// Which atoms are checks, as bits.
    checks: u32,
}

impl Case {
    fn new(tree: Tree, checks: u32) -> Self {
        let (rule, text) = tree.build(&|atom| match checks >> atom & 1 {
            0 => Rule::Is(leak(Bit(u32::try_from(atom).unwrap())), ATOMS[0][atom]),
            _ => Rule::Check(atom, ATOMS[1][atom]),
        });
        Self { tree, rule, text, checks }
    }

    fn is_check(&self, atom: usize) -> bool {
        self.checks >> atom & 1 == 1
    }

    fn judge(&self, held: u64, answers: Answers) -> Verdict {
        let claims = caller(held);
        self.rule.evaluate(&Facts::of_token(&claims, Timestamp::from_secs(0)), answers)
    }

    /// What the text says.
    fn known(&self, held: u64, answer: &dyn Fn(usize) -> Option<bool>) -> Option<bool> {
        reference::known(&self.text, &|name| {
            let place = |names: &[&str; MOST]| names.iter().position(|known| *known == name);
            place(&ATOMS[0]).map_or_else(|| answer(place(&ATOMS[1]).unwrap()), |atom| Some(held >> atom & 1 == 1))
        })
    }

    /// Every set of requirements that can be held, as bits.
    fn holdings(&self) -> Vec<u64> {
        let requirements = self.tree.different(|atom| !self.is_check(atom));
        (0..1_u64 << requirements.len())
            .map(|bits| requirements.iter().enumerate().map(|(place, atom)| (bits >> place & 1) << atom).sum())
            .collect()
    }

    /// Every way to give each check one of three values: no, yes, and the third.
    fn thirds(&self) -> Vec<[Option<bool>; MOST]> {
        let checks = self.tree.different(|atom| self.is_check(atom));
        let mut all = vec![[None; MOST]];
        for check in checks {
            let given = |value| {
                move |mut one: [Option<bool>; MOST]| {
                    one[check] = value;
                    one
                }
            };
            all = [None, Some(false), Some(true)]
                .into_iter()
                .flat_map(|value| all.iter().copied().map(given(value)).collect::<Vec<_>>())
                .collect();
        }
        all
    }
}

fn cases() -> impl Strategy<Value = Case> {
    (trees(), 0..256_u32).prop_map(|(tree, checks)| Case::new(tree, checks))
}

fn answers(known: [Option<bool>; MOST]) -> Answers {
    let known = known.iter().enumerate().filter_map(|(place, answer)| Some((place, (*answer)?)));
    known.fold(Answers::NONE, |answers, (place, answer)| answers.with(place, answer))
}

/// How a request ends: let in or not, or with the error of the check at this place.
type End = Result<bool, usize>;

/// Asks as the guard does; `truth` has `None` for a check that fails. Gives how it ended, and who was asked.
fn ask(judge: &dyn Fn(Answers) -> Verdict, truth: [Option<bool>; MOST]) -> (End, Vec<usize>) {
    let (mut known, mut asked) = (Answers::NONE, Vec::new());
    loop {
        match judge(known) {
            Verdict::Yes => return (Ok(true), asked),
            Verdict::No => return (Ok(false), asked),
            Verdict::NeedsCheck(place) => {
                assert!(!asked.contains(&place), "{place} is asked twice");
                asked.push(place);
                match truth[place] {
                    Some(answer) => known = known.with(place, answer),
                    None => return (Err(place), asked),
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(400) })]

    #[test]
    fn mac_05_a_verdict_is_kleenes_whatever_is_known(case in cases()) {
        for held in case.holdings() {
            for known in case.thirds() {
                let expected = case.known(held, &|check| known[check]);
                let verdict = case.judge(held, answers(known));
                match verdict {
                    Verdict::Yes => prop_assert_eq!(expected, Some(true)),
                    Verdict::No => prop_assert_eq!(expected, Some(false)),
                    Verdict::NeedsCheck(place) => {
                        prop_assert_eq!(expected, None);
                        prop_assert!(case.is_check(place) && known[place].is_none() && case.tree.atoms().contains(&place));
                    }
                }
            }
        }
    }

    #[test]
    fn mac_07_only_relevant_checks_run_without_changing_the_decision(case in cases()) {
        for held in case.holdings() {
            for truth in case.thirds() {
                let (end, asked) = ask(&|answers| case.judge(held, answers), truth);
                for (turn, place) in asked.iter().enumerate() {
                    let before = |check: usize| asked[..turn].contains(&check).then(|| truth[check].unwrap());
                    prop_assert_eq!(case.known(held, &before), None, "{} was asked needlessly", place);
                }
                let everything = case.known(held, &|check| truth[check]);
                match end {
                    Ok(end) => prop_assert_eq!(Some(end), everything),
                    Err(failed) => {
                        prop_assert_eq!(truth[failed], None);
                        prop_assert_eq!(asked.last(), Some(&failed), "nobody is asked after a failure");
                    }
                }
                if everything.is_none() {
                    prop_assert!(end.is_err(), "a failure decided");
                }
            }
        }
    }

    /// With each atom in one place only, "matters" can be told without Kleene: two ways to answer the rest, and the
    /// answer of this check makes the difference.
    #[test]
    fn mac_07_where_nothing_is_repeated_every_question_can_still_decide(case in cases()) {
        let mut seen = case.tree.atoms();
        seen.sort_unstable();
        seen.dedup();
        prop_assume!(seen.len() == case.tree.atoms().len());
        for held in case.holdings() {
            for known in case.thirds() {
                let Verdict::NeedsCheck(place) = case.judge(held, answers(known)) else { continue };
                let open = case.tree.different(|atom| case.is_check(atom) && known[atom].is_none());
                let decides = (0..1_u32 << open.len()).any(|bits| {
                    let end = |answer: bool| {
                        case.known(held, &|check| {
                            let guess = || open.iter().position(|it| *it == check).map(|place| bits >> place & 1 == 1);
                            if check == place { Some(answer) } else { known[check].or_else(guess) }
                        })
                    };
                    end(true) != end(false)
                });
                prop_assert!(decides, "{} cannot matter in {}", place, case.text);
            }
        }
    }

    #[test]
    fn mac_07_negations_never_turn_failure_into_yes(case in cases(), negations in 1..5_usize) {
        let tree = (0..negations).fold(case.tree.clone(), |tree, _| Tree::Not(Box::new(tree)));
        let turned = Case::new(tree, case.checks);
        for held in case.holdings() {
            for truth in case.thirds() {
                let (plain, asked) = ask(&|answers| case.judge(held, answers), truth);
                let (other, asked_other) = ask(&|answers| turned.judge(held, answers), truth);
                prop_assert_eq!(plain.map(|end| end ^ (negations % 2 == 1)), other);
                prop_assert_eq!(asked, asked_other);
            }
        }
    }
}
