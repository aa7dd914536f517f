//! The macros as functions from tokens to tokens. How the compiler treats their output is tested in `tests/ui` of the
//! workspace.

mod call_site;
mod cases;
mod claims;
mod fragments;
mod fuzz;
mod messages;
mod rules;
mod sizes;
mod snapshots;

use proc_macro2::TokenStream;

use crate::call_site::CallSite;
use crate::diagnostics::Diagnostics;
use crate::enclosing_item::EnclosingItem;
use crate::protected::Attribute;
use crate::{auth_claims, auth_permission, auth_role, auth_user, check_fn, protected};

/// A macro and its arguments.
#[derive(Clone, Copy)]
enum Macro<'a> {
    AuthUser,
    AuthClaims,
    AuthRole,
    AuthPermission,
    /// With the text between the parentheses.
    Protected(&'a str),
    Public(&'a str),
    Check(&'a str),
    /// Has no item.
    Rule(&'a str),
}

/// Runs the macro on `item`; returns its output and its error messages.
fn run(the: Macro<'_>, item: &str) -> (TokenStream, Vec<String>) {
    let parse = |text: &str| text.parse::<TokenStream>().unwrap_or_else(|error| panic!("{text}: {error}"));
    run_tokens(
        the,
        parse(match the {
            Macro::Protected(args) | Macro::Public(args) | Macro::Check(args) | Macro::Rule(args) => args,
            _ => "",
        }),
        parse(item),
    )
}

fn run_tokens(the: Macro<'_>, args: TokenStream, item: TokenStream) -> (TokenStream, Vec<String>) {
    let mut diagnostics = Diagnostics::default();
    let tokens = match the {
        Macro::AuthUser => auth_user::derive(item, &mut diagnostics),
        Macro::AuthClaims => auth_claims::derive(item, &mut diagnostics),
        Macro::AuthRole => auth_role::derive(item, &mut diagnostics),
        Macro::AuthPermission => auth_permission::derive(item, &mut diagnostics),
        Macro::Protected(_) => {
            protected::expand(Attribute::Protected, &CallSite::default(), args, item, &mut diagnostics)
        }
        Macro::Public(_) => protected::expand(Attribute::Public, &CallSite::default(), args, item, &mut diagnostics),
        Macro::Check(_) => check_fn::expand(EnclosingItem::Free, args, item, &mut diagnostics),
        Macro::Rule(_) => protected::expand_rule(&CallSite::default(), args, &mut diagnostics),
    };
    let messages = diagnostics.messages();
    (tokens, messages)
}
