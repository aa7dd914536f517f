//! The language of our helper attributes: a comma-separated list of `word`, `word(…)` and `word = value`. In lists that
//! refer to other items, a word may be a path.

use proc_macro2::TokenStream;
use syn::buffer::Cursor;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitStr, Meta, MetaList, Path, Token};

use crate::diagnostics::{Diagnostics, one_of};
use crate::groups;

/// One entry of an attribute.
pub(crate) struct Word {
    /// The last segment, if it is a path.
    pub(crate) name: Ident,
    path: Option<Path>,
    argument: Argument,
}

/// The words whose lists may contain paths: `grants(Permission::PostsWrite)`.
const LISTS_OF_PATHS: [&str; 1] = ["grants"];

enum Argument {
    None,
    List(Vec<Word>),
    /// The value, and its tokens as written.
    Value(Expr, TokenStream),
}

/// Returns every word in every `#[helper(…)]` of `attrs`.
pub(crate) fn of(attrs: &[Attribute], helper: &str, diagnostics: &mut Diagnostics) -> Vec<Word> {
    let mut words = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident(helper)) {
        if let Meta::List(arguments) = &attr.meta {
            let arguments = MetaList { tokens: groups::visible(arguments.tokens.clone()), ..arguments.clone() };
            let parsed = arguments.parse_args_with(|input: ParseStream<'_>| Ok(list(input, false, diagnostics)));
            words.extend(diagnostics.keep(parsed).unwrap_or_default());
        } else {
            diagnostics.error(attr, format_args!("say what this is: `#[{helper}(…)]`"));
        }
    }
    words
}

/// Returns the words in the attributes of another macro; what we don't understand is not reported.
pub(crate) fn of_foreign(attrs: &[Attribute], helper: &str) -> Vec<Word> {
    let mut theirs = Diagnostics::default();
    of(attrs, helper, &mut theirs)
}

fn list(input: ParseStream<'_>, paths: bool, diagnostics: &mut Diagnostics) -> Vec<Word> {
    let mut words = Vec::new();
    while !input.is_empty() {
        match word(input, paths, diagnostics) {
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

fn word(input: ParseStream<'_>, paths: bool, diagnostics: &mut Diagnostics) -> syn::Result<Word> {
    let path = if paths && (input.peek(Token![::]) || input.peek2(Token![::])) {
        Some(input.call(Path::parse_mod_style)?)
    } else {
        None
    };
    let name = match path.as_ref().and_then(|path| path.segments.last()) {
        Some(last) => last.ident.clone(),
        None if input.peek(Ident::peek_any) => input.call(Ident::parse_any)?,
        None => return Err(input.error("expected a word")),
    };
    let argument = if input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in input);
        Argument::List(list(&content, LISTS_OF_PATHS.iter().any(|list| name == list), diagnostics))
    } else if input.parse::<Option<Token![=]>>()?.is_some() {
        let from = input.cursor();
        let value = input.parse()?;
        Argument::Value(value, between(from, input.cursor()))
    } else {
        Argument::None
    };
    Ok(Word { name, path, argument })
}

/// Returns the tokens as they are: printing a parsed expression would lose the groups without delimiters in it.
fn between(mut from: Cursor<'_>, to: Cursor<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    while from != to
        && let Some((token, next)) = from.token_tree()
    {
        tokens.extend([token]);
        from = next;
    }
    tokens
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

    /// Returns the path, or the word as a path.
    pub(crate) fn as_path(&self) -> Path {
        self.path.clone().unwrap_or_else(|| self.name.clone().into())
    }

    /// Reports an error if there is an argument.
    pub(crate) fn bare(&self, diagnostics: &mut Diagnostics) {
        if !matches!(self.argument, Argument::None) {
            let name = &self.name;
            diagnostics.error(name, format_args!("`{name}` stands alone: write `{name}`"));
        }
    }

    /// Reads `word = "text"`.
    pub(crate) fn text(&self, diagnostics: &mut Diagnostics) -> Option<LitStr> {
        self.value("a string", "\"…\"", diagnostics, |value| match value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.clone()),
            _ => None,
        })
    }

    /// Reads `word = some::path`.
    pub(crate) fn path(&self, diagnostics: &mut Diagnostics) -> Option<Path> {
        self.value("a path, without quotes", "…", diagnostics, |value| match value {
            Expr::Path(path) if path.qself.is_none() => Some(path.path.clone()),
            _ => None,
        })
    }

    /// Reads `word = Name`.
    pub(crate) fn ident(&self, diagnostics: &mut Diagnostics) -> Option<Ident> {
        self.value("a name for the new type, without quotes", "…", diagnostics, |value| match value {
            Expr::Path(path) if path.qself.is_none() => path.path.get_ident().cloned(),
            _ => None,
        })
    }

    /// Reads `word = expression`.
    pub(crate) fn expr(&self, diagnostics: &mut Diagnostics) -> Option<TokenStream> {
        self.value("a value", "…", diagnostics, |_| Some(()))?;
        if let Argument::Value(_, tokens) = &self.argument { Some(tokens.clone()) } else { None }
    }

    /// Reads `word = value`, if `read` accepts the value.
    fn value<T>(
        &self,
        wants: &str,
        example: &str,
        diagnostics: &mut Diagnostics,
        read: impl FnOnce(&Expr) -> Option<T>,
    ) -> Option<T> {
        let name = &self.name;
        let value = if let Argument::Value(value, _) = &self.argument { Some(value) } else { None };
        let read = value.and_then(read);
        if read.is_none() {
            let message = format!("`{name}` wants {wants}: write `{name} = {example}`");
            match value {
                Some(value) => diagnostics.error(value, message),
                None => diagnostics.error(name, message),
            }
        }
        read
    }

    /// Reads `word` or `word(…)`; returns `None` after reporting `word = …`.
    pub(crate) fn words(&self, diagnostics: &mut Diagnostics) -> Option<&[Word]> {
        match &self.argument {
            Argument::None => Some(&[]),
            Argument::List(words) => Some(words),
            Argument::Value(value, _) => {
                let name = &self.name;
                diagnostics.error(value, format_args!("`{name}` takes no `=`: write `{name}(…)`"));
                None
            }
        }
    }

    /// Reads `word`, which yields `""`, or `word(choice)` with one of `choices`.
    pub(crate) fn choice(&self, choices: &[&'static str], diagnostics: &mut Diagnostics) -> Option<&'static str> {
        let words = self.words(diagnostics)?;
        if let Some(second) = words.get(1) {
            diagnostics.error(&second.name, format_args!("`{}` takes one word", self.name));
            return None;
        }
        let Some(word) = words.first() else { return Some("") };
        word.bare(diagnostics);
        let chosen = choices.iter().find(|choice| word.is(choice)).copied();
        if chosen.is_none() {
            let forms = choices.iter().map(|choice| format!("{}({choice})", self.name));
            let forms: Vec<String> = std::iter::once(self.name.to_string()).chain(forms).collect();
            diagnostics.error(&word.name, format_args!("write {}", one_of(forms.iter().map(String::as_str))));
        }
        chosen
    }
}
