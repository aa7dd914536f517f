//! Where the compiler says something about generated tokens.

use proc_macro2::{Group, Span, TokenStream, TokenTree};

/// Moves tokens to a place in the source. What their names mean, they mean as before.
pub(crate) fn at(tokens: TokenStream, place: Span) -> TokenStream {
    let moved = |token: TokenTree| {
        let mut token = match token {
            TokenTree::Group(group) => TokenTree::Group(Group::new(group.delimiter(), at(group.stream(), place))),
            token => token,
        };
        token.set_span(token.span().located_at(place));
        token
    };
    tokens.into_iter().map(moved).collect()
}
