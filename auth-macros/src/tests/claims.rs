//! Wrong claims of another issuer and the exact messages, and where a claim is looked for.

use super::{Macro, run};

#[track_caller]
fn says(item: &str, expected: &[&str]) {
    let (tokens, messages) = run(Macro::AuthClaims, item);
    assert_eq!(messages, expected, "{item}");
    assert!(syn::parse2::<syn::File>(tokens.clone()).is_ok(), "what was understood is not Rust: {tokens}");
}

/// With a subject and one more field.
#[track_caller]
fn says_of(field: &str, expected: &[&str]) {
    says(&format!("struct C {{ #[auth(subject)] sub: String, {field} }}"), expected);
}

fn expands_to(field: &str, expected: &str) {
    let item = format!("struct C {{ #[auth(subject)] sub: String, {field} }}");
    let (tokens, messages) = run(Macro::AuthClaims, &item);
    assert!(messages.is_empty(), "{field}: {messages:?}");
    let (expected, text) = (expected.replace(' ', ""), tokens.to_string().replace(' ', ""));
    assert!(text.contains(&expected), "{field}: {text}");
}

#[test]
fn claims_are_about_somebody() {
    let nobody = "whom is a token about? put `#[auth(subject)]` on that field, as on `sub: String`";
    says("struct C {}", &[nobody]);
    says("struct C { #[auth(roles)] roles: Roles<Role> }", &[nobody]);
    says_of("#[auth(subject)] oid: String", &["`sub` is the `subject` already; a token has one"]);
    says(
        "struct C { #[auth(id)] sub: String }",
        &["whom a token is about is its subject: write `#[auth(subject)]`", nobody],
    );
}

#[test]
fn claims_are_a_struct_with_named_fields() {
    let wanted = "claims are a struct with named fields: `struct Employee { #[auth(subject)] sub: String, … }`";
    for item in ["struct C(String);", "struct C;", "enum C { A }", "union C { a: u8 }"] {
        says(item, &[wanted]);
    }
    says(
        "struct C<T> { #[auth(subject)] sub: T }",
        &["claims are read from the tokens of one issuer and cannot be generic"],
    );
    says("struct C where u8: Copy { #[auth(subject)] sub: String }", &["claims cannot have a `where` clause"]);
}

#[test]
fn what_users_write_decides_nothing() {
    let says_that = |field: &str, own: &str, they: &str| {
        let message = format!(
            "users write `{own}` themselves, so they could {they}: let the issuer put it where only administrators write, as in \
             `app_metadata`"
        );
        says_of(field, &[&message]);
    };
    let role = "give themselves any role";
    says_that("#[auth(roles(\"user_metadata.roles\"))] r: Roles<R>", "user_metadata", role);
    says_that("#[auth(roles(\"a\", \"User_Metadata\"))] r: Roles<R>", "User_Metadata", role);
    says_that("#[auth(roles(keys_of(\"x.raw_user_meta_data.y\")))] r: Roles<R>", "raw_user_meta_data", role);
    says_that("#[auth(roles(\"https://shop.org/user_metadata\"))] r: Roles<R>", "user_metadata", role);
    says_that(
        "#[auth(permissions(\"unsafe_metadata.may\"))] m: Permissions<P>",
        "unsafe_metadata",
        "give themselves any permission",
    );
    says_that("#[auth(verified(\"user_metadata.email_verified\"))] v: bool", "user_metadata", "confirm any address");
    says(
        "struct C { #[auth(subject(\"user_metadata.sub\"))] sub: String }",
        &[
            "users write `user_metadata` themselves, so they could say that they are somebody else: let the issuer put it where \
           only administrators write, as in `app_metadata`",
        ],
    );
    says_of("#[auth(claim(\"user_metadata.name\"))] name: Option<String>", &[]);
    says_of("#[auth(roles(\"app_metadata.roles\"))] r: Roles<R>", &[]);
}

