//! Suggestions for misspelled names.

/// Returns the name most similar to `wanted`, if any is similar enough.
pub(super) fn nearest<'a>(wanted: &str, names: &'a [String]) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    let close = names.iter().filter_map(|name| {
        let lower = name.to_lowercase();
        let contained = lower.contains(&wanted) || wanted.contains(&lower);
        let distance = distance(&wanted, &lower);
        (contained || distance <= wanted.chars().count() / 3 + 1).then_some((distance, name.as_str()))
    });
    close.min().map(|(_, name)| name)
}

/// The number of letters to add, remove or change (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, of_a) in a.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, of_b) in row.iter_mut().skip(1).zip(&b) {
            let best = (diagonal + usize::from(of_a != *of_b)).min(left + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, best);
            left = best;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn distance_counts_edits() {
        for (a, b, edits) in
            [("", "", 0), ("email", "email", 0), ("emial", "email", 2), ("mail", "email", 1), ("", "abc", 3)]
        {
            assert_eq!(distance(a, b), edits, "{a} {b}");
            assert_eq!(distance(b, a), edits, "{b} {a}");
        }
    }

    #[test]
    fn the_suggested_name_is_the_nearest_and_only_if_it_is_near() {
        let names = ["id", "Email", "email_address", "created_at"].map(String::from);
        assert_eq!(nearest("email", &names), Some("Email"));
        assert_eq!(nearest("emial", &names), Some("Email"));
        assert_eq!(nearest("password_hash", &names), None);
    }
}
