//! Formatted expansions, as files next to this one. `UPDATE_SNAPSHOTS=1 cargo test -p auth-macros` rewrites them; read
//! the diff before you commit it.

use std::path::Path;

use super::{Macro, run};

fn snapshot(name: &str, the: Macro<'_>, item: &str) {
    let (tokens, messages) = run(the, item);
    assert!(messages.is_empty(), "{name}: {messages:?}");
    let file = syn::parse2(tokens).unwrap_or_else(|error| panic!("{name} is not Rust: {error}"));
    let now = prettyplease::unparse(&file);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/snapshots").join(name).with_extension("rs");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, now).expect("the snapshot can be written");
        return;
    }
    let then = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(then == now, "{name}: the expansion changed (UPDATE_SNAPSHOTS=1 accepts it); it is now\n{now}");
}

#[test]
fn a_user() {
    let item = r#"
        #[auth(table = "users")]
        pub struct User {
            #[auth(id)] id: i64,
            #[auth(login)] email: String,
            #[auth(password_hash)] password_hash: PasswordHash,
            #[auth(active)] is_active: bool,
            #[auth(role, default = Role::Member)] role: Role,
            #[auth(register, claim)] display_name: String,
        }
    "#;
    snapshot("user", Macro::AuthUser, item);
}

#[test]
fn claims_of_another_issuer() {
    let item = r#"
        #[auth(acr(mfa("2", "phrh")))]
        pub struct Employee {
            #[auth(subject)] sub: String,
            #[auth(roles("realm_access.roles", "resource_access.shop.roles", keys_of("urn:zitadel:iam:org:project:roles")))]
            jobs: Roles<Job>,
            #[auth(permissions("scope"))] may: auth::Permissions<Task>,
            #[auth(verified)] email_verified: Option<bool>,
            preferred_username: Option<String>,
        }
    "#;
    snapshot("claims", Macro::AuthClaims, item);
}

#[test]
fn smallest_claims() {
    snapshot("smallest_claims", Macro::AuthClaims, "struct Bot { #[auth(subject)] id: u64 }");
}

#[test]
fn a_user_some_of_whom_need_a_second_factor() {
    let item = r#"
        #[auth(table = "clerks", mfa(Duty::Admin || !Duty::Guest && tasks::Task::Pay))]
        pub struct Clerk {
            #[auth(id)] id: i64,
            #[auth(login)] email: String,
            #[auth(role)] duty: Duty,
        }
    "#;
    snapshot("user_with_mfa_rule", Macro::AuthUser, item);
}

#[test]
fn a_user_all_of_whom_need_a_second_factor() {
    snapshot(
        "user_with_mfa",
        Macro::AuthUser,
        r#"#[auth(table = "u", mfa)] struct U { #[auth(id)] id: i64, #[auth(login)] name: String }"#,
    );
}

#[test]
fn a_user_with_everything() {
    let item = r#"
        #[auth(table = "app.staff", claims = Badge, registration = Hire, crate = crate::web_auth)]
        #[sqlx(rename_all = "camelCase")]
        pub(crate) struct Staff {
            #[auth(id)] staff_id: Uuid,
            #[auth(login)] e_mail: Option<String>,
            #[auth(login(exact), claim)] user_name: String,
            #[auth(password_hash)] #[sqlx(rename = "pw")] hash: String,
            #[auth(active(when = "is_null"))] disabled_at: Option<i64>,
            #[auth(roles)] duties: Roles<Duty>,
            #[auth(permissions)] may: auth::Permissions<Task>,
            #[auth(verified)] verified_at: Option<OffsetDateTime>,
            #[auth(locale, register)] language: Option<String>,
            #[auth(register)] r#type: Kind,
            #[auth(default = 3 * 7)] floor: i64,
            #[auth(skip)] cache: Cache,
            note: String,
        }
    "#;
    snapshot("user_with_everything", Macro::AuthUser, item);
}

#[test]
fn a_user_with_a_scope() {
    let item = r#"
        #[auth(table = "clients")]
        struct Client {
            #[auth(id)] id: i64,
            #[auth(login)] name: String,
            #[auth(permissions(scope))] may: Permissions<Permission>,
        }
    "#;
    snapshot("user_with_scope", Macro::AuthUser, item);
}

#[test]
fn the_smallest_user() {
    let item = r#"
        #[auth(table = "t")]
        struct U {
            #[auth(id)] id: i64,
            #[auth(login)] name: String,
        }
    "#;
    snapshot("smallest_user", Macro::AuthUser, item);
}

#[test]
fn roles() {
    let item = r#"
        pub enum Role {
            Member,
            #[role(includes(Member))] Editor,
            #[role(includes(Editor), name = "administrator")] Admin,
            GuestWriter,
        }
    "#;
    snapshot("roles", Macro::AuthRole, item);
}

