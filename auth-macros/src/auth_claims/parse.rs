//! Struct → [`Raw`]: reads attributes and judges each argument by itself.

use proc_macro2::TokenStream;
use syn::{Attribute, Data, DeriveInput, Expr, Fields, Ident, LitStr};

use super::grammar::{self, Argument, Entry, Item};
use super::model::{Raw, RawField, RawSource, Word};
use crate::attr;
use crate::diagnostics::{Diagnostics, did_you_mean, one_of};
use crate::set_once::SetOnce;

/// Reads the struct as written; returns `None` if there is nothing to continue with.
pub(super) fn raw(input: TokenStream, diagnostics: &mut Diagnostics) -> Option<Raw> {
    let input = diagnostics.ok_or_record(syn::parse2::<DeriveInput>(input))?;
    if !input.generics.params.is_empty() {
        diagnostics
            .error(&input.generics.params, "claims are read from the tokens of one issuer and cannot be generic");
        return None;
    }
    if let Some(clause) = &input.generics.where_clause {
        diagnostics.error(clause, "claims cannot have a `where` clause");
        return None;
    }
    let wanted = "claims are a struct with named fields: `struct Employee { #[auth(subject)] sub: String, … }`";
    let fields = match input.data {
        Data::Struct(data) => match data.fields {
            Fields::Named(fields) => fields.named,
            Fields::Unnamed(_) | Fields::Unit => {
                diagnostics.error(&input.ident, wanted);
                return None;
            }
        },
        Data::Enum(data) => {
            diagnostics.error(data.enum_token, wanted);
            return None;
        }
        Data::Union(data) => {
            diagnostics.error(data.union_token, wanted);
            return None;
        }
    };
    let mut raw = Raw { ident: input.ident, krate: SetOnce::default(), mfa: SetOnce::default(), fields: Vec::new() };
    for entry in grammar::entries(&input.attrs, diagnostics) {
        of_struct(&mut raw, entry, diagnostics);
    }
    raw.fields = fields.into_iter().filter_map(|field| self::field(field, diagnostics)).collect();
    Some(raw)
}

fn of_struct(raw: &mut Raw, entry: Entry, diagnostics: &mut Diagnostics) {
    let Entry { word, argument } = entry;
    match (word.to_string().as_str(), argument) {
        ("crate", Argument::Value(Expr::Path(path))) if path.qself.is_none() => {
            raw.krate.set(&word, path.path, diagnostics);
        }
        ("crate", _) => diagnostics.error(&word, "`crate` wants a path, without quotes: write `crate = …`"),
        ("table" | "claims" | "registration" | "mfa", _) => diagnostics.error(&word, of_a_table(&word)),
        ("acr", argument) => {
            if let Some(values) = mfa(&word, argument, diagnostics) {
                raw.mfa.set(&word, values, diagnostics);
            }
        }
        _ if Word::parse(&word).is_some() => {
            diagnostics.error(&word, format_args!("`{word}` belongs on a field, not on the struct"));
        }
        _ => unknown(&word, "claims", &["acr", "crate"], diagnostics),
    }
}

/// Reads `acr(mfa("2", "phrh"))`.
fn mfa(word: &Ident, argument: Argument, diagnostics: &mut Diagnostics) -> Option<Vec<LitStr>> {
    let wanted = "which values of `acr` stand for several factors? write `acr(mfa(\"2\"))`";
    let Argument::List(items) = argument else {
        diagnostics.error(word, wanted);
        return None;
    };
    let before = diagnostics.count();
    let mut values = Vec::new();
    for item in items {
        match item {
            Item::Entry(Entry { word, argument: Argument::List(items) }) if word == "mfa" => {
                values.extend(items.into_iter().filter_map(|item| text(item, wanted, diagnostics)));
            }
            Item::Entry(Entry { word, .. }) => diagnostics.error(word, wanted),
            Item::Text(text) => diagnostics.error(text, wanted),
        }
    }
    if values.is_empty() && diagnostics.count() == before {
        diagnostics.error(word, wanted);
    }
    Some(values)
}

/// Returns the text, or reports that a word is none.
fn text(item: Item, wanted: &str, diagnostics: &mut Diagnostics) -> Option<LitStr> {
    match item {
        Item::Text(text) => Some(text),
        Item::Entry(entry) => {
            diagnostics.error(entry.word, wanted);
            None
        }
    }
}

