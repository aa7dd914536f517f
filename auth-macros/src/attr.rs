//! The helper attributes of the derives: a comma-separated list of `name`, `name(…)` and `name = value`. In lists that
//! refer to other items, a name may be a path.

use proc_macro2::TokenStream;
use syn::buffer::Cursor;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitStr, Meta, MetaList, Path, Token};

use crate::diagnostics::{Diagnostics, did_you_mean, one_of};
use crate::groups;

/// One entry of an attribute.
pub(crate) struct MetaItem {
    /// The last segment, if it is a path.
    pub(crate) name: Ident,
    path: Option<Path>,
    argument: Argument,
}

/// The items whose lists may contain paths: `grants(Permission::PostsWrite)`.
const LISTS_OF_PATHS: [&str; 1] = ["grants"];

/// The items whose parentheses hold a rule: `mfa(Role::Admin || Permission::Pay)`.
const RULES: [&str; 1] = ["mfa"];

enum Argument {
    None,
    List(Vec<MetaItem>),
    /// A rule, as written.
    Rule(TokenStream),
    /// The value, and its tokens as written.
    Value(Expr, TokenStream),
}

/// Returns every item in every `#[helper(…)]` of `attrs`.
pub(crate) fn meta_items(attrs: &[Attribute], helper: &str, diagnostics: &mut Diagnostics) -> Vec<MetaItem> {
    let mut items = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident(helper)) {
        if let Meta::List(arguments) = &attr.meta {
            let arguments = MetaList { tokens: groups::visible(arguments.tokens.clone()), ..arguments.clone() };
            let parsed = arguments.parse_args_with(|input: ParseStream<'_>| Ok(list(input, false, diagnostics)));
            items.extend(diagnostics.ok_or_record(parsed).unwrap_or_default());
        } else {
            diagnostics.error(attr, format_args!("say what this is: `#[{helper}(…)]`"));
        }
    }
    items
}

/// Returns the items in the attributes of another macro; what we don't understand is not reported.
pub(crate) fn foreign_meta_items(attrs: &[Attribute], helper: &str) -> Vec<MetaItem> {
    meta_items(attrs, helper, &mut Diagnostics::default())
}

fn list(input: ParseStream<'_>, paths: bool, diagnostics: &mut Diagnostics) -> Vec<MetaItem> {
    let mut items = Vec::new();
    while !input.is_empty() {
        match item(input, paths, diagnostics) {
            Ok(item) => items.push(item),
            Err(error) => {
                diagnostics.record(error);
                skip_to_comma(input);
            }
        }
        if !input.is_empty() && input.parse::<Token![,]>().is_err() {
            diagnostics.error_at(input.span(), "expected a comma between two words");
            skip_to_comma(input);
            let _ = input.parse::<Token![,]>();
        }
    }
    items
}

fn item(input: ParseStream<'_>, paths: bool, diagnostics: &mut Diagnostics) -> syn::Result<MetaItem> {
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
        let paths = LISTS_OF_PATHS.iter().any(|list| name == list);
        // Also under a name that is misspelled.
        if did_you_mean(&name.to_string(), RULES).is_empty() {
            Argument::List(list(&content, paths, diagnostics))
        } else {
            Argument::Rule(content.parse()?)
        }
    } else if input.parse::<Option<Token![=]>>()?.is_some() {
        let from = input.cursor();
        let value = input.parse()?;
        Argument::Value(value, between(from, input.cursor()))
    } else {
        Argument::None
    };
    Ok(MetaItem { name, path, argument })
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

/// Skips what an error leaves of an entry.
pub(crate) fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        let _ = input.parse::<proc_macro2::TokenTree>();
    }
}

impl MetaItem {
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// Returns the path, or the name as a path.
    pub(crate) fn as_path(&self) -> Path {
        self.path.clone().unwrap_or_else(|| self.name.clone().into())
    }

    /// Reports an error if there is an argument.
    pub(crate) fn require_path_only(&self, diagnostics: &mut Diagnostics) {
        if !matches!(self.argument, Argument::None) {
            let name = &self.name;
            diagnostics.error(name, format_args!("`{name}` stands alone: write `{name}`"));
        }
    }

    /// Reads `name = "text"`.
    pub(crate) fn text(&self, diagnostics: &mut Diagnostics) -> Option<LitStr> {
        self.value("a string", "\"…\"", diagnostics, |value| match value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.clone()),
            _ => None,
        })
    }

    /// Reads `name = some::path`.
    pub(crate) fn path(&self, diagnostics: &mut Diagnostics) -> Option<Path> {
        self.value("a path, without quotes", "…", diagnostics, |value| match value {
            Expr::Path(path) if path.qself.is_none() => Some(path.path.clone()),
            _ => None,
        })
    }

    /// Reads `name = Ident`.
    pub(crate) fn ident(&self, diagnostics: &mut Diagnostics) -> Option<Ident> {
        self.value("a name for the new type, without quotes", "…", diagnostics, |value| match value {
            Expr::Path(path) if path.qself.is_none() => path.path.get_ident().cloned(),
            _ => None,
        })
    }

    /// Reads `name = expression`.
    pub(crate) fn expr(&self, diagnostics: &mut Diagnostics) -> Option<TokenStream> {
        self.value("a value", "…", diagnostics, |_| Some(()))?;
        if let Argument::Value(_, tokens) = &self.argument { Some(tokens.clone()) } else { None }
    }

    /// Reads `name = value`, if `read` accepts the value.
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

    /// Reads `name` or `name(…)`; returns `None` after reporting `name = …`.
    pub(crate) fn list(&self, diagnostics: &mut Diagnostics) -> Option<&[MetaItem]> {
        match &self.argument {
            Argument::None => Some(&[]),
            Argument::Rule(rule) => {
                diagnostics.error(rule, format_args!("`{}` takes no rule", self.name));
                None
            }
            Argument::List(items) => Some(items),
            Argument::Value(value, _) => {
                let name = &self.name;
                diagnostics.error(value, format_args!("`{name}` takes no `=`: write `{name}(…)`"));
                None
            }
        }
    }

    /// Returns the rule of `name(rule)`.
    pub(crate) const fn rule(&self) -> Option<&TokenStream> {
        if let Argument::Rule(rule) = &self.argument { Some(rule) } else { None }
    }

    /// Reads `name`, which yields `""`, or `name(choice)` with one of `choices`.
    pub(crate) fn choice(&self, choices: &[&'static str], diagnostics: &mut Diagnostics) -> Option<&'static str> {
        let items = self.list(diagnostics)?;
        if let Some(second) = items.get(1) {
            diagnostics.error(&second.name, format_args!("`{}` takes one word", self.name));
            return None;
        }
        let Some(item) = items.first() else { return Some("") };
        item.require_path_only(diagnostics);
        let chosen = choices.iter().find(|choice| item.is(choice)).copied();
        if chosen.is_none() {
            let forms = choices.iter().map(|choice| format!("{}({choice})", self.name));
            let forms: Vec<String> = std::iter::once(self.name.to_string()).chain(forms).collect();
            diagnostics.error(&item.name, format_args!("write {}", one_of(forms.iter().map(String::as_str))));
        }
        chosen
    }
}
