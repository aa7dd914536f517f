//! No input makes a macro panic: a panic has no location and no advice.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

use super::{Macro, run_tokens};

/// Splitmix64: the same tokens in every run.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((x ^ (x >> 31)) % 1_000_003).unwrap_or_default() % sides
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }

    fn tokens(&mut self, depth: usize) -> TokenStream {
        (0..self.roll(9)).map(|_| self.token(depth)).collect()
    }

    fn token(&mut self, depth: usize) -> TokenTree {
        const WORDS: [&str; 38] = [
            "auth",
            "role",
            "sqlx",
            "id",
            "login",
            "password_hash",
            "active",
            "roles",
            "permission",
            "permissions",
            "scope",
            "grants",
            "claim",
            "register",
            "default",
            "skip",
            "table",
            "crate",
            "includes",
            "name",
            "rename_all",
            "struct",
            "enum",
            "fn",
            "async",
            "unsafe",
            "extern",
            "pub",
            "self",
            "Role",
            "Admin",
            "live",
            "user",
            "reason",
            "where",
            "dyn",
            "const",
            "r#match",
        ];
        const MARKS: [char; 16] = ['#', ':', ':', ',', '=', '&', '|', '!', '<', '>', '.', ';', '-', '?', '*', '@'];
        match self.roll(if depth == 0 { 8 } else { 11 }) {
            0..=3 => {
                let word = *self.pick(&WORDS);
                let ident = match word.strip_prefix("r#") {
                    Some(raw) => Ident::new_raw(raw, Span::call_site()),
                    None => Ident::new(word, Span::call_site()),
                };
                ident.into()
            }
            4..=6 => {
                let spacing = if self.roll(2) == 0 { Spacing::Joint } else { Spacing::Alone };
                Punct::new(*self.pick(&MARKS), spacing).into()
            }
            7 => self
                .pick(&[Literal::string("is_null"), Literal::u8_suffixed(3), Literal::string("\"; --")])
                .clone()
                .into(),
            _ => {
                let delimiters = [Delimiter::Parenthesis, Delimiter::Brace, Delimiter::Bracket, Delimiter::None];
                Group::new(*self.pick(&delimiters), self.tokens(depth - 1)).into()
            }
        }
    }
}

const MACROS: [Macro<'static>; 7] = [
    Macro::AuthUser,
    Macro::AuthRole,
    Macro::AuthPermission,
    Macro::Protected(""),
    Macro::Public(""),
    Macro::Check(""),
    Macro::Rule(""),
];

#[test]
fn arbitrary_tokens_never_panic() {
    let mut dice = Dice(1);
    for _ in 0..1_500 {
        for the in MACROS {
            let (args, item) = (dice.tokens(3), dice.tokens(4));
            run_tokens(the, args, item);
        }
    }
}

/// Whole items with one token replaced, doubled or dropped, to reach the later steps as well.
#[test]
fn damaged_items_never_panic() {
    const ITEMS: [&str; 6] = [
        r#"#[auth(table = "users", claims = C)] #[sqlx(rename_all = "camelCase")] pub struct User { #[auth(id(generate))] id: i64,
            #[auth(login(exact))] email: String, #[auth(password_hash)] hash: Option<String>, #[auth(roles)] r: Roles<Role>, #[auth(permissions(scope))] p: Permissions<P>, #[auth(verified)] v: bool,
            #[auth(active(when = "is_null"))] off: Option<i64>, #[auth(register, claim)] #[sqlx(rename = "n")] name: String,
            #[auth(default = a + b)] x: u8 }"#,
        r#"#[role(rename_all = "kebab-case", manual(serde))] enum Role { A, #[role(includes(A), name = "b")] B, C(u8) }"#,
        r#"#[permission(rename_all = "kebab-case")] enum P { A, #[permission(includes(A), name = "b:c")] B }"#,
        r"enum R { #[role(grants(P::A, q::P::B))] A, #[role(includes(A), grants(::q::P::C))] B }",
        "#[cfg(unix)] pub(crate) async fn f<T: X>(Path(id): Path<i64>, t: T) -> Result<(), E> where T: Y { id; }",
        "#[cfg(unix)] pub async fn owns(u: U, Path(id): Path<i64>) -> Result<bool, impl X> { Ok(true) }",
    ];
    let rule = "A::B && (C::D || !E::f(5, \"x\") && posts::owns), hidden, live, user = T, crate = ::x, reason = \"y\"";
    let mut dice = Dice(2);
    for round in 0..3_000 {
        let item = ITEMS[round % ITEMS.len()].parse().expect("it is Rust");
        let args = rule.parse().expect("it is Rust");
        let (args, item) = (dice.damage(args), dice.damage(item));
        for the in MACROS {
            run_tokens(the, args.clone(), item.clone());
        }
    }
}

impl Dice {
    fn damage(&mut self, tokens: TokenStream) -> TokenStream {
        let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
        if tokens.is_empty() {
            return self.tokens(1);
        }
        let place = self.roll(tokens.len());
        match (self.roll(4), tokens[place].clone()) {
            (0, _) => drop(tokens.remove(place)),
            (1, token) => tokens.insert(place, token),
            (2 | 3, TokenTree::Group(group)) => {
                tokens[place] = Group::new(group.delimiter(), self.damage(group.stream())).into();
            }
            _ => tokens[place] = self.token(2),
        }
        tokens.into_iter().collect()
    }
}
