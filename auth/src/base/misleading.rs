//! Characters that make a text look like something else to whoever reads it.

/// Whether a text that somebody else chose could forge a line with this character, move the cursor of a terminal, or show
/// what follows in another order: controls, line and paragraph separators, and the embeddings, overrides and isolates of
/// bidirectional text (UAX #9 §2). Marks of direction, which Arabic and Hebrew texts contain, are none of them.
pub(crate) fn is_misleading(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::is_misleading;

    #[test]
    fn only_what_reorders_or_breaks_lines_misleads() {
        for evil in "\0\n\r\t\u{1b}\u{7f}\u{85}\u{9b}\u{2028}\u{2029}\u{202a}\u{202e}\u{2066}\u{2069}".chars() {
            assert!(is_misleading(evil), "{evil:?}");
        }
        for fine in "a ü\u{a0}ש\u{200e}\u{200f}\u{61c}\u{200d}\u{feff}🔑".chars() {
            assert!(!is_misleading(fine), "{fine:?}");
        }
    }
}
