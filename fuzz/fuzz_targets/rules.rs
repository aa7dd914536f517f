//! The macros, fed with tokens that need not be Rust. Brackets in the input stand for groups without delimiters, as
//! `macro_rules!` makes them of fragments. The first line is the argument, the rest the item.
//!
//! No input makes a macro panic, and a rule that is accepted means what Rust's own parser makes of it.
#![no_main]
#![allow(dead_code, unused_imports, reason = "of the macros as modules, not all is called")]

extern crate proc_macro;

#[path = "../../auth-macros/src/attr.rs"]
mod attr;
#[path = "../../auth-macros/src/auth_permission/mod.rs"]
mod auth_permission;
#[path = "../../auth-macros/src/auth_role/mod.rs"]
mod auth_role;
#[path = "../../auth-macros/src/auth_user/mod.rs"]
mod auth_user;
#[path = "../../auth-macros/src/call_site.rs"]
mod call_site;
#[path = "../../auth-macros/src/case.rs"]
mod case;
#[path = "../../auth-macros/src/check_fn/mod.rs"]
mod check_fn;
#[path = "../../auth-macros/src/crate_path.rs"]
mod crate_path;
#[path = "../../auth-macros/src/diagnostics.rs"]
mod diagnostics;
#[path = "../../auth-macros/src/enclosing_item.rs"]
mod enclosing_item;
#[path = "../../auth-macros/src/groups.rs"]
mod groups;
#[path = "../../auth-macros/src/holds.rs"]
mod holds;
#[path = "../../auth-macros/src/item_fn.rs"]
mod item_fn;
#[path = "../../auth-macros/src/name_enum/mod.rs"]
mod name_enum;
#[path = "../../auth-macros/src/protected/mod.rs"]
mod protected;
#[path = "../../auth-macros/src/set_once.rs"]
mod set_once;
#[path = "../../auth-macros/src/spans.rs"]
mod spans;
#[path = "../../auth-macros/src/types.rs"]
mod types;

use call_site::CallSite;
use diagnostics::Diagnostics;
use enclosing_item::EnclosingItem;
use libfuzzer_sys::fuzz_target;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use protected::Attribute;
use quote::ToTokens;
use syn::{BinOp, Expr, UnOp};

fuzz_target!(|text: &str| {
    let (args, item) = text.split_once('\n').unwrap_or((text, ""));
    let (Ok(args), Ok(item)) = (args.parse(), item.parse()) else { return };
    let (args, item) = (fragments(args), fragments(item));
    for macro_ in [Attribute::Protected, Attribute::Public] {
        let mut call_site = CallSite::default();
        call_site.enclosing = EnclosingItem::of(text);
        run(|diagnostics| protected::expand(macro_, &call_site, args.clone(), item.clone(), diagnostics));
    }
    run(|diagnostics| check_fn::expand(EnclosingItem::Free, args.clone(), item.clone(), diagnostics));
    run(|diagnostics| auth_user::derive(item.clone(), diagnostics));
    run(|diagnostics| auth_role::derive(item.clone(), diagnostics));
    run(|diagnostics| auth_permission::derive(item.clone(), diagnostics));
    let Some(ours) = run(|diagnostics| protected::expand_rule(&CallSite::default(), args.clone(), diagnostics)) else {
        return;
    };
    let Some(written) = syn::parse2::<Expr>(args.clone()).ok().and_then(|rule| oracle(&rule)) else { return };
    let plain = written.parse().expect("what is printed can be read");
    let theirs = run(|diagnostics| protected::expand_rule(&CallSite::default(), plain, diagnostics));
    assert_eq!(theirs.as_ref(), Some(&ours), "{args} is not {written}");
});

/// Runs a macro; returns its output if it found no mistake.
fn run(expand: impl FnOnce(&mut Diagnostics) -> TokenStream) -> Option<String> {
    let mut diagnostics = Diagnostics::default();
    let tokens = expand(&mut diagnostics);
    let fine = diagnostics.count() == 0;
    // Every message has a place and a text.
    let all = diagnostics.with_errors(tokens).to_string();
    assert!(fine || all.contains("compile_error"));
    fine.then_some(all)
}

fn fragments(tokens: TokenStream) -> TokenStream {
    let fragment = |token: TokenTree| match token {
        TokenTree::Group(group) => {
            let delimiter = match group.delimiter() {
                Delimiter::Bracket => Delimiter::None,
                delimiter => delimiter,
            };
            Group::new(delimiter, fragments(group.stream())).into()
        }
        token => token,
    };
    // The brackets of an attribute are what they are.
    let mut hash = false;
    let tokens = tokens.into_iter().map(|token| {
        let after_hash = std::mem::replace(&mut hash, matches!(&token, TokenTree::Punct(it) if it.as_char() == '#'));
        if after_hash { token } else { fragment(token) }
    });
    tokens.collect()
}

/// Returns the rule as Rust reads it, with every operand in visible parentheses.
fn oracle(expr: &Expr) -> Option<String> {
    Some(match expr {
        Expr::Group(group) => oracle(&group.expr)?,
        Expr::Paren(paren) => oracle(&paren.expr)?,
        Expr::Path(_) | Expr::Call(_) => expr.to_token_stream().to_string(),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Not(_)) => format!("!{}", operand(&unary.expr)?),
        Expr::Binary(binary) => {
            let and = match binary.op {
                BinOp::And(_) => true,
                BinOp::Or(_) => false,
                _ => return None,
            };
            // `a || b || c` is one list.
            let left = match &*binary.left {
                Expr::Binary(left) if matches!(left.op, BinOp::And(_)) == and => oracle(&binary.left)?,
                left => operand(left)?,
            };
            format!("{left} {} {}", if and { "&&" } else { "||" }, operand(&binary.right)?)
        }
        _ => return None,
    })
}

fn operand(expr: &Expr) -> Option<String> {
    let text = oracle(expr)?;
    let mut inner = expr;
    while let Expr::Group(syn::ExprGroup { expr, .. }) | Expr::Paren(syn::ExprParen { expr, .. }) = inner {
        inner = expr;
    }
    Some(if matches!(inner, Expr::Binary(_)) { format!("({text})") } else { text })
}