#[test]
fn a_claim_goes_into_one_field() {
    let twice = "this claim is read already; a claim goes into one field";
    says_of("#[auth(roles(\"a\", \"a\"))] r: Roles<R>", &[twice]);
    says_of("#[auth(permissions(\"scope\"))] m: Permissions<P>, scope: String", &[twice]);
    says_of("#[auth(claim(\"sub\"))] name: String", &[twice]);
    says_of(
        "#[auth(roles(\"a.b\"))] r: Roles<R>, a: Value",
        &["`a` would be read as a whole and in part; leave one out"],
    );
    says_of(
        "#[auth(claim(\"a.b\"))] a: Value, #[auth(claim(\"a.b.c\"))] b: Value",
        &["`b` would be read as a whole and in part; leave one out"],
    );
    says_of("#[auth(claim(\"a.b\"))] a: Value, #[auth(claim(\"a.c\"))] b: Value", &[]);
}

#[test]
fn names_have_dots_between_them() {
    let wrong = "a claim has a name: write the names on the way to it with dots between them, as in \
                 `\"realm_access.roles\"`; a dot in a name is `\\\\.`";
    for path in ["", ".", "a.", ".a", "a..b"] {
        says_of(&format!("#[auth(claim(\"{path}\"))] a: String"), &[wrong]);
    }
    let read = |path: &str, tree: &str| {
        let tree = tree.replace('@', "::auth::__private::");
        expands_to(&format!("#[auth(claim(\"{path}\"))] a: String"), &tree);
    };
    read("a", "@ClaimNode { name: \"a\", place: @Place::Value(1usize) }");
    read(
        "a.b",
        "@ClaimNode { name: \"a\", place: @Place::Object(&[@ClaimNode { name: \"b\", place: @Place::Value(1usize) }]) }",
    );
    read("my\\\\.client", "@ClaimNode { name: \"my.client\", place: @Place::Value(1usize) }");
    read(
        "https://shop.example.org/name",
        "@ClaimNode { name: \"https://shop.example.org/name\", place: @Place::Value(1usize) }",
    );
}

#[test]
fn a_field_is_read_from_where_it_says() {
    for (field, call) in [
        ("#[auth(roles)] r: Roles<R>", "1usize => ::auth::__private::read_names(&mut self.field_1, map)"),
        ("#[auth(roles(\"scope\"))] r: Roles<R>", "read_scope(&mut self.field_1, map)"),
        ("#[auth(permissions(\"scp\"))] m: Permissions<P>", "read_scope(&mut self.field_1, map)"),
        ("#[auth(permissions(\"a.scope\"))] m: Permissions<P>", "read_scope(&mut self.field_1, map)"),
        ("#[auth(permissions(\"scope.a\"))] m: Permissions<P>", "read_names(&mut self.field_1, map)"),
        ("#[auth(roles(keys_of(\"scope\")))] r: Roles<R>", "read_keys(&mut self.field_1, map)"),
        ("#[auth(verified)] v: bool", "read_value(&mut self.field_1, map)"),
        ("r#type: Option<String>", "name: \"type\""),
        ("#[auth(permissions)] m: Permissions<P>", "name: \"permissions\""),
    ] {
        expands_to(field, call);
    }
}

#[test]
fn words_of_a_table_are_told_apart() {
    for word in ["login", "password_hash", "active", "mail", "locale", "register", "default"] {
        let message = format!(
            "`{word}` is about a row of a table (`#[derive(AuthUser)]`), and these are claims of a token: a type is one or the other"
        );
        says_of(&format!("#[auth({word})] a: String"), &[&message]);
    }
    let role = "a token has a list of roles: write `#[auth(roles)]` on a field of type `auth::Roles<Role>`";
    says_of("#[auth(role)] role: Role", &[role]);
    says_of("#[auth(acr)] a: String", &["`acr` belongs on the struct, not on a field"]);
    says_of(
        "#[auth(rolse)] a: String",
        &["`rolse` is not an argument of `#[auth(…)]` on a claim; did you mean `roles`?"],
    );
    says(
        "#[auth(roles)] struct C { #[auth(subject)] sub: String }",
        &["`roles` belongs on a field, not on the struct"],
    );
    says(
        "#[auth(table = \"c\")] struct C { #[auth(subject)] sub: String }",
        &[
            "`table` is about a row of a table (`#[derive(AuthUser)]`), and these are claims of a token: a type is one or the other",
        ],
    );
}

