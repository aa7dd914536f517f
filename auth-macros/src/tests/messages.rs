//! Wrong input and the exact error messages: all of them at once, in source order as far as one step finds them. Which
//! tokens are underlined is tested in `tests/ui` of the workspace.

use super::{Macro, run};

#[track_caller]
fn says(the: Macro<'_>, item: &str, expected: &[&str]) {
    let (tokens, messages) = run(the, item);
    assert_eq!(messages, expected, "{item}");
    assert!(syn::parse2::<syn::File>(tokens.clone()).is_ok(), "what was understood is not Rust: {tokens}");
}

#[test]
fn empty_user_gets_every_missing_attribute_at_once() {
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
        "`tabel` is not an argument of `#[auth(…)]` on a user type; did you mean `table`?",
        "`clam` is not an argument of `#[auth(…)]` on a field; did you mean `claim`?",
        "`no table` is not a table name: letters, digits and `_`, with a dot after the schema (`\"app.users\"`)",
        "`register` cannot stand beside `login`: a login is part of every sign-up already",
        "this field is the `skip` already; it cannot be `role`, too: roles are read from a column of the table; if they are in \
         another one, give the table a column that lists their names (kept by a trigger), or let `table` name a view that has \
         one (with `skip_table_check()`)",
        "`id` is the `id` already; a user has one",
        "`exp` has a meaning of its own in tokens; rename the field, with `#[sqlx(rename = \"exp\")]` for the column",
    ];
    says(Macro::AuthUser, item, &expected);
}

#[test]
fn mistakes_in_a_rule_for_factors_are_said() {
    let says_of = |mfa: &str, expected: &[&str]| {
        let fields = "#[auth(id)] id: i64, #[auth(login)] email: String, #[auth(role)] role: Role";
        says(Macro::AuthUser, &format!("#[auth(table = \"u\", {mfa})] struct User {{ {fields} }}"), expected);
    };
    let of_a_sign_in = |what: &str| {
        format!(
            "`{what}` is about a sign-in, and this rule decides what a sign-in needs: name roles and permissions, as in \
             `mfa(Role::Admin)`"
        )
    };
    for what in ["Has::Mfa", "Has::Passkey", "Has::Verified", "Has", "Mfa", "Passkey", "mfa", "fresh", "auth::Has::Mfa"]
    {
        says_of(&format!("mfa({what} || Role::Admin)"), &[&of_a_sign_in(what)]);
    }
    says_of("mfa(Fresh::minutes(5))", &[&of_a_sign_in("Fresh::minutes")]);
    let check = "`owns::post` is a check, and a sign-in has no request that it could ask: name roles and permissions, as in \
                 `mfa(Role::Admin)`";
    says_of("mfa(owns::post && Role::Admin)", &[check]);
    says_of("mfa(Admin)", &["whose `Admin`? write the type, too: `Role::Admin` or `Permission::Admin`"]);
    says_of(
        "mfa(Role::admin)",
        &[
            "`Role::admin` is neither an item nor a check: items of `Role` begin with a capital, and a check is a free function \
           under `#[check]`",
        ],
    );
    says_of(
        "mfa(Role::Admin, Role::Pay)",
        &["a comma does not say whether every rule must hold or one: join them with `&&` or `||`"],
    );
    says_of(
        "mfa(Role::Admin, live)",
        &["`live` says how a route is guarded: it belongs to `#[protected(…, live)]`; a sign-in always reads the row"],
    );
    says_of("mfa(Role::Admin, user = User)", &["leave `user` out: the rule is about the type that it stands on"]);
    says_of("mfa(Role::Admin, crate = ::web)", &["`crate` stands beside `mfa`: write `#[auth(mfa(…), crate = …)]`"]);
    says_of(
        "mfa(Role::Admin, reason = \"x\")",
        &["`reason` says why a route is open: it belongs to `#[public(reason = \"…\")]`"],
    );
    says_of("mfa(Role::Admin || !Role::Admin)", &["`Role::Admin || !Role::Admin` is always met"]);
    says_of(
        "mfa()",
        &["who needs a second factor? write `mfa` for everybody, or `mfa(Role::Admin)` for those who hold that"],
    );
    says_of("mfa = Role::Admin", &["`mfa` takes no `=`: write `mfa(…)`"]);
    says_of("mfa, mfa(Role::Admin)", &["`mfa` is written twice; keep one"]);
    for misspelled in ["mfas", "mfas(Role::Admin || Role::Pay)", "mfas(!Role::Guest)"] {
        says_of(misspelled, &["`mfas` is not an argument of `#[auth(…)]` on a user type; did you mean `mfa`?"]);
    }
}

