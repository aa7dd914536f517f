//! The language of our helper attributes: a comma list of `word`, `word(…)` and `word = value`.

use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Attribute, Expr, Ident, Lit, LitStr, Meta, Path, Token};

use crate::diagnostics::Diagnostics;

/// One entry of an attribute.
pub(crate) struct Word {
    pub(crate) name: Ident,
    argument: Argument,
}

enum Argument {
    None,
    List(Vec<Word>),
    Value(Expr),
}

/// Every word in every `#[helper(…)]` of `attrs`.
pub(crate) fn of(attrs: &[Attribute], helper: &str, diagnostics: &mut Diagnostics) -> Vec<Word> {
    let mut words = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident(helper)) {
        if matches!(attr.meta, Meta::List(_)) {
            let parsed = attr.parse_args_with(|input: ParseStream<'_>| Ok(list(input, diagnostics)));
            words.extend(diagnostics.keep(parsed).unwrap_or_default());
        } else {
            diagnostics.error(attr, format_args!("say what this is: `#[{helper}(…)]`"));
        }
    }
    words
}

/// The words in the attributes of somebody else's macro: what we don't understand is not ours to complain about.
pub(crate) fn of_foreign(attrs: &[Attribute], helper: &str) -> Vec<Word> {
    let mut theirs = Diagnostics::default();
    of(attrs, helper, &mut theirs)
}

fn list(input: ParseStream<'_>, diagnostics: &mut Diagnostics) -> Vec<Word> {
    let mut words = Vec::new();
    while !input.is_empty() {
        match word(input, diagnostics) {
            Ok(word) => words.push(word),
            Err(error) => {
                diagnostics.keep::<()>(Err(error));
                skip_to_comma(input);
            }
        }
        if !input.is_empty() && input.parse::<Token![,]>().is_err() {
            diagnostics.error_at(input.span(), "expected a comma between two words");
            skip_to_comma(input);
            let _ = input.parse::<Token![,]>();
        }
    }
    words
}

fn word(input: ParseStream<'_>, diagnostics: &mut Diagnostics) -> syn::Result<Word> {
    if !input.peek(Ident::peek_any) {
        return Err(input.error("expected a word"));
    }
    let name = input.call(Ident::parse_any)?;
    let argument = if input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in input);
        Argument::List(list(&content, diagnostics))
    } else if input.parse::<Option<Token![=]>>()?.is_some() {
        Argument::Value(input.parse()?)
    } else {
        Argument::None
    };
    Ok(Word { name, argument })
}

fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        let _ = input.parse::<proc_macro2::TokenTree>();
    }
}

impl Word {
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// Takes no argument.
    pub(crate) fn bare(&self, diagnostics: &mut Diagnostics) {
        if !matches!(self.argument, Argument::None) {
            let name = &self.name;
            diagnostics.error(name, format_args!("`{name}` stands alone: write `{name}`"));
        }
    }

    /// `word = "text"`
    pub(crate) fn text(&self, diagnostics: &mut Diagnostics) -> Option<LitStr> {
        let name = &self.name;
        match &self.argument {
            Argument::Value(value) => match ungroup(value) {
                Expr::Lit(literal) if matches!(literal.lit, Lit::Str(_)) => {
                    if let Lit::Str(text) = &literal.lit {
                        Some(text.clone())
                    } else {
                        None
                    }
                }
                _ => {
                    diagnostics.error(value, format_args!("`{name}` wants a string: write `{name} = \"…\"`"));
                    None
                }
            },
            _ => {
                diagnostics.error(name, format_args!("`{name}` wants a string: write `{name} = \"…\"`"));
                None
            }
        }
    }

    /// `word = some::path`
    pub(crate) fn path(&self, diagnostics: &mut Diagnostics) -> Option<Path> {
        let name = &self.name;
        match &self.argument {
            Argument::Value(value) => match ungroup(value) {
                Expr::Path(path) if path.qself.is_none() => Some(path.path.clone()),
                _ => {
                    diagnostics.error(value, format_args!("`{name}` wants a path, without quotes"));
                    None
                }
            },
            _ => {
                diagnostics.error(name, format_args!("`{name}` wants a path: write `{name} = …`"));
                None
            }
        }
    }

    /// `word = Name`
    pub(crate) fn ident(&self, diagnostics: &mut Diagnostics) -> Option<Ident> {
        let path = self.path(diagnostics)?;
        let ident = path.get_ident().cloned();
        if ident.is_none() {
            diagnostics.error(&path, format_args!("`{}` wants a name for a new type, not a path", self.name));
        }
        ident
    }

    /// `word = expression`
    pub(crate) fn expr(&self, diagnostics: &mut Diagnostics) -> Option<Expr> {
        if let Argument::Value(value) = &self.argument {
            return Some(value.clone());
        }
        let name = &self.name;
        diagnostics.error(name, format_args!("`{name}` wants a value: write `{name} = …`"));
        None
    }

    /// `word` or `word(…)`; `None` after a complaint about `word = …`.
    pub(crate) fn words(&self, diagnostics: &mut Diagnostics) -> Option<&[Word]> {
        match &self.argument {
            Argument::None => Some(&[]),
            Argument::List(words) => Some(words),
            Argument::Value(value) => {
                let name = &self.name;
                diagnostics.error(value, format_args!("`{name}` takes no value: write `{name}` or `{name}(…)`"));
                None
            }
        }
    }

    /// `word`, or `word(choice)` with one of `choices`, each of them bare.
    pub(crate) fn choice(
        &self,
        choices: &[&'static str],
        diagnostics: &mut Diagnostics,
    ) -> Option<Option<&'static str>> {
        let words = self.words(diagnostics)?;
        let [first] = words else {
            if let Some(second) = words.get(1) {
                diagnostics.error(&second.name, format_args!("`{}` takes one word", self.name));
                return None;
            }
            return Some(None);
        };
        first.bare(diagnostics);
        let chosen = choices.iter().find(|choice| first.is(choice)).copied();
        if chosen.is_none() {
            let forms: Vec<String> = choices.iter().map(|choice| format!("{}({choice})", self.name)).collect();
            let forms = crate::diagnostics::one_of(forms.iter().map(String::as_str));
            diagnostics.error(&first.name, format_args!("write `{}`, {forms}", self.name));
        }
        chosen.map(Some)
    }
}

/// The expression a `macro_rules!` fragment wraps invisibly.
fn ungroup(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => ungroup(&group.expr),
        _ => expr,
    }
}
