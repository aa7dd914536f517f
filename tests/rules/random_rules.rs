//! Random rules of up to eight atoms, built and written at the same time.

use auth::policy::Rule;
use auth_tests::User;
use proptest::prelude::*;

use crate::exhaustive::leak;

/// The most leaves of a tree, and the number of different atoms.
pub(crate) const MOST: usize = 8;

/// The names of requirements and of checks, by their numbers.
pub(crate) const ATOMS: [[&str; MOST]; 2] = [
    ["R::A", "R::B", "R::C", "R::D", "R::E", "R::F", "R::G", "R::H"],
    ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"],
];

#[derive(Clone, Debug)]
pub(crate) enum Tree {
    /// Of eight.
    Atom(usize),
    Not(Box<Tree>),
    All(Vec<Tree>),
    Any(Vec<Tree>),
}

/// Any tree; atoms come more than once.
pub(crate) fn trees() -> impl Strategy<Value = Tree> {
    let leaf = (0..MOST).prop_map(Tree::Atom);
    let tree = leaf.prop_recursive(5, 16, 4, |inner| {
        let list = proptest::collection::vec(inner.clone(), 2..5);
        prop_oneof![
            1 => inner.prop_map(|tree| Tree::Not(Box::new(tree))),
            1 => list.clone().prop_map(Tree::All),
            1 => list.prop_map(Tree::Any),
        ]
    });
    tree.prop_filter("more than eight leaves", |tree| tree.atoms().len() <= MOST)
}

impl Tree {
    /// The leaves, from left to right.
    pub(crate) fn atoms(&self) -> Vec<usize> {
        match self {
            Self::Atom(atom) => vec![*atom],
            Self::Not(tree) => tree.atoms(),
            Self::All(trees) | Self::Any(trees) => trees.iter().flat_map(Self::atoms).collect(),
        }
    }

    /// Those that `choose` picks, each once, in their order.
    pub(crate) fn different(&self, choose: impl Fn(usize) -> bool) -> Vec<usize> {
        (0..MOST).filter(|atom| choose(*atom) && self.atoms().contains(atom)).collect()
    }

    /// The rule, and its text with every group in parentheses.
    pub(crate) fn build(&self, leaf: &dyn Fn(usize) -> Rule<User>) -> (Rule<User>, String) {
        let list = |trees: &[Self], word: &str| {
            let (rules, texts): (Vec<_>, Vec<_>) = trees.iter().map(|tree| tree.build(leaf)).unzip();
            (leak(rules).as_slice(), format!("({})", texts.join(word)))
        };
        match self {
            Self::Atom(atom) => {
                let rule = leaf(*atom);
                let (Rule::Is(_, text) | Rule::Check(_, text)) = rule else { panic!("no atom") };
                (rule, text.to_owned())
            }
            Self::Not(tree) => {
                let (rule, text) = tree.build(leaf);
                (Rule::Not(leak(rule)), format!("!{text}"))
            }
            Self::All(trees) => {
                let (rules, text) = list(trees, " && ");
                (Rule::All(rules), text)
            }
            Self::Any(trees) => {
                let (rules, text) = list(trees, " || ");
                (Rule::Any(rules), text)
            }
        }
    }
}