fn field(field: syn::Field, diagnostics: &mut Diagnostics) -> Option<RawField> {
    let entries = grammar::entries(&field.attrs, diagnostics);
    let renamed = renamed(&field.attrs);
    let mut raw = RawField { ident: field.ident?, ty: field.ty, is: None, sources: Vec::new(), renamed };
    for Entry { word, argument } in entries {
        let Some(is) = Word::parse(&word) else {
            not_a_word(&word, diagnostics);
            continue;
        };
        if let Some((_, first)) = &raw.is {
            let message = format!("this field is the `{first}` already; it cannot be `{word}`, too");
            diagnostics.error(&word, message);
            continue;
        }
        raw.sources = sources(&word, is, argument, diagnostics);
        raw.is = Some((is, word));
    }
    Some(raw)
}

/// Reads the places of a field: `roles("realm_access.roles", keys_of("urn:zitadel:iam:org:project:roles"))`.
fn sources(word: &Ident, is: Word, argument: Argument, diagnostics: &mut Diagnostics) -> Vec<RawSource> {
    let items = match argument {
        Argument::None => return Vec::new(),
        Argument::List(items) => items,
        Argument::Value(value) => {
            diagnostics.error(value, format_args!("`{word}` takes no `=`: write `{word}(\"…\")`"));
            return Vec::new();
        }
    };
    if items.is_empty() {
        let message = format!("which claim? write `{word}(\"…\")`, or `{word}` alone for the claim of that name");
        diagnostics.error(word, message);
    }
    let many = matches!(is, Word::Roles | Word::Permissions);
    let mut sources = Vec::new();
    for item in items {
        match item {
            Item::Text(path) => sources.push(RawSource { path, keys: false }),
            Item::Entry(Entry { word: of, argument: Argument::List(items) }) if of == "keys_of" && many => {
                let wanted = "whose members have the names? write `keys_of(\"…\")`";
                let paths = items.into_iter().filter_map(|item| text(item, wanted, diagnostics));
                sources.extend(paths.map(|path| RawSource { path, keys: true }));
            }
            Item::Entry(Entry { word: of, .. }) if of == "keys_of" => {
                let message = if many {
                    "whose members have the names? write `keys_of(\"…\")`"
                } else {
                    "`keys_of` reads names of roles or permissions"
                };
                diagnostics.error(of, message);
            }
            Item::Entry(Entry { word: of, .. }) => {
                diagnostics.error(&of, format_args!("the name of a claim is a text: write `{word}(\"{of}\")`"));
            }
        }
    }
    if let (false, Some(second)) = (many, sources.get(1)) {
        diagnostics.error(&second.path, format_args!("`{word}` is read from one claim"));
    }
    sources
}

/// Returns the name under which serde would read the field.
fn renamed(attrs: &[Attribute]) -> Option<LitStr> {
    let items = attr::foreign_meta_items(attrs, "serde");
    let rename = items.iter().find(|item| item.is("rename"))?;
    rename.text(&mut Diagnostics::default())
}

/// What is said of a field of a user type with a table.
const OF_A_TABLE: [&str; 8] = ["id", "login", "password_hash", "active", "mail", "locale", "register", "default"];

fn not_a_word(word: &Ident, diagnostics: &mut Diagnostics) {
    if word == "id" {
        diagnostics.error(word, "whom a token is about is its subject: write `#[auth(subject)]`");
    } else if word == "role" {
        diagnostics
            .error(word, "a token has a list of roles: write `#[auth(roles)]` on a field of type `auth::Roles<Role>`");
    } else if OF_A_TABLE.iter().any(|of| word == of) {
        diagnostics.error(word, of_a_table(word));
    } else if word == "acr" || word == "crate" {
        diagnostics.error(word, format_args!("`{word}` belongs on the struct, not on a field"));
    } else {
        unknown(word, "a claim", &Word::ALL.map(|(name, _)| name), diagnostics);
    }
}

fn of_a_table(word: &Ident) -> String {
    format!(
        "`{word}` is about a row of a table (`#[derive(AuthUser)]`), and these are claims of a token: a type is one or the other"
    )
}

fn unknown(word: &Ident, on: &str, known: &[&'static str], diagnostics: &mut Diagnostics) {
    let hint = did_you_mean(&word.to_string(), known.iter().copied());
    let hint = if hint.is_empty() { format!("; write {}", one_of(known.iter().copied())) } else { hint };
    diagnostics.error(word, format_args!("`{word}` is not an argument of `#[auth(…)]` on {on}{hint}"));
}
