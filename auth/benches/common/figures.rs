//! Medians, and the words around them.

/// The value in the middle of what was measured, or at another part of it: `0.99` is the 99th percentile.
pub(crate) fn quantile(mut figures: Vec<f64>, part: f64) -> f64 {
    figures.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a place in a list"
    )]
    let place = (figures.len() as f64 * part) as usize;
    *figures.get(place.min(figures.len() - 1)).unwrap()
}

/// Of one figure of every round.
pub(crate) fn median<T>(rounds: &[T], figure: impl Fn(&T) -> f64) -> f64 {
    quantile(rounds.iter().map(figure).collect(), 0.5)
}

#[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
pub(crate) fn to_f64(count: usize) -> f64 {
    count as f64
}
