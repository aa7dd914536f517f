//! `CHECK` constraints, and the columns that they are about.

/// A constraint of the table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Check {
    pub(super) name: String,
    pub(super) clause: String,
    /// Its columns, separated by commas, if the expression does not name them.
    pub(super) columns: String,
}

/// Finds the constraints in the text of a `CREATE TABLE`. One without a name has that of its column, or none.
pub(super) fn in_create_table(text: &str) -> Vec<Check> {
    let words = words(text);
    let mut checks = Vec::new();
    for (place, word) in words.iter().enumerate() {
        if !word.text.eq_ignore_ascii_case("check") || word.is_quoted {
            continue;
        }
        let Some(clause) = text.get(word.end..).and_then(balanced) else { continue };
        let named = place.checked_sub(2).and_then(|place| words.get(place..place + 2));
        let name = match named {
            Some([constraint, name]) if constraint.text.eq_ignore_ascii_case("constraint") => name.text.clone(),
            _ => String::new(),
        };
        checks.push(Check { name, clause: clause.to_owned(), columns: String::new() });
    }
    checks
}

/// Returns the content of the parentheses at the start of the text.
fn balanced(text: &str) -> Option<&str> {
    let text = text.trim_start().strip_prefix('(')?;
    let (mut depth, mut quote) = (1_u32, None);
    for (place, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth -= 1;
                if depth == 0 {
                    return text.get(..place);
                }
            }
            _ => {}
        }
    }
    None
}

/// Returns those of `columns` that an expression names.
pub(super) fn mentioned<'a>(clause: &str, columns: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let words = words(clause);
    columns.filter(|column| words.iter().any(|word| word.text.eq_ignore_ascii_case(column))).collect()
}

struct Word {
    text: String,
    is_quoted: bool,
    /// Where it ends.
    end: usize,
}

/// Splits a text into names; what is between single quotes is none.
fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let (mut start, mut quote) = (None, None);
    let ends = text.char_indices().chain([(text.len(), ' ')]);
    for (place, c) in ends {
        if let Some(open) = quote {
            if c == open {
                quote = None;
                if let Some(text) = start.take().and_then(|start| text.get(start..place)).filter(|_| open != '\'') {
                    words.push(Word { text: text.to_owned(), is_quoted: true, end: place + 1 });
                }
            }
            continue;
        }
        if c.is_alphanumeric() || c == '_' {
            start.get_or_insert(place);
            continue;
        }
        if let Some(text) = start.take().and_then(|start| text.get(start..place)) {
            words.push(Word { text: text.to_owned(), is_quoted: false, end: place });
        }
        quote = match c {
            '\'' | '"' | '`' => Some(c),
            '[' => Some(']'),
            _ => None,
        };
        start = quote.map(|_| place + 1);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{Check, in_create_table, mentioned};

    #[test]
    fn the_constraints_of_a_table_are_found() {
        let text = r#"CREATE TABLE t (a TEXT CHECK (a <> ')' AND length(a) > 1), "check" INT,
            CONSTRAINT `no root` CHECK (`b` <> 'c'), check(b in (1,2)))"#;
        let check = |name: &str, clause: &str| Check {
            name: name.to_owned(),
            clause: clause.to_owned(),
            columns: String::new(),
        };
        let expected =
            [check("", "a <> ')' AND length(a) > 1"), check("no root", "`b` <> 'c'"), check("", "b in (1,2)")];
        assert_eq!(in_create_table(text), expected);
    }

    #[test]
    fn columns_are_names_and_no_texts() {
        let columns = || ["role", "email", "a b"].into_iter();
        assert_eq!(mentioned("role = 'email' OR \"a b\" IS NULL", columns()), ["role", "a b"]);
        assert_eq!(mentioned("((ROLE)::text = ANY ('{a,b}'::text[]))", columns()), ["role"]);
        assert_eq!(mentioned("roles = 1", columns()), [""; 0]);
    }
}
