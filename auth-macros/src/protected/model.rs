//! The two models: the input as written, and the validated form.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::token::Paren;
use syn::{Expr, Ident, LitStr, Path, Token, Type};

use crate::crate_path::CratePath;
use crate::set_once::SetOnce;
use crate::types::path_text;

/// Which macro it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attribute {
    Protected,
    Public,
    /// The macro `rule!`, for layers.
    Rule,
}

impl Attribute {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Protected => "protected",
            Self::Public => "public",
            Self::Rule => "rule",
        }
    }
}

/// The arguments as written.
pub(super) struct Raw {
    pub(super) attribute: Attribute,
    pub(super) rule: Option<Rule>,
    pub(super) live: SetOnce<()>,
    pub(super) hidden: SetOnce<()>,
    pub(super) keys: SetOnce<()>,
    pub(super) user: SetOnce<Type>,
    pub(super) reason: SetOnce<LitStr>,
    pub(super) krate: SetOnce<Path>,
}

/// A boolean expression. Grouping follows this tree, never pasted tokens.
pub(super) enum Rule {
    Atom(Atom),
    Not(Token![!], Box<Rule>),
    All(Vec<Rule>),
    Any(Vec<Rule>),
}

/// `Role::Admin`, `Level::at_least(5)`, or a check: `owns_post`.
pub(super) struct Atom {
    pub(super) path: Path,
    /// The arguments of a call.
    pub(super) args: Option<(Paren, Vec<Expr>)>,
}

impl Atom {
    /// Returns the path without its last segment, which must be a requirement.
    pub(super) fn ty(&self) -> Path {
        let segments = self.path.segments.iter();
        let segments = segments.take(self.path.segments.len().saturating_sub(1)).cloned().collect();
        Path { leading_colon: self.path.leading_colon, segments }
    }

    /// Returns the name after the last `::`.
    pub(super) fn item(&self) -> Option<&Ident> {
        self.path.segments.last().map(|segment| &segment.ident)
    }

    /// Returns whether it is the name of a function with `#[check]`: a lower-case last segment without a call.
    pub(super) fn is_check(&self) -> bool {
        self.args.is_none() && self.item().is_some_and(is_lower)
    }

    /// Returns what two atoms have in common if they are the same: their text, and the crates that it is about.
    pub(super) fn key(&self) -> String {
        self.text() + &crates_in(&self.path)
    }

    /// Returns the atom as people write it.
    pub(super) fn text(&self) -> String {
        let path = path_text(&self.path);
        let Some((_, args)) = &self.args else { return path };
        let text = |arg: &Expr| match arg {
            Expr::Unary(minus) => format!("-{}", minus.expr.to_token_stream()),
            arg => arg.to_token_stream().to_string(),
        };
        let args: Vec<String> = args.iter().map(text).collect();
        format!("{path}({})", args.join(", "))
    }
}

/// Returns whether it begins like a function name.
pub(super) fn is_lower(ident: &Ident) -> bool {
    ident.to_string().trim_start_matches("r#").starts_with(|c: char| c.is_lowercase() || c == '_')
}

/// Returns what two paths have in common if they are the same.
pub(super) fn path_key(path: &Path) -> String {
    path_text(path) + &crates_in(path)
}

/// Returns which crates the `$crate`s of a path are, which is another one in each macro: a rule can be put together from
/// the parts of two. The compiler only shows where a token was written, so the `$crate`s of two uses of one macro count
/// as two; that asks one check twice, and never takes the answer of one for that of another.
fn crates_in(path: &Path) -> String {
    let mut key = String::new();
    for segment in path.segments.iter().filter(|segment| segment.ident == "$crate") {
        // `#7 bytes(123..129)`: the first part is the use of the macro.
        let span = format!("{:?}", segment.ident.span());
        key.push(' ');
        key.push_str(span.split_once(" bytes").map_or(&*span, |(of, _)| of));
    }
    key
}

impl ToTokens for Atom {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.path.to_tokens(tokens);
        if let Some((paren, args)) = &self.args {
            paren.surround(tokens, |tokens| tokens.extend(quote!(#(#args),*)));
        }
    }
}

impl Rule {
    /// Returns the rule as people write it, with the parentheses it needs.
    pub(super) fn text(&self) -> String {
        let inner = |rule: &Rule| match rule {
            Rule::All(_) | Rule::Any(_) => format!("({})", rule.text()),
            Rule::Atom(_) | Rule::Not(..) => rule.text(),
        };
        match self {
            Self::Atom(atom) => atom.text(),
            Self::Not(_, rule) => format!("!{}", inner(rule)),
            Self::All(rules) => rules.iter().map(inner).collect::<Vec<_>>().join(" && "),
            Self::Any(rules) => rules.iter().map(inner).collect::<Vec<_>>().join(" || "),
        }
    }

    /// Returns its checks, each once, in order of appearance.
    pub(super) fn checks(&self) -> Vec<&Atom> {
        let mut checks: Vec<&Atom> = Vec::new();
        for atom in self.atoms().into_iter().filter(|atom| atom.is_check()) {
            if !checks.iter().any(|known| known.key() == atom.key()) {
                checks.push(atom);
            }
        }
        checks
    }

    /// Returns every atom, in order.
    pub(super) fn atoms(&self) -> Vec<&Atom> {
        match self {
            Self::Atom(atom) => vec![atom],
            Self::Not(_, rule) => rule.atoms(),
            Self::All(rules) | Self::Any(rules) => rules.iter().flat_map(Rule::atoms).collect(),
        }
    }
}

/// Emits the tokens of its atoms, which is enough to underline the rule.
impl ToTokens for Rule {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Atom(atom) => atom.to_tokens(tokens),
            Self::Not(bang, rule) => {
                bang.to_tokens(tokens);
                rule.to_tokens(tokens);
            }
            Self::All(rules) | Self::Any(rules) => rules.iter().for_each(|rule| rule.to_tokens(tokens)),
        }
    }
}

/// A policy that can be expanded.
pub(super) struct Policy {
    pub(super) krate: CratePath,
    /// `user = T`.
    pub(super) user: Option<Type>,
    pub(super) access: Access,
}

/// Who may call.
pub(super) enum Access {
    Public {
        reason: Option<LitStr>,
    },
    Protected {
        rule: Option<Rule>,
        /// The word, if it is there.
        live: Option<Ident>,
        hidden: bool,
        /// The word `keys`, where it was written.
        keys: Option<Ident>,
    },
    /// Nobody: the result of a mistake, until it is fixed.
    Closed,
}
