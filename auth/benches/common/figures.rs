//! Medians and other quantiles.

/// The value at `part` of the sorted measurements: `0.5` is the median, `0.99` the 99th percentile.
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

/// The median of one figure over all rounds.
pub(crate) fn median<T>(rounds: &[T], figure: impl Fn(&T) -> f64) -> f64 {
    quantile(rounds.iter().map(figure).collect(), 0.5)
}

#[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
pub(crate) fn to_f64(count: usize) -> f64 {
    count as f64
}
