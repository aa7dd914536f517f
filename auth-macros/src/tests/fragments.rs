//! What `macro_rules!` hands over in a group without delimiters is a unit, in every macro.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{BinOp, Expr, UnOp};

use super::fuzz::Dice;
use super::{Macro, run, run_tokens};

/// The tokens as a fragment of `macro_rules!` arrives.
fn fragment(tokens: impl ToTokens) -> TokenStream {
    TokenTree::from(Group::new(Delimiter::None, tokens.into_token_stream())).into()
}

fn said(the: Macro<'_>, args: TokenStream, item: TokenStream) -> (String, Vec<String>) {
    let (tokens, messages) = run_tokens(the, args, item);
    (tokens.to_string().replace([' ', '\n'], ""), messages)
}

#[test]
fn m1_a_fragment_in_a_rule_is_a_unit() {
    let (either, both, not) = (quote!(R::A || R::B), quote!(R::A && R::B), quote!(!R::A));
    let f = |tokens: &TokenStream| fragment(tokens);
    let (either, both, not) = (f(&either), f(&both), f(&not));
    let twice = fragment(quote!(#either && R::C));
    let list = fragment(quote!(R::A || R::B, hidden));
    let cases = [
        (quote!(#either && R::C), "(R::A || R::B) && R::C"),
        (quote!(R::C && #either), "R::C && (R::A || R::B)"),
        (quote!(!#either), "!(R::A || R::B)"),
        (quote!(!#both || R::C), "!(R::A && R::B) || R::C"),
        (quote!(#either || R::C), "(R::A || R::B) || R::C"),
        (quote!(#both && R::C), "(R::A && R::B) && R::C"),
        (quote!(#not && R::C), "!R::A && R::C"),
        (quote!(!#twice || R::D), "!((R::A || R::B) && R::C) || R::D"),
        (quote!((R::C && #either) || R::D), "(R::C && (R::A || R::B)) || R::D"),
        (quote!(#either), "R::A || R::B"),
        (quote!(#either, live), "R::A || R::B, live"),
        (quote!(#list), "R::A || R::B, hidden"),
        (quote!(live, #list), "live, R::A || R::B, hidden"),
        (quote!(!#list), "!(R::A || R::B, hidden)"),
    ];
    for (args, written) in cases {
        for the in [Macro::Protected(""), Macro::Rule("")] {
            let item = quote!(
                async fn f() {}
            );
            let expected = said(the, written.parse().unwrap(), item.clone());
            assert_eq!(said(the, args.clone(), item), expected, "{written}");
        }
    }
}

#[test]
fn m1_names_types_and_literals_stay_what_they_are() {
    let (role, path, ty, number, text) = (
        fragment(quote!(Role)),
        fragment(quote!(app::Role)),
        fragment(quote!(Staff<'static>)),
        fragment(quote!(5)),
        fragment(quote!("x")),
    );
    let minus = fragment(quote!(-5));
    let item = quote!(
        async fn f() {}
    );
    let cases = [
        (quote!(#role::A && #path::B), "Role::A && app::Role::B"),
        (quote!(F::m(#number) && F::n(#minus, #text)), "F::m(5) && F::n(-5, \"x\")"),
        (quote!(user = #ty, #role::A), "user = Staff<'static>, Role::A"),
        (quote!(Role::A, crate = #path), "Role::A, crate = app::Role"),
    ];
    for (args, written) in cases {
        let expected = said(Macro::Protected(""), written.parse().unwrap(), item.clone());
        assert_eq!(said(Macro::Protected(""), args, item.clone()), expected, "{written}");
    }
    let (args, expected) = (quote!(reason = #text), said(Macro::Public(""), quote!(reason = "x"), item.clone()));
    assert_eq!(said(Macro::Public(""), args, item.clone()), expected);
    let (args, expected) = (quote!(crate = #path), said(Macro::Check(""), quote!(crate = app::Role), item.clone()));
    assert_eq!(said(Macro::Check(""), args, item), expected);
}

#[test]
fn m1_fragment_in_helper_attribute_is_one_unit() {
    let sum = fragment(quote!(1 + 2));
    let user = |value: TokenStream| {
        quote!(
            #[auth(table = "t")]
            struct U {
                #[auth(id)]
                id: i64,
                #[auth(login)]
                name: String,
                #[auth(default = #value)]
                n: i64,
            }
        )
    };
    for (value, written) in [
        (quote!(#sum * 2), quote!((1 + 2) * 2)),
        (quote!(2 * #sum), quote!(2 * (1 + 2))),
        (quote!(-#sum), quote!(-(1 + 2))),
        (quote!(add(#sum, 2 * #sum)), quote!(add(1 + 2, 2 * (1 + 2)))),
        (quote!(3 == #sum), quote!(3 == (1 + 2))),
        (quote!(#sum), quote!(1 + 2)),
    ] {
        let none = TokenStream::new;
        assert_eq!(said(Macro::AuthUser, none(), user(value)), said(Macro::AuthUser, none(), user(written)));
    }
    let (permission, list) = (fragment(quote!(P::A)), fragment(quote!(A, B)));
    let role = |grants: &TokenStream, includes: &TokenStream| {
        quote!(
            enum R {
                A,
                B,
                #[role(grants(#grants, P::B), includes(#includes))]
                C,
            }
        )
    };
    let expected = said(Macro::AuthRole, TokenStream::new(), role(&quote!(P::A), &quote!(A, B)));
    assert_eq!(said(Macro::AuthRole, TokenStream::new(), role(&permission, &list)), expected);
}

/// Printing a parsed expression would forget the groups in it: what is in braces goes to the compiler as it came.
#[test]
fn m1_what_is_in_braces_is_passed_on_untouched() {
    let sum = fragment(quote!(1 + 2));
    let item = quote!(
        #[auth(table = "t")]
        struct U {
            #[auth(id)]
            id: i64,
            #[auth(login)]
            name: String,
            #[auth(default = { #sum * 2 })]
            n: i64,
        }
    );
    let (tokens, _) = run_tokens(Macro::AuthUser, TokenStream::new(), item);
    assert_eq!(count(tokens), 1);
    for the in [Macro::Protected(""), Macro::Public(""), Macro::Check("")] {
        let (tokens, _) = run_tokens(the, TokenStream::new(), quote!(async fn f() -> bool { #sum * 2 == 6 }));
        assert_eq!(count(tokens), 1);
    }
}

fn count(tokens: TokenStream) -> usize {
    let groups = tokens.into_iter().filter_map(|token| if let TokenTree::Group(it) = token { Some(it) } else { None });
    groups.map(|group| usize::from(group.delimiter() == Delimiter::None) + count(group.stream())).sum()
}

enum Tree {
    Atom(usize),
    Not(Box<Tree>),
    All(Vec<Tree>),
    Any(Vec<Tree>),
}

impl Dice {
    /// A rule of different atoms, so that no part of it is superfluous.
    fn tree(&mut self, depth: usize, atoms: &mut usize) -> Tree {
        *atoms += 1;
        let atom = Tree::Atom(*atoms);
        match self.roll(if depth == 0 { 1 } else { 4 }) {
            0 => atom,
            1 => match self.tree(depth - 1, atoms) {
                Tree::Not(inner) => *inner,
                inner => Tree::Not(Box::new(inner)),
            },
            kind => {
                let parts = (0..2 + self.roll(2)).map(|_| self.tree(depth - 1, atoms)).collect();
                if kind == 2 { Tree::All(parts) } else { Tree::Any(parts) }
            }
        }
    }

    /// The rule in tokens, with groups of either kind where they are needed, and fragments anywhere else. Once for the
    /// oracle, and once with names in fragments, too.
    fn written(&mut self, tree: &Tree) -> [TokenStream; 2] {
        let [plain, ours] = match tree {
            Tree::Atom(number) => {
                let name = format_ident!("A{number}");
                let (ty, item) = (fragment(quote!(R)), fragment(&name));
                let ours = match self.roll(4) {
                    0 => quote!(#ty::#name),
                    1 => quote!(R::#item),
                    2 => quote!(#ty::#item),
                    _ => quote!(R::#name),
                };
                [quote!(R::#name), ours]
            }
            Tree::Not(inner) => {
                let inner = if let Tree::Atom(_) = **inner { self.written(inner) } else { self.grouped(inner) };
                inner.map(|inner| quote!(!#inner))
            }
            Tree::All(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.part(part, |it| matches!(it, Tree::Any(_)))).collect();
                [0, 1].map(|which| joined(&parts, which, &quote!(&&)))
            }
            // `&&` binds tighter, so that nothing needs a group.
            Tree::Any(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.part(part, |_| false)).collect();
                [0, 1].map(|which| joined(&parts, which, &quote!(||)))
            }
        };
        let layers = if self.roll(3) == 0 { 1 + self.roll(2) } else { 0 };
        (0..layers).fold([plain, ours], |both, _| both.map(fragment))
    }

    fn part(&mut self, tree: &Tree, needs_group: impl Fn(&Tree) -> bool) -> [TokenStream; 2] {
        if needs_group(tree) { self.grouped(tree) } else { self.written(tree) }
    }

    fn grouped(&mut self, tree: &Tree) -> [TokenStream; 2] {
        let delimiter = *self.pick(&[Delimiter::None, Delimiter::None, Delimiter::Parenthesis]);
        self.written(tree).map(|inner| TokenTree::from(Group::new(delimiter, inner)).into())
    }
}

fn joined(parts: &[[TokenStream; 2]], which: usize, by: &TokenStream) -> TokenStream {
    let mut all = TokenStream::new();
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            all.extend(by.clone());
        }
        all.extend(part[which].clone());
    }
    all
}

/// What Rust makes of it: the same with every operand in visible parentheses.
fn oracle(expr: &Expr) -> String {
    match expr {
        Expr::Group(group) => oracle(&group.expr),
        Expr::Paren(paren) => oracle(&paren.expr),
        Expr::Path(path) => path.to_token_stream().to_string(),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Not(_)) => format!("!{}", operand(&unary.expr)),
        Expr::Binary(binary) => {
            let and = matches!(binary.op, BinOp::And(_));
            // `a || b || c` is one list.
            let left = match &*binary.left {
                Expr::Binary(left) if matches!(left.op, BinOp::And(_)) == and => oracle(&binary.left),
                left => operand(left),
            };
            format!("{left} {} {}", if and { "&&" } else { "||" }, operand(&binary.right))
        }
        _ => panic!("no rule: {}", expr.to_token_stream()),
    }
}

fn operand(expr: &Expr) -> String {
    match oracle(expr) {
        simple if !simple.contains(['&', '|']) => simple,
        several => format!("({several})"),
    }
}

#[test]
fn m1_random_rules_with_fragments_agree_with_rust() {
    let mut dice = Dice::new(3);
    let mut fragments = 0;
    let mut rules = 0;
    while rules < 2_000 {
        let mut atoms = 0;
        let tree = dice.tree(3, &mut atoms);
        // Seventeen are refused, and a table of truth values for sixteen takes a while.
        if atoms > 10 {
            continue;
        }
        rules += 1;
        let [plain, mut args] = dice.written(&tree);
        let mut written = oracle(&syn::parse2(plain).expect("it is an expression"));
        match dice.roll(4) {
            0 => {
                args = fragment(quote!(#args, live));
                written.push_str(", live");
            }
            1 => {
                args = quote!(hidden, #args);
                written.insert_str(0, "hidden, ");
            }
            _ => {}
        }
        fragments += count(args.clone());
        let shown = args.to_string();
        let (ours, messages) = said(Macro::Rule(""), args, TokenStream::new());
        let (expected, theirs) = run(Macro::Rule(&written), "");
        assert_eq!((ours, &messages), (expected.to_string().replace([' ', '\n'], ""), &theirs), "{shown}: {written}");
        assert!(messages.is_empty(), "{messages:?}");
    }
    assert!(fragments > 4_000, "only {fragments} fragments");
}
