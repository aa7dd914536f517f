//! Checks whether the rule is meaningful. Every combination of truth values of the atoms is tried, so `a && !a`,
//! `a || !a` and `a && a` are found in every form.

use super::model::Rule;
use crate::diagnostics::Diagnostics;

/// With this many different atoms the table has 65,536 rows, which takes a few milliseconds.
const MOST_ATOMS: usize = 16;

/// Reports a rule, or a part of it, that is always or never met, and parts that make no difference.
pub(super) fn check(rule: &Rule, diagnostics: &mut Diagnostics) {
    let mut atoms: Vec<String> = rule.atoms().iter().map(|atom| atom.key()).collect();
    atoms.sort();
    let written = atoms.len();
    atoms.dedup();
    if atoms.len() > MOST_ATOMS {
        let message = format!(
            "a rule asks for at most {MOST_ATOMS} different things; make a `Requirement` of your own out of some"
        );
        diagnostics.error(rule, message);
        return;
    }
    if double_negation(rule, diagnostics) || atoms.len() == written {
        // Where everything is asked for once, each answer can be any, and so no part is constant or makes no difference.
        return;
    }
    let table = Table::new(atoms);
    if !constant(rule, &table, diagnostics) {
        redundant(rule, rule, &table, diagnostics);
    }
}

fn double_negation(rule: &Rule, diagnostics: &mut Diagnostics) -> bool {
    match rule {
        Rule::Atom(_) => false,
        Rule::Not(_, inner) => {
            if let Rule::Not(_, innermost) = &**inner {
                diagnostics.error(rule, format_args!("`!!` undoes itself: write `{}`", innermost.text()));
                return true;
            }
            double_negation(inner, diagnostics)
        }
        Rule::All(rules) | Rule::Any(rules) => rules.iter().any(|rule| double_negation(rule, diagnostics)),
    }
}

/// Finds the smallest part that is always or never met.
fn constant(rule: &Rule, table: &Table, diagnostics: &mut Diagnostics) -> bool {
    let parts: &[Rule] = match rule {
        Rule::Atom(_) => return false,
        Rule::Not(_, inner) => std::slice::from_ref(&**inner),
        Rule::All(rules) | Rule::Any(rules) => rules,
    };
    if parts.iter().any(|part| constant(part, table, diagnostics)) {
        return true;
    }
    let column = table.column(rule, None);
    let never = column.iter().all(|bits| *bits == 0);
    if !never && !column.iter().all(|bits| *bits == table.full()) {
        return false;
    }
    let verdict = if never { "can never be met" } else { "is always met" };
    let (at, text) = opposites(parts, table).map_or_else(
        || (rule, rule.text()),
        |(one, other)| {
            let word = if never { "&&" } else { "||" };
            (other, format!("{} {word} {}", one.text(), other.text()))
        },
    );
    diagnostics.error(at, format_args!("`{text}` {verdict}"));
    true
}

/// Finds two parts of which one is the negation of the other.
fn opposites<'a>(parts: &'a [Rule], table: &Table) -> Option<(&'a Rule, &'a Rule)> {
    let mut pairs =
        parts.iter().enumerate().flat_map(|(index, other)| parts.iter().take(index).map(move |one| (one, other)));
    pairs.find(|(one, other)| {
        let (one, other) = (table.column(one, None), table.column(other, None));
        one.iter().zip(&other).all(|(one, other)| one ^ other == table.full())
    })
}

/// Finds an operand without which the whole rule means the same; the last one if there are several, because of two
/// equal operands the second is the repetition.
fn redundant(part: &Rule, whole: &Rule, table: &Table, diagnostics: &mut Diagnostics) -> bool {
    match part {
        Rule::Atom(_) => false,
        Rule::Not(_, inner) => redundant(inner, whole, table, diagnostics),
        Rule::All(rules) | Rule::Any(rules) => {
            let meaning = table.column(whole, None);
            for (index, rule) in rules.iter().enumerate().rev() {
                if table.column(whole, Some(rule)) != meaning {
                    continue;
                }
                let text = rule.text();
                let repeated = rules.iter().take(index).any(|other| other.text() == text);
                if repeated {
                    diagnostics.error(rule, format_args!("`{text}` is asked for twice; remove one"));
                } else {
                    diagnostics.error(
                        rule,
                        format_args!("`{text}` makes no difference here: the rule means the same without it"),
                    );
                }
                return true;
            }
            rules.iter().any(|rule| redundant(rule, whole, table, diagnostics))
        }
    }
}

/// All assignments of truth values to the atoms (known by their keys), 64 per word.
struct Table {
    atoms: Vec<String>,
}

impl Table {
    fn new(atoms: Vec<String>) -> Self {
        Self { atoms }
    }

    /// Returns the used rows of a word.
    fn full(&self) -> u64 {
        if self.atoms.len() < 6 { (1 << (1 << self.atoms.len())) - 1 } else { u64::MAX }
    }

    fn words(&self) -> u64 {
        1 << self.atoms.len().saturating_sub(6)
    }

    /// Returns the rows in which `rule` holds, as if the operand `without` were absent.
    fn column(&self, rule: &Rule, without: Option<&Rule>) -> Vec<u64> {
        let present = |rules: &[Rule]| -> Vec<Vec<u64>> {
            let rules = rules.iter().filter(|rule| !without.is_some_and(|without| std::ptr::eq(*rule, without)));
            rules.map(|rule| self.column(rule, without)).collect()
        };
        let fold = |columns: Vec<Vec<u64>>, start: u64, join: fn(u64, u64) -> u64| {
            let start: Vec<u64> = (0..self.words()).map(|_| start).collect();
            columns
                .into_iter()
                .fold(start, |all, column| all.into_iter().zip(column).map(|(a, b)| join(a, b)).collect())
        };
        match rule {
            Rule::Atom(atom) => self.atom(&atom.key()),
            Rule::Not(_, inner) => self.column(inner, without).into_iter().map(|bits| !bits & self.full()).collect(),
            Rule::All(rules) => fold(present(rules), self.full(), |a, b| a & b),
            Rule::Any(rules) => fold(present(rules), 0, |a, b| a | b),
        }
    }

    /// In row *n*, the atom at position *p* is true if bit *p* of *n* is set.
    fn atom(&self, key: &str) -> Vec<u64> {
        const PATTERNS: [u64; 6] = [
            0xAAAA_AAAA_AAAA_AAAA,
            0xCCCC_CCCC_CCCC_CCCC,
            0xF0F0_F0F0_F0F0_F0F0,
            0xFF00_FF00_FF00_FF00,
            0xFFFF_0000_FFFF_0000,
            0xFFFF_FFFF_0000_0000,
        ];
        let index = self.atoms.iter().position(|atom| atom == key).unwrap_or_default();
        (0..self.words())
            .map(|word| match PATTERNS.get(index) {
                Some(pattern) => pattern & self.full(),
                None if word >> (index - PATTERNS.len()) & 1 == 1 => u64::MAX,
                None => 0,
            })
            .collect()
    }
}