#[test]
fn a_rule_for_factors_needs_something_to_hold() {
    let item =
        r#"#[auth(table = "u", mfa(Role::Admin))] struct U { #[auth(id)] id: i64, #[auth(login, mfa)] name: String }"#;
    let expected = [
        "`mfa` belongs on the struct, not on a field",
        "no user of this type holds anything that a rule could name: write `mfa` for everybody, or put `#[auth(role)]`, \
         `#[auth(roles)]` or `#[auth(permissions)]` on a field",
    ];
    says(Macro::AuthUser, item, &expected);
}

#[test]
fn errors_of_all_attributes_are_reported_together() {
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
fn mistakes_in_permissions_are_said_in_one_compile() {
    let item = r#"
        #[permission(rename_al = "kebab-case", manual(json))]
        enum Permission {
            Read(u8),
            #[permission(includes(Rea, Write), name = "a b")] Write,
            #[permission(grants(Role::Admin), nam = "x")] Lösche,
        }
    "#;
    let alphabet =
        "a permission's name is ASCII, not empty, and has no comma, space, `\"`, `\\` or control character in it";
    let expected = [
        "`rename_al` is not an argument of `#[permission(…)]` on the enum; did you mean `rename_all`?",
        "the codecs are `serde` and `sqlx`",
        "a permission is a name and carries nothing: write `Read`",
        "roles grant permissions: write `#[role(grants(…))]` there; a permission has `includes(…)`",
        "`nam` is not an argument of `#[permission(…)]` on a variant; did you mean `name`?",
        alphabet,
        alphabet,
        "there is no permission `Rea` in this enum; did you mean `Read`?",
        "`Write` includes itself anyway; remove it here",
    ];
    says(Macro::AuthPermission, item, &expected);
}

#[test]
fn names_of_permissions_are_scopes() {
    let scope = |c: char| c.is_ascii_graphic() && !"\"\\,".contains(c);
    for c in ('\0'..='\u{ff}').chain(['\u{2003}', '語']) {
        let item = format!("enum P {{ #[permission(name = {:?})] A }}", format!("a{c}b"));
        assert_eq!(run(Macro::AuthPermission, &item).1.is_empty(), scope(c), "{c:?}");
    }
    assert_eq!(run(Macro::AuthPermission, "enum P { #[permission(name = \"\")] A }").1.len(), 1);
}

#[test]
fn mistakes_in_grants_are_said_in_one_compile() {
    let item = r"
        enum Role {
            #[role(grants(Permission::Read, Write, ::Permission::Write))] A,
            #[role(grants())] B,
            #[role(grants(Permission::Read, Permission :: Read), grants(Permission::Write))] C,
            #[role(grants = Permission::Read)] D,
            #[role(grants(Permission::Read(1)))] E,
            #[role(grant(Permission::Read))] F,
            #[role(includes(Role::A))] G,
            #[role(grants(Permission::Read))] H,
        }
    ";
    let expected = [
        "say what it grants: `grants(Permission::PostsWrite)`",
        "`grants` is written twice; keep one",
        "`grants` takes no `=`: write `grants(…)`",
        "expected a word",
        "`Read` stands alone: write `Read`",
        "expected a comma between two words",
        "`grant` is not an argument of `#[role(…)]` on a variant; did you mean `grants`?",
        "expected a comma between two words",
        "there is no role `Role` in this enum",
        "whose `Write`? write the type, too: `grants(Permission::Write)`",
        "roles grant permissions of one enum: `::Permission` is not `Permission`, of which one was granted before",
        "`Permission::Read` is granted twice; keep one",
    ];
    says(Macro::AuthRole, item, &expected);
}

#[test]
fn permissions_field_is_in_the_token_and_never_registered() {
    let item = r#"
        #[auth(table = "t")]
        struct User {
            #[auth(id)] id: i64,
            #[auth(login)] email: String,
            #[auth(permissions, register, claim)] may: Permissions<P>,
            #[auth(permissions(scop))] also: Permissions<P>,
            #[auth(verified, claim)] sure: bool,
            #[auth(claim)] permissions: i64,
            #[auth(claim)] scope: i64,
            #[auth(claim)] email_verified: bool,
        }
    "#;
    let reserved = |name: &str| {
        format!(
            "`{name}` has a meaning of its own in tokens; rename the field, with `#[sqlx(rename = \"{name}\")]` for the column"
        )
    };
    let expected = [
        "write `permissions` or `permissions(scope)`",
        "`claim` cannot stand beside `permissions`: they are in every token already",
        "`register` cannot stand beside `permissions`: nobody may choose that at sign-up; use `default = …`",
        "`claim` cannot stand beside `verified`: it is in every token already, as `email_verified`",
        "`may` is the `permissions` already; a user has one",
        &reserved("permissions"),
        &reserved("scope"),
        "`email_verified` is what tokens call the field under `#[auth(verified)]`: put that on it, or rename it",
    ];
    says(Macro::AuthUser, item, &expected);
    let mail = r#"#[auth(table = "t")] struct U { #[auth(id)] id: i64, #[auth(login)] name: String, #[auth(mail)] to: String,
        #[auth(verified(require))] sure: bool }"#;
    let expected = [
        "write `verified` or `verified(required)`",
        "mail goes to an address that people sign in with: write `#[auth(login, mail)]`",
    ];
    says(Macro::AuthUser, mail, &expected);
    let language = r#"#[auth(table = "t")] struct U { #[auth(id)] id: i64, #[auth(login)] email: String,
        #[auth(locale)] language: String, #[auth(locale = "de")] other: String, #[auth(locale, verified)] sure: bool }"#;
    let expected = [
        "`locale` stands alone: write `locale`",
        "this field is the `locale` already; it cannot be `verified`, too",
        "`language` is the `locale` already; a user has one",
        "`language` is the `locale` already; a user has one",
    ];
    says(Macro::AuthUser, language, &expected);
    let required = r#"#[auth(table = "t")] struct U { #[auth(id)] id: i64, #[auth(login)] name: String,
        #[auth(verified(required))] sure: bool }"#;
    let which = "which address has to be confirmed? no login has \"mail\" in its name: put `mail` on it, as in `#[auth(login, mail)]`";
    says(Macro::AuthUser, required, &[which]);
    let stamp = r#"#[auth(table = "t")] struct U { #[auth(id, created)] id: i64, #[auth(login)] email: String }"#;
    says(
        Macro::AuthUser,
        stamp,
        &["`created` cannot stand beside `id`: rows with the same id are what it tells apart"],
    );
    let stamp = r#"#[auth(table = "t")] struct U { #[auth(id)] id: i64, #[auth(login, created)] email: String }"#;
    says(
        Macro::AuthUser,
        stamp,
        &["`created` cannot stand beside `login`: when it changes, the user would be signed out"],
    );
    let vec = r#"#[auth(table = "t")] struct U { #[auth(id)] id: i64, #[auth(login)] email: String,
        #[auth(permissions)] may: Vec<app::P> }"#;
    let expected = "a list of permissions is stored as text, which a `Vec` is not: write `auth::Permissions<app::P>`";
    says(Macro::AuthUser, vec, &[expected]);
    says(
        Macro::AuthUser,
        &vec.replace("Vec<app::P>", "String"),
        &["`permissions` wants a field of type `auth::Permissions<Permission>`"],
    );
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
fn errors_of_arguments_and_signature_are_reported_together() {
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

#[test]
fn references_are_no_extractors_unless_they_live_forever() {
    let message = |owned: &str| format!("an extractor gives a value of its own, never a reference: write `{owned}`");
    for (argument, owned) in [("&User", "User"), ("&'a mut http::HeaderMap", "http::HeaderMap"), ("(&str)", "String")] {
        let item = format!("async fn f(_: u8, it: {argument}) {{}}");
        says(Macro::Protected(""), &item, &[&message(owned)]);
        says(Macro::Check(""), &item.replace("{}", "-> bool {}"), &[&message(owned)]);
    }
    says(Macro::Protected(""), "async fn f(it: &'static Settings) {}", &[]);
}

#[test]
fn another_handler_stands_in_for_one_with_a_mistake() {
    let (tokens, messages) = run(Macro::Protected("user = Staff"), "pub fn f<T>(user: T) -> u8 { user.id }");
    assert_eq!(messages, ["a handler is asynchronous: write `async fn f`"]);
    let text = tokens.to_string();
    assert!(text.contains("pub async fn f < T > (_ : :: auth :: __private :: Guard"), "{text}");
    assert!(text.contains("pub fn f < T > (user : T) -> u8 { user . id }"), "{text}");
}
