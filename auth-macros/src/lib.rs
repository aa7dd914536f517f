//! The macros of the `auth` crate, which re-exports them: use that crate, not this one.
//!
//! Macros describe, the library acts. What is generated is constants, field access and single calls; every decision is
//! in the runtime crate, where it can be read, tested and stepped through. Each macro is three steps: *parse* reads what
//! was written, *check* finds every mistake at once, *expand* writes tokens and cannot fail.

mod auth_permission;
mod auth_role;
mod auth_user;
mod case;
mod check_fn;
mod diagnostics;
mod item_fn;
mod name_enum;
mod path;
mod protected;
mod slot;
#[cfg(test)]
mod tests;
mod types;
mod words;

use diagnostics::Diagnostics;
use proc_macro::TokenStream;

/// Makes your user struct one the library can sign in, with the table, columns and types it has already.
///
/// ```
/// # use auth::{AuthRole, AuthUser, PasswordHash};
/// # #[derive(Clone, Debug, PartialEq, AuthRole)] enum Role { Member }
/// #[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
/// #[auth(table = "users")]
/// struct User {
///     #[auth(id)]            id: i64,
///     #[auth(login)]         email: String,
///     #[auth(password_hash)] password_hash: PasswordHash,
///     #[auth(active)]        is_active: bool,
///     #[auth(role, default = Role::Member)] role: Role,
///     #[auth(register, claim)] display_name: String,
/// }
/// ```
///
/// # On the struct
///
/// | attribute | meaning |
/// |---|---|
/// | `table = "app.users"` | required; a schema is allowed |
/// | `claims = UserClaims` | the name of the claims type; default `<Name>Claims` |
/// | `registration = SignUp` | the name of the sign-up type; default `<Name>Registration` |
/// | `crate = path` | where the runtime crate is: `::auth` (default), `::other_name`, `crate::re_export` |
///
/// # On fields
///
/// | attribute | meaning |
/// |---|---|
/// | `id` | the primary key. `String` and `Uuid` ids are made by the library, others by the database; `id(generate)` and `id(database)` say otherwise |
/// | `login` | what people sign in with; repeatable. Trimmed, NFKC, lower-cased unless `login(exact)`; see below |
/// | `password_hash` | `PasswordHash`, or `Option<PasswordHash>` for accounts without a password; `String` only on a user that is neither `Debug` nor `Serialize` |
/// | `active` | a `bool`, or `active(when = "is_null")` on a nullable time such as `disabled_at` |
/// | `role`, `roles` | an enum under `AuthRole`, or `Roles` of it |
/// | `permissions` | each user's own, beside what the roles grant: `Permissions` of an enum under `AuthPermission`. In tokens as the list `permissions`; `permissions(scope)`: as the text `scope` |
/// | `verified` | e-mail address confirmed: a `bool` or a nullable time. In tokens as `email_verified` |
/// | `claim` | copied into the access token |
/// | `register` | taken from the sign-up body; nothing else in the body reaches the table |
/// | `default = expr` | what sign-up stores; other columns have the table's default |
/// | `skip` | no column |
///
/// `#[sqlx(rename = "…")]`, `#[sqlx(rename_all = "…")]` and `#[sqlx(skip)]` are honoured. A field without an attribute
/// is a column that is read and nothing more.
///
/// # Logins
///
/// A login has 1 to 254 bytes and no control characters. If the name of its *column* contains `mail` (`email`, `E_Mail`,
/// `mail_address`), it must look like an address, too: one `@` with something on both sides, no blanks, lists or quotes;
/// sign-up answers 422 `invalid` otherwise. There is no switch: a column that holds something else needs another name.
///
/// # What it makes
///
/// `UserClaims` (the access token, one flat struct: registered claims, `role` or `roles`, the user's own permissions,
/// `email_verified`, the `claim` fields),
/// `UserRegistration` (logins and `register` fields), one `impl AuthUser` of constants and getters, and extractors, so
/// that a handler can have the parameters `user: User`, `claims: UserClaims`, and an `Option` of either.
#[proc_macro_derive(AuthUser, attributes(auth))]
pub fn derive_auth_user(item: TokenStream) -> TokenStream {
    drive(|diagnostics| auth_user::derive(item.into(), diagnostics))
}