#[test]
fn roles_with_codecs_of_their_own() {
    let item = r#"
        #[role(manual(serde, sqlx), rename_all = "SCREAMING_SNAKE_CASE", crate = ::web_auth)]
        enum Duty { FrontDesk, Kitchen }
    "#;
    snapshot("roles_manual", Macro::AuthRole, item);
}

#[test]
fn roles_that_grant() {
    let item = r"
        enum Role {
            Member,
            #[role(includes(Member), grants(app::Permission::PostsWrite, app::Permission::PostsRead))] Author,
            #[role(includes(Author), grants(app::Permission::PostsPublish))] Admin,
        }
    ";
    snapshot("roles_that_grant", Macro::AuthRole, item);
}

#[test]
fn permissions() {
    let item = r#"
        pub enum Permission {
            PostsRead,
            #[permission(includes(PostsRead))] PostsWrite,
            #[permission(name = "posts:publish")] PostsPublish,
        }
    "#;
    snapshot("permissions", Macro::AuthPermission, item);
}

#[test]
fn signed_in() {
    snapshot("protected", Macro::Protected(""), "/// Me.\n pub async fn me(user: User) -> String { user.name }");
}

#[test]
fn a_rule() {
    let args = "(Role::Admin || !Role::Guest) && app::Fresh::minutes(5), live";
    let item = r"
        #[cfg(unix)]
        #[axum::debug_handler(state = App)]
        pub(crate) async fn r#match<T: Load>(Path(id): Path<i64>, body: T) -> Result<String, T::Error>
        where
            T::Error: IntoResponse,
        {
            Ok(id.to_string())
        }
    ";
    snapshot("protected_rule", Macro::Protected(args), item);
}

#[test]
fn another_user_type() {
    let item = "async fn till(claims: StaffClaims) {}";
    snapshot("protected_user", Macro::Protected("user = Staff, Duty::Till, crate = ::web_auth"), item);
}

#[test]
fn open() {
    snapshot("public", Macro::Public(r#"reason = "health probe""#), "async fn health() -> &'static str { \"ok\" }");
}

#[test]
fn a_rule_with_checks() {
    let args = "Role::Admin || posts::owns && !is_locked || is_locked && Role::Clerk, hidden";
    snapshot("protected_checks", Macro::Protected(args), "#[cfg(unix)] pub async fn edit(body: String) {}");
}

#[test]
fn a_handler_that_takes_keys() {
    let args = "Permission::Read && !Role::Guest, keys, live";
    snapshot("protected_keys", Macro::Protected(args), "#[cfg(unix)] async fn read(caller: KeyCaller<User>) {}");
}

#[test]
fn a_check() {
    let item = "
        /// Whose?
        #[cfg(unix)]
        pub(crate) async fn owns(claims: UserClaims, Path(post): Path<i64>) -> Result<bool, E> { claims.owns(post).await }
    ";
    snapshot("check", Macro::Check("crate = ::web_auth"), item);
}

#[test]
fn a_check_without_arguments_whose_error_has_no_name() {
    snapshot("check_smallest", Macro::Check(""), "async fn r#match() -> Result<bool, impl IntoResponse> { Ok(true) }");
}

/// A crate may have the runtime under another name, and something else under ours.
#[test]
fn everything_is_named_through_the_path_that_was_given() {
    let user = "#[auth(table = \"t\", crate = ::web)] struct U { #[auth(id)] id: String, #[auth(login)] name: String,
        #[auth(password_hash)] hash: String, #[auth(role)] role: R }";
    let roles = "#[role(crate = ::web)] enum R { A }";
    let granting = "#[role(crate = ::web)] enum R { #[role(grants(P::A))] A }";
    let permissions = "#[permission(crate = ::web)] enum P { A }";
    let with_own =
        "#[auth(table = \"t\", crate = ::web)] struct U { #[auth(id)] id: String, #[auth(login)] name: String,
        #[auth(role)] role: R, #[auth(permissions(scope))] may: Permissions<P>, #[auth(verified)] sure: bool }";
    let all = [
        (Macro::AuthUser, with_own),
        (Macro::AuthRole, granting),
        (Macro::AuthPermission, permissions),
        (Macro::AuthUser, user),
        (Macro::AuthRole, roles),
        (Macro::Protected("R::A, crate = ::web"), "async fn f() {}"),
        (Macro::Public("reason = \"x\", crate = ::web"), "async fn f() {}"),
        (Macro::Protected("a::owns && F::g(5), crate = ::web"), "async fn f() {}"),
        (Macro::Check("crate = ::web"), "async fn f(a: A) -> bool { true }"),
        (Macro::Rule("R::A && owns, crate = ::web"), ""),
    ];
    for (the, item) in all {
        let (tokens, messages) = run(the, item);
        let text = tokens.to_string().replace([' ', '\n'], "");
        assert!(messages.is_empty() && text.contains("::web::__private") && !text.contains("::auth::"), "{text}");
    }
}
