//! What a rule means, told from its text alone: a parser and an evaluator of their own.
//!
//! Precedence as in Rust: `!` binds tighter than `&&`, and `&&` tighter than `||`.

/// Whether `text` holds, given what each atom is.
pub(crate) fn holds(text: &str, atom: &dyn Fn(&str) -> bool) -> bool {
    known(text, &|name| Some(atom(name))).unwrap()
}

/// The same where some atoms are not known: Kleene's strong logic of three values, by the numbers false = 0,
/// unknown = 1, true = 2, of which `&&` takes the least and `||` the greatest.
pub(crate) fn known(text: &str, atom: &dyn Fn(&str) -> Option<bool>) -> Option<bool> {
    let mut parser = Parser { tokens: tokens(text), place: 0, atom };
    let value = parser.any();
    assert_eq!(parser.place, parser.tokens.len(), "something is left over in `{text}`");
    [Some(false), None, Some(true)][value]
}

fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() || c == '_' || c == ':' {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
        if !c.is_whitespace() {
            tokens.push(c.to_string());
        }
    }
    if !word.is_empty() {
        tokens.push(word);
    }
    tokens
}

struct Parser<'a> {
    tokens: Vec<String>,
    place: usize,
    atom: &'a dyn Fn(&str) -> Option<bool>,
}

impl Parser<'_> {
    fn eat(&mut self, token: &str) -> bool {
        let there = self.tokens.get(self.place).is_some_and(|found| found == token);
        self.place += usize::from(there);
        there
    }

    fn any(&mut self) -> usize {
        let mut value = self.all();
        while self.eat("|") {
            assert!(self.eat("|"), "a single `|`");
            // Both sides are parsed, whatever the first says.
            value = value.max(self.all());
        }
        value
    }

    fn all(&mut self) -> usize {
        let mut value = self.not();
        while self.eat("&") {
            assert!(self.eat("&"), "a single `&`");
            value = value.min(self.not());
        }
        value
    }

    fn not(&mut self) -> usize {
        if self.eat("!") {
            return 2 - self.not();
        }
        if self.eat("(") {
            let value = self.any();
            assert!(self.eat(")"), "no closing parenthesis");
            return value;
        }
        let token = self.tokens[self.place].clone();
        self.place += 1;
        (self.atom)(&token).map_or(1, |value| 2 * usize::from(value))
    }
}

#[test]
fn the_reference_knows_precedence_and_grouping() {
    let value = |text: &str| holds(text, &|atom| atom == "t");
    for (text, expected) in [
        ("t", true),
        ("!t", false),
        ("t || f && f", true),
        ("(t || f) && f", false),
        ("!f && f", false),
        ("!(f && f)", true),
        ("!f || t", true),
        ("f && f || t", true),
        ("f && (f || t)", false),
        ("!(t || f) || t && t", true),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn the_reference_knows_what_is_unknown() {
    let value = |text: &str| known(text, &|atom| (atom != "u").then_some(atom == "t"));
    for (text, expected) in [
        ("u", None),
        ("!u", None),
        ("u && f", Some(false)),
        ("u && t", None),
        ("u || t", Some(true)),
        ("f || u", None),
        ("u || !u", None),
        ("!(u && f)", Some(true)),
        ("t && (u || f && t)", None),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}
