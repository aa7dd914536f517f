//! What a rule means, told from its text alone: a parser and an evaluator of their own.
//!
//! Precedence as in Rust: `!` binds tighter than `&&`, and `&&` tighter than `||`.

/// Whether `text` holds, given what each atom is.
pub(crate) fn holds(text: &str, atom: &dyn Fn(&str) -> bool) -> bool {
    let mut parser = Parser { tokens: tokens(text), place: 0, atom };
    let value = parser.any();
    assert_eq!(parser.place, parser.tokens.len(), "something is left over in `{text}`");
    value
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
    atom: &'a dyn Fn(&str) -> bool,
}

impl Parser<'_> {
    fn eat(&mut self, token: &str) -> bool {
        let there = self.tokens.get(self.place).is_some_and(|found| found == token);
        self.place += usize::from(there);
        there
    }

    fn any(&mut self) -> bool {
        let mut value = self.all();
        while self.eat("|") {
            assert!(self.eat("|"), "a single `|`");
            // Both sides are parsed, whatever the first says.
            value |= self.all();
        }
        value
    }

    fn all(&mut self) -> bool {
        let mut value = self.not();
        while self.eat("&") {
            assert!(self.eat("&"), "a single `&`");
            value &= self.not();
        }
        value
    }

    fn not(&mut self) -> bool {
        if self.eat("!") {
            return !self.not();
        }
        if self.eat("(") {
            let value = self.any();
            assert!(self.eat(")"), "no closing parenthesis");
            return value;
        }
        let token = self.tokens[self.place].clone();
        self.place += 1;
        (self.atom)(&token)
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
