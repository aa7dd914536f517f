//! Collects the mistakes of one item, so that a single compilation shows all of them.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The mistakes found so far. The driver in `lib.rs` owns and emits them, so they cannot be forgotten.
#[derive(Default)]
pub(crate) struct Diagnostics {
    errors: Vec<syn::Error>,
}

impl Diagnostics {
    /// Records a mistake; all of `at` is underlined.
    pub(crate) fn error(&mut self, at: impl ToTokens, message: impl Display) {
        self.errors.push(syn::Error::new_spanned(at, message));
    }

    /// Records a mistake at a place that has no tokens of its own.
    pub(crate) fn error_at(&mut self, span: Span, message: impl Display) {
        self.errors.push(syn::Error::new(span, message));
    }

    /// Records an error of the parser.
    pub(crate) fn record(&mut self, error: syn::Error) {
        self.errors.push(error);
    }

    /// Returns the value, or records the parser's error.
    pub(crate) fn ok_or_record<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.record(error)).ok()
    }

    /// Returns the number of mistakes; compare two counts to see whether a step found any.
    pub(crate) fn count(&self) -> usize {
        self.errors.len()
    }

    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<String> {
        self.errors.iter().map(ToString::to_string).collect()
    }

    /// Returns `tokens`, followed by a `compile_error!` for each mistake.
    pub(crate) fn with_errors(self, tokens: TokenStream) -> TokenStream {
        self.errors.iter().map(syn::Error::to_compile_error).fold(tokens, |mut all, error| {
            all.extend(error);
            all
        })
    }
}

/// Returns `; did you mean …?` if one of `known` is close to `word`, otherwise nothing.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let allowed = ((word.chars().count() + 1) / 3).max(1);
    let word = word.to_lowercase();
    let distance = |known: &str| strsim::levenshtein(&word, &known.to_lowercase());
    let best = known.into_iter().map(|known| (distance(known), known)).min_by_key(|(distance, _)| *distance);
    match best {
        Some((distance, known)) if distance <= allowed => format!("; did you mean `{known}`?"),
        _ => String::new(),
    }
}

/// `` `a`, `b` or `c` ``
pub(crate) fn one_of<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    let last = words.pop().unwrap_or_default();
    if words.is_empty() { last } else { format!("{} or {last}", words.join(", ")) }
}
