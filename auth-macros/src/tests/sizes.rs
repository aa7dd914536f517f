//! The amount of code generated for a handler: the compiler reads every token of it, and there are hundreds of
//! handlers. `cargo test -p auth-macros sizes -- --nocapture` prints it.

use proc_macro2::{TokenStream, TokenTree};

use super::{Macro, run};

fn tokens(stream: TokenStream) -> usize {
    let size = |token| if let TokenTree::Group(group) = token { 2 + tokens(group.stream()) } else { 1 };
    stream.into_iter().map(size).sum()
}

/// Returns what the macro adds to the item, in tokens and in formatted lines.
fn added(the: Macro<'_>, item: &str) -> (usize, usize) {
    let (expansion, messages) = run(the, item);
    assert!(messages.is_empty(), "{messages:?}");
    let item: TokenStream = item.parse().expect("it is Rust");
    let lines = |stream: &TokenStream| {
        let file = syn::parse2(stream.clone()).expect("it is Rust");
        prettyplease::unparse(&file).lines().count()
    };
    (tokens(expansion.clone()) - tokens(item.clone()), lines(&expansion) - lines(&item))
}

#[test]
fn what_is_generated_for_a_handler_stays_small() {
    let handler = "async fn handler(user: User) -> String { user.name }";
    let check = "async fn owns(claims: UserClaims, Path(post): Path<i64>) -> bool { claims.sub == post }";
    let kinds = [
        ("#[public]", Macro::Public(""), handler, 140),
        ("#[protected]", Macro::Protected(""), handler, 140),
        ("#[protected(Role::Admin)]", Macro::Protected("Role::Admin"), handler, 190),
        ("#[protected((A || B) && !C)]", Macro::Protected("(R::A || R::B) && !R::C"), handler, 320),
        ("#[protected(Role::Admin || owns)]", Macro::Protected("Role::Admin || owns"), handler, 320),
        ("#[protected(Fresh::minutes(5))]", Macro::Protected("Fresh::minutes(5)"), handler, 230),
        ("#[check]", Macro::Check(""), check, 300),
    ];
    for (name, the, item, most) in kinds {
        let (tokens, lines) = added(the, item);
        println!("{name}: {tokens} tokens, {lines} lines");
        assert!(tokens <= most, "{name} adds {tokens} tokens, more than {most}");
    }
}