/// Makes an enum the roles of a user type: in rules, in tokens (by name) and in the table (by name).
///
/// ```
/// # use auth::AuthRole;
/// #[derive(Clone, Debug, PartialEq, AuthRole)]
/// enum Role {
///     Member,
///     #[role(includes(Member))]
///     Editor,
///     #[role(includes(Editor), name = "administrator")]
///     Admin,
/// }
/// ```
///
/// | where | attribute | meaning |
/// |---|---|---|
/// | variant | `includes(A, B)` | who has this role has those, too, and what they include |
/// | variant | `grants(Permission::A, …)` | who has this role may do that; permissions of one enum under `AuthPermission` |
/// | variant | `name = "…"` | the name in tokens and in the table |
/// | enum | `rename_all = "…"` | how names are spelled; default `snake_case` |
/// | enum | `manual(serde, sqlx)` | codecs that you write yourself |
/// | enum | `crate = path` | where the runtime crate is; default `::auth` |
///
/// In tables and tokens a role is its name, `snake_case` by default: `SalesLead` is `sales_lead`. The column is text. How the
/// first administrator is made: see the trait `auth::AuthRole`.
///
/// At most 64 variants, all of them bare names. The enum needs `Clone`, `Debug` and `PartialEq`. What roles grant is
/// compiled in, not written into tokens: it holds from the moment the new program runs.
#[proc_macro_derive(AuthRole, attributes(role))]
pub fn derive_auth_role(item: TokenStream) -> TokenStream {
    drive(|diagnostics| auth_role::derive(item.into(), diagnostics))
}

/// Makes an enum the permissions of a user type: in rules, granted by roles, and, where users have some of their own, in
/// tokens (by name) and in the table (by name).
///
/// ```
/// # use auth::{AuthPermission, AuthRole, AuthUser, Permissions, protected};
/// #[derive(Clone, Debug, PartialEq, AuthPermission)]
/// enum Permission {
///     PostsRead,
///     #[permission(includes(PostsRead))]
///     PostsWrite,
///     #[permission(name = "posts:publish")]
///     PostsPublish,
/// }
///
/// #[derive(Clone, Debug, PartialEq, AuthRole)]
/// enum Role {
///     Member,
///     #[role(includes(Member), grants(Permission::PostsWrite))]
///     Author,
///     #[role(includes(Author), grants(Permission::PostsPublish))]
///     Admin,
/// }
///
/// #[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
/// #[auth(table = "users")]
/// struct User {
///     #[auth(id)]          id: i64,
///     #[auth(login)]       email: String,
///     #[auth(role)]        role: Role,
///     #[auth(permissions)] permissions: Permissions<Permission>, // if users have some beside those of the role
/// }
///
/// #[protected(Permission::PostsWrite)]
/// async fn write() {}
/// ```
///
/// | where | attribute | meaning |
/// |---|---|---|
/// | variant | `includes(A, B)` | who has this permission has those, too, and what they include |
/// | variant | `name = "…"` | the name in tokens and in the table |
/// | enum | `rename_all = "…"` | how names are spelled; default `snake_case` |
/// | enum | `manual(serde, sqlx)` | codecs that you write yourself |
/// | enum | `crate = path` | where the runtime crate is; default `::auth` |
///
/// At most 128 variants, all of them bare names. A name is a scope (RFC 6749 §3.3): ASCII without space, `"` and `\`;
/// and without comma. The enum needs `Clone`, `Debug` and `PartialEq`.
#[proc_macro_derive(AuthPermission, attributes(permission))]
pub fn derive_auth_permission(item: TokenStream) -> TokenStream {
    drive(|diagnostics| auth_permission::derive(item.into(), diagnostics))
}

/// Says who may call a handler.
///
/// ```
/// # use auth::{AuthRole, AuthUser, PasswordHash, protected, public};
/// # #[derive(Clone, Debug, PartialEq, AuthRole)] enum Role { Member, Editor, Admin, Suspended }
/// # #[derive(Clone, Debug, sqlx::FromRow, AuthUser)] #[auth(table = "users")]
/// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(role)] role: Role, #[auth(claim)] display_name: String }
/// #[protected]                                                   // whoever is signed in
/// async fn me(user: User) -> String { user.display_name }
///
/// #[protected(Role::Admin)]                                      // claims come from the token: no query
/// async fn stats(claims: UserClaims) -> String { claims.sub.to_string() }
///
/// #[protected((Role::Editor || Role::Admin) && !Role::Suspended)]
/// async fn publish() {}
/// ```
///
/// A rule is made of `&&`, `||`, `!`, parentheses, requirements and checks, with the precedence they have in Rust. A
/// requirement is `path::Type::Item` or `path::Type::function(literals)`, where the type implements
/// `auth::Requirement`: roles and permissions do, `auth::Has`, `auth::Fresh`, and types of yours. A check is the
/// lower-case name of a function under [`#[check]`](macro@check). A rule that contradicts or repeats itself as written
/// does not compile.
///
/// `#[protected]` alone asks for a session that has not ended. Whether the account is active is judged on the row, and the
/// rule once more, whenever the row is loaded: by an argument `user: User`, and by `live`.
///
/// | argument | meaning |
/// |---|---|
/// | a rule | what is asked beyond being signed in |
/// | `live` | judge the row in the store, not the token |
/// | `hidden` | tell whom the rule refuses that there is no such thing: 404 instead of 403 |
/// | `user = Staff` | the user type, on a router with more than one |
/// | `crate = path` | where the runtime crate is; default `::auth` |
///
/// It goes on free `async fn`s. The function gains a parameter, before its own, that decides before anything else of the
/// request is read; hence at most 15 parameters. `#[axum::debug_handler]` goes below it. Elsewhere (closures, services,
/// whole routers) there is `auth.require(rule!(…))`.
///
/// ```text
/// // What is generated for `stats`:
/// async fn stats(_: Guard<__auth_policy_stats>, claims: UserClaims) -> String { claims.sub.to_string() }
///
/// struct __auth_policy_stats;
/// impl<U> Policy<U> for __auth_policy_stats where U: AuthUser, Role: Requirement<U> {
///     type Checks = ();
///     const ACCESS: &'static Access<U> =
///         &Access::Protected { rule: Rule::Is(&Role::Admin, "Role::Admin"), live: false, hidden: false };
/// }
/// ```
#[proc_macro_attribute]
pub fn protected(args: TokenStream, item: TokenStream) -> TokenStream {
    drive(|diagnostics| protected::expand(protected::Attribute::Protected, args.into(), item.into(), diagnostics))
}

