//! Groups without delimiters. A fragment of `macro_rules!` such as `$rule:expr` reaches a macro as one, and means a
//! unit, as if it stood in parentheses. syn's parser enters such groups without a word, and the compiler forgets them in
//! what a macro returns. So before either sees them, they become parentheses where they hold something together, and are
//! opened where they do not.
//!
//! Bodies of functions and values in braces are passed on as they came, because the compiler remembers the groups in
//! them.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

/// Puts parentheses where a group without delimiters holds something together, and opens all others: those that fill
/// the place between two commas, and those of one token or one path (`$role::Admin`).
///
/// Braces and brackets are left as they are, to be passed on untouched: the compiler remembers the groups in them.
pub(crate) fn visible(tokens: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut visible = TokenStream::new();
    for (index, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else {
            visible.extend([token.clone()]);
            continue;
        };
        match group.delimiter() {
            Delimiter::None => {
                let content = self::visible(group.stream());
                let (before, after) = tokens.split_at(index);
                if (begins(before) && ends(after.get(1..).unwrap_or_default())) || holds_by_itself(content.clone()) {
                    visible.extend(content);
                } else {
                    visible.extend(parenthesized(content, group.span()));
                }
            }
            Delimiter::Parenthesis if has_hidden(group.stream()) => {
                let mut inner = Group::new(Delimiter::Parenthesis, self::visible(group.stream()));
                inner.set_span(group.span());
                visible.extend([TokenTree::from(inner)]);
            }
            // Remade groups forget where each of their delimiters is.
            _ => visible.extend([token.clone()]),
        }
    }
    visible
}

/// Returns whether there is anything to do in parentheses.
fn has_hidden(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => match group.delimiter() {
            Delimiter::None => true,
            Delimiter::Parenthesis => has_hidden(group.stream()),
            Delimiter::Brace | Delimiter::Bracket => false,
        },
        _ => false,
    })
}

/// Returns whether an entry of a list or its value begins after `tokens`: commas and `=` bind weaker than everything
/// else.
fn begins(tokens: &[TokenTree]) -> bool {
    let joint =
        |token: &TokenTree| matches!(token, TokenTree::Punct(it) if it.spacing() == proc_macro2::Spacing::Joint);
    match tokens {
        [] => true,
        // Not the end of `==`, `<=` and the like.
        [before @ .., TokenTree::Punct(last)] if last.as_char() == '=' => {
            !joint(&TokenTree::Punct(last.clone())) && !before.last().is_some_and(joint)
        }
        [.., last] => is_comma(last),
    }
}

fn ends(tokens: &[TokenTree]) -> bool {
    tokens.first().is_none_or(is_comma)
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(it) if it.as_char() == ',')
}

/// Returns whether nothing beside it can take a part of it away: nothing, one token, or names joined by `::`.
fn holds_by_itself(tokens: TokenStream) -> bool {
    let mut path = String::new();
    let mut count = 0;
    for token in tokens {
        count += 1;
        path.push(match token {
            TokenTree::Ident(_) => 'a',
            TokenTree::Punct(it) if it.as_char() == ':' => ':',
            _ => '?',
        });
    }
    count < 2 || path.strip_prefix("::").unwrap_or(&path).split("::").all(|name| name == "a")
}

/// The location is the fragment's, the origin is this macro: lints have nothing to say about such parentheses.
fn parenthesized(content: TokenStream, span: Span) -> [TokenTree; 1] {
    let mut group = Group::new(Delimiter::Parenthesis, content);
    group.set_span(Span::call_site().located_at(span));
    [group.into()]
}
