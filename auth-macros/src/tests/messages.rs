//! Wrong input, and the exact words that answer it: all of them at once, in the order of the source as far as one step
//! finds them. Where the words are underlined is seen in `tests/ui` of the workspace.

use super::{Macro, run};

#[track_caller]
fn says(the: Macro<'_>, item: &str, expected: &[&str]) {
    let (tokens, messages) = run(the, item);
    assert_eq!(messages, expected, "{item}");
    assert!(syn::parse2::<syn::File>(tokens.clone()).is_ok(), "what was understood is not Rust: {tokens}");
}

#[test]
fn an_empty_user_is_told_everything_it_needs() {
    let expected = [
        "which table are the rows in? put `#[auth(table = \"users\")]` on the struct",
        "which field is the primary key? put `#[auth(id)]` on it",
        "what do people sign in with? put `#[auth(login)]` on that field, for example on `email`",
    ];
    says(Macro::AuthUser, "struct User {}", &expected);
}

#[test]
fn mistakes_of_all_kinds_are_said_in_one_compile() {
    let item = r#"
        #[auth(table = "no table", claims = "UserClaims", tabel = 3)]
        struct User {
            #[auth(id)] id: i64,
            #[auth(id, clam)] other: i64,
            #[auth(login, register)] email: String,
            #[auth(claim)] exp: i64,
            #[auth(skip, role)] role: u8,
        }
    "#;
    let expected = [
        "`claims` wants a name for the new type, without quotes: write `claims = …`",
        "`tabel` is no `#[auth(…)]` word for a user type; did you mean `table`?",
        "`clam` is no `#[auth(…)]` word for a field; did you mean `claim`?",
        "`no table` is not a table name: letters, digits and `_`, with a dot after the schema (`\"app.users\"`)",
        "`register` cannot stand beside `login`: a login is part of every sign-up already",
        "this field is the `skip` already; it cannot be `role`, too",
        "`id` is the `id` already; a user has one",
        "`exp` has a meaning of its own in tokens; rename the field, with `#[sqlx(rename = \"exp\")]` for the column",
    ];
    says(Macro::AuthUser, item, &expected);
}

#[test]
fn a_slip_in_one_attribute_does_not_hide_the_next() {
    let item = r"
        #[auth(table = , claims = A)]
        #[auth(claims = B)]
        struct User { #[auth(login)] email: String, #[auth(id =)] id: i64 }
    ";
    let expected = [
        "expected an expression",
        "`claims` is written twice; keep one",
        "unexpected end of input, expected an expression",
        "which field is the primary key? put `#[auth(id)]` on it",
    ];
    says(Macro::AuthUser, item, &expected);
}

#[test]
fn mistakes_in_roles_are_said_in_one_compile() {
    let item = r#"
        #[role(rename_all = "Snake_Case", manual(json))]
        enum Role {
            Member(u8),
            #[role(includes(Membr, Admin), name = "x y")] Admin,
            #[role(name = "x y")] Owner,
        }
    "#;
    let expected = [
        "the codecs are `serde` and `sqlx`",
        "a role is a name and carries nothing: write `Member`",
        "`Snake_Case` is no way to spell names; did you mean `snake_case`?",
        "a role's name is not empty and has no comma, space or control character in it",
        "a role's name is not empty and has no comma, space or control character in it",
        "`Admin` is called `x y` already; set another with `#[role(name = \"…\")]`",
        "there is no role `Membr` in this enum; did you mean `Member`?",
        "`Admin` includes itself anyway; remove it here",
    ];
    says(Macro::AuthRole, item, &expected);
}

#[test]
fn a_circle_is_named_once() {
    let item = r"
        enum Role {
            #[role(includes(B))] A,
            #[role(includes(C))] B,
            #[role(includes(A, D))] C,
            D,
            #[role(includes(A))] E,
        }
    ";
    let expected = ["roles cannot include each other in a circle: `A` includes `B` includes `C` includes `A`"];
    says(Macro::AuthRole, item, &expected);
}

#[test]
fn mistakes_in_arguments_and_signature_are_said_in_one_compile() {
    let expected = [
        "a comma does not say whether every rule must hold or one: join them with `&&` or `||`",
        "a handler is asynchronous: write `async fn me`",
        "`reason` says why something is open: it belongs to `#[public(reason = \"…\")]`",
        "`Role::admin` is neither an item nor a check: items of `Role` begin with a capital, and a check is a free \
         function under `#[check]`",
    ];
    says(Macro::Protected("Role::admin, Role::Admin, reason = \"x\""), "fn me() {}", &expected);
}

#[test]
fn public_has_no_rule() {
    let expected = [
        "`#[public]` is open to everybody and has no rule; write `#[protected(Role::Admin || !Role::Member)]`",
        "`live` says how a rule is judged: it belongs to `#[protected(…, live)]`",
    ];
    says(Macro::Public("Role::Admin || !Role::Member, live"), "async fn me() {}", &expected);
}

#[test]
fn one_more_parameter_than_axum_has_room_for() {
    let item = |count: usize| format!("async fn many({}) {{}}", "_: X, ".repeat(count));
    says(Macro::Protected(""), &item(15), &[]);
    let expected = "axum stops at 16 extractors and the guard takes one: at most 15; put several into one that derives \
                    `FromRequestParts`";
    says(Macro::Protected(""), &item(16), &[expected]);
}
