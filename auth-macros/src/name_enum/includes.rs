//! Inclusion as a graph: no cycles, and the transitive closure as bit masks.

use super::EnumKind;
use super::model::RawVariant;
use crate::diagnostics::Diagnostics;

/// Reports each cycle once, with the path around it.
pub(super) fn refuse_cycles(
    kind: EnumKind,
    variants: &[RawVariant],
    included: &[Vec<usize>],
    diagnostics: &mut Diagnostics,
) {
    let mut done = vec![false; variants.len()];
    for start in 0..variants.len() {
        if done.get(start).copied().unwrap_or(true) {
            continue;
        }
        let Some(way) = way_back(start, included) else { continue };
        let names: Vec<String> =
            way.iter().filter_map(|index| variants.get(*index)).map(|variant| format!("`{}`", variant.ident)).collect();
        let first = names.first().cloned().unwrap_or_default();
        let (many, way_round) = (kind.plural(), names.join(" includes "));
        let message = format!("{many} cannot include each other in a circle: {way_round} includes {first}");
        diagnostics.error(variants.get(start).and_then(|variant| variant.includes.key()), message);
        for index in way {
            done.get_mut(index).into_iter().for_each(|done| *done = true);
        }
    }
}

/// Returns the variants on a shortest path from `start` back to it, beginning with `start`.
fn way_back(start: usize, included: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut ways = vec![vec![start]];
    let mut seen = vec![false; included.len()];
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in way.last().and_then(|last| included.get(*last)).into_iter().flatten() {
                if *next == start {
                    return Some(way);
                }
                if let Some(seen) = seen.get_mut(*next).filter(|seen| !**seen) {
                    *seen = true;
                    longer.push(way.iter().copied().chain([*next]).collect());
                }
            }
        }
        ways = longer;
    }
    None
}

/// Returns, for each variant, the bits of itself and all it includes, in words of 64.
pub(super) fn closure(included: &[Vec<usize>]) -> Vec<Vec<u64>> {
    let words = included.len().div_ceil(64);
    (0..included.len())
        .map(|start| {
            let mut mask = vec![0; words];
            let mut next = vec![start];
            while let Some(index) = next.pop() {
                let Some(word) = mask.get_mut(index / 64) else { continue };
                let bit = 1 << (index % 64);
                if *word & bit == 0 {
                    *word |= bit;
                    next.extend(included.get(index).into_iter().flatten());
                }
            }
            mask
        })
        .collect()
}
