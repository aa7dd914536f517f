//! The CHECK constraints of single columns, which only MariaDB has: `MODIFY` drops them unless it repeats them.
//!
//! They are read from the text of the table. `information_schema.check_constraints` has them, too, but opens every table
//! of every database for that, and when many instances start at once they would run out of time.

/// Returns the names of columns that have a CHECK of their own, and ` CHECK (…)`, from the answer to `SHOW CREATE TABLE`.
pub(super) fn column_checks(create_table: &str) -> Vec<(String, &str)> {
    let lines = create_table.lines().filter_map(|line| line.trim_start().strip_prefix('`'));
    lines.filter_map(|line| column_check(line.strip_suffix(',').unwrap_or(line))).collect()
}

/// Reads one line, behind the first quote of the name. The CHECK is the last part of a column.
fn column_check(line: &str) -> Option<(String, &str)> {
    let end = end_of_quoted(line, '`')?;
    let (name, rest) = line.split_at_checked(end)?;
    let name = name.strip_suffix('`')?.replace("``", "`");
    let mut place = 0;
    loop {
        let text = rest.get(place..)?;
        if text.starts_with(" CHECK (") {
            return Some((name, text));
        }
        let next = text.chars().next()?;
        place += next.len_utf8();
        if matches!(next, '\'' | '"' | '`') {
            place += end_of_quoted(rest.get(place..)?, next)?;
        }
    }
}

/// Returns where a quoted text ends that has begun: behind the quote that is neither doubled nor behind a backslash.
fn end_of_quoted(text: &str, quote: char) -> Option<usize> {
    let mut chars = text.char_indices().peekable();
    while let Some((place, next)) = chars.next() {
        if next == '\\' && quote != '`' {
            chars.next();
        } else if next == quote && chars.next_if(|(_, following)| *following == quote).is_none() {
            return Some(place + quote.len_utf8());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::column_checks;

    #[test]
    fn check_of_column_is_told_from_its_likes() {
        let text = "CREATE TABLE `t` (
  `a` int(11) DEFAULT NULL CHECK (`a` > 0),
  `b` varchar(40) DEFAULT 'q, CHECK (2)' COMMENT 'it''s \\' CHECK (1)' CHECK (`b` <> ' CHECK (' or `b` = ','),
  `c` int(11) NOT NULL COMMENT ' CHECK (`c`)',
  `e``f` int(11) DEFAULT NULL CHECK (`e``f` > 1),
  `g CHECK (` int(11) DEFAULT NULL,
  PRIMARY KEY (`a`),
  CONSTRAINT `cc` CHECK (`a` < 7)
) ENGINE=InnoDB";
        assert_eq!(
            column_checks(text),
            [
                ("a".to_owned(), " CHECK (`a` > 0)"),
                ("b".to_owned(), " CHECK (`b` <> ' CHECK (' or `b` = ',')"),
                ("e`f".to_owned(), " CHECK (`e``f` > 1)"),
            ]
        );
        assert_eq!(column_checks("  `broken"), []);
        assert_eq!(column_checks("  `a` int DEFAULT 'broken CHECK (1)"), []);
    }
}