/// Says that a handler is open to everybody, on purpose.
///
/// ```
/// # use auth::{AuthRole, AuthUser, PasswordHash, protected, public};
/// # #[derive(Clone, Debug, PartialEq, AuthRole)] enum Role { Member, Editor, Admin, Suspended }
/// # #[derive(Clone, Debug, sqlx::FromRow, AuthUser)] #[auth(table = "users")]
/// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(role)] role: Role, #[auth(claim)] display_name: String }
/// #[public(reason = "health probe")]
/// async fn health() -> &'static str { "ok" }
///
/// #[public]                            // without a token `None`; a bad token is refused all the same
/// async fn home(user: Option<User>) -> String {
///     user.map_or_else(|| "hello".to_owned(), |user| format!("hello {}", user.display_name))
/// }
/// ```
///
/// | argument | meaning |
/// |---|---|
/// | `reason = "…"` | why; it is printed in the route table |
/// | `user = Staff` | the user type, on a router with more than one |
/// | `crate = path` | where the runtime crate is; default `::auth` |
#[proc_macro_attribute]
pub fn public(args: TokenStream, item: TokenStream) -> TokenStream {
    drive(|diagnostics| protected::expand(protected::Attribute::Public, args.into(), item.into(), diagnostics))
}

/// Makes a function something a rule can ask: whose post is this, is the project open, does the plan allow it?
///
/// ```
/// # use auth::{Auth, AuthRole, AuthUser, PasswordHash, check, protected};
/// # use axum::extract::Path;
/// # #[derive(Clone, Debug, PartialEq, AuthRole)] enum Role { Member, Moderator }
/// # #[derive(Clone, Debug, sqlx::FromRow, AuthUser)] #[auth(table = "users")]
/// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(role)] role: Role }
/// # async fn author_of(post: i64) -> Result<Option<i64>, auth::AuthError> { Ok(Some(post)) }
/// #[check]
/// async fn owns_post(claims: UserClaims, Path(post): Path<i64>) -> Result<bool, auth::AuthError> {
///     Ok(author_of(post).await? == Some(claims.sub))
/// }
///
/// #[protected(Role::Moderator || owns_post)]
/// async fn delete_post(Path(post): Path<i64>) {}
/// ```
///
/// Its arguments are extractors, at most eight, and none that reads the body: a rule is decided before that. It runs
/// only when the rest of the rule has not decided (a moderator causes no query above), after it is known who calls, and
/// once a request, whoever asks.
///
/// It answers `bool`, or `Result<bool, E>` where `E` is a response. `Ok(false)` means "not by this"; an `Err` is answered
/// at once, and `!` does not turn it into a yes. An `Err` whose response is a success (a bare `String` is one) is answered
/// 500, and so is a panic.
///
/// The function stays what it was, and beside it stands a type of the same name, which is what rules ask: one `use` brings
/// both. A rule that names a function without `#[check]` does not compile: "expected type, found function".
///
/// The argument `crate = path` says where the runtime crate is.
#[proc_macro_attribute]
pub fn check(args: TokenStream, item: TokenStream) -> TokenStream {
    drive(|diagnostics| check_fn::expand(args.into(), item.into(), diagnostics))
}

/// A rule as a value, for `auth.require(…)`: whole routers, services, everything that is no `async fn` of yours.
///
/// It takes what [`#[protected]`](macro@protected) takes, but for `user`: the `Auth` knows.
#[proc_macro]
pub fn rule(args: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let tokens = protected::expand_rule(args.into(), &mut diagnostics);
    // In an expression nothing may stand beside it.
    let all = diagnostics.beside(proc_macro2::TokenStream::new());
    quote::quote!({ #all #tokens }).into()
}

/// Runs one macro: what it made, and after it every mistake it found.
fn drive(expand: impl FnOnce(&mut Diagnostics) -> proc_macro2::TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let tokens = expand(&mut diagnostics);
    diagnostics.beside(tokens).into()
}