#[test]
fn arguments_are_texts_in_parentheses() {
    says_of("#[auth(claim = \"a\")] a: String", &["`claim` takes no `=`: write `claim(\"…\")`"]);
    says_of("#[auth(claim = a)] a: String", &["`claim` takes no `=`: write `claim(\"…\")`"]);
    says_of("#[auth(claim(a))] a: String", &["the name of a claim is a text: write `claim(\"a\")`"]);
    says_of("#[auth(claim(\"a\", \"b\"))] a: String", &["`claim` is read from one claim"]);
    says_of(
        "#[auth(claim())] a: String",
        &["which claim? write `claim(\"…\")`, or `claim` alone for the claim of that name"],
    );
    says_of("#[auth(claim(keys_of(\"a\")))] a: String", &["`keys_of` reads names of roles or permissions"]);
    says_of("#[auth(roles(keys_of))] r: Roles<R>", &["whose members have the names? write `keys_of(\"…\")`"]);
    says_of("#[auth(\"a\")] a: String", &["say what is read from there, as in `roles(\"…\")`"]);
    says_of("#[auth] a: String", &["say what this is: `#[auth(…)]`"]);
    says_of(
        "#[auth(verified, claim(\"a\"))] a: bool",
        &["this field is the `verified` already; it cannot be `claim`, too"],
    );
    says_of("#[auth(claim(\"a\") verified)] a: bool", &["expected a comma"]);
    says_of("#[serde(rename = \"b\")] a: String", &["serde does not read tokens: write `#[auth(claim(\"b\"))]`, too"]);
    says_of("#[serde(rename = \"b\")] #[auth(claim(\"b\"))] a: String", &[]);
}

#[test]
fn sets_of_names_have_a_type_of_their_own() {
    says_of("#[auth(roles)] r: Vec<Job>", &["`roles` wants a field of type `auth::Roles<Job>`"]);
    says_of("#[auth(roles)] r: Job", &["`roles` wants a field of type `auth::Roles<Role>`"]);
    says_of("#[auth(permissions)] m: String", &["`permissions` wants a field of type `auth::Permissions<Permission>`"]);
    says_of(
        "#[auth(roles)] r: Roles<R>, #[auth(roles(\"b\"))] s: Roles<R>",
        &["`r` is the `roles` already; several claims are read into one field, as in `roles(\"…\", \"…\")`"],
    );
    says_of(
        "#[auth(verified)] a: bool, #[auth(verified)] b: bool",
        &["`a` is the `verified` already; a token has one"],
    );
}

#[test]
fn an_acr_stands_for_several_factors_by_its_values() {
    let wanted = "which values of `acr` stand for several factors? write `acr(mfa(\"2\"))`";
    for acr in ["acr", "acr()", "acr(mfa)", "acr(mfa())", "acr(\"2\")", "acr(mfa(two))", "acr(phr(\"2\"))"] {
        let (_, messages) =
            run(Macro::AuthClaims, &format!("#[auth({acr})] struct C {{ #[auth(subject)] sub: String }}"));
        assert!(!messages.is_empty() && messages.iter().all(|message| message == wanted), "{acr}: {messages:?}");
    }
    let item = "#[auth(acr(mfa(\"2\", \"phrh\")), crate = crate::web)] struct C { #[auth(subject)] sub: String }";
    let (tokens, messages) = run(Macro::AuthClaims, item);
    assert!(messages.is_empty(), "{messages:?}");
    assert!(tokens.to_string().contains("& [\"2\" , \"phrh\"]"), "{tokens}");
}
