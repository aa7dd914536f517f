//! Every name of the prelude that an expansion could need means something else here.

#![allow(dead_code, non_camel_case_types, unused_macros)]

struct Result;
struct Option;
struct Send;
struct Sync;
struct String;
struct Vec;
struct Box;
struct Some;
struct None;
struct Ok;
struct Err;
struct Clone;
struct Debug;
struct Default;
struct From;
struct FromStr;
struct AsRef;
struct Self_;
struct Serialize;
struct Deserialize;
struct Policy;
struct Guard;
struct Rule;
struct Role;
struct Permission;
struct Permissions;
struct AuthPermission;
struct NoPermission;
struct Schema;
struct Claims;
struct Profile;
struct Fields;
struct Check;
struct Checks;
struct Argument;
struct ReadsNoBody;
mod core {}
mod std {}
mod axum {}
mod serde {}
mod sqlx {}

macro_rules! assert {
    ($($anything:tt)*) => {
        compile_error!("not this one")
    };
}

#[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::auth::AuthPermission)]
enum May {
    Read,
    #[permission(includes(Read))]
    Write,
}

#[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::auth::AuthRole)]
enum Duty {
    Member,
    #[role(includes(Member), grants(May::Write))]
    Admin,
}

#[derive(::core::clone::Clone, ::sqlx::FromRow, ::auth::AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: ::std::string::String,
    #[auth(login)]
    email: ::std::option::Option<::std::string::String>,
    #[auth(password_hash)]
    password_hash: ::std::string::String,
    #[auth(active(when = "is_null"))]
    disabled_at: ::std::option::Option<i64>,
    #[auth(verified)]
    verified: bool,
    #[auth(roles, default = [Duty::Member].into())]
    roles: ::auth::Roles<Duty>,
    #[auth(permissions(scope), default = [May::Read].into())]
    may: ::auth::Permissions<May>,
    #[auth(register, claim)]
    name: ::std::string::String,
}

#[::auth::protected(Duty::Admin || !Duty::Member || May::Read, live)]
async fn stats(claims: UserClaims, _user: User) -> ::std::string::String {
    claims.name
}

/// Even the primitive types, which serde's derives do not survive.
mod primitive {
    use super::UserClaims;

    struct bool;
    struct str;
    struct usize;
    struct u64;
    struct Result;
    struct Send;
    struct Sync;
    mod core {}

    #[::auth::check]
    pub async fn owns(_: UserClaims) -> ::std::result::Result<::std::primitive::bool, ::auth::AuthError> {
        ::std::result::Result::Ok(true)
    }

    #[::auth::check]
    pub async fn likes() -> ::std::primitive::bool {
        true
    }

    #[::auth::protected(owns && !likes || ::auth::Fresh::minutes(5), hidden)]
    pub async fn asked() {}
}

#[::auth::public(reason = "because")]
async fn open() {}

fn main() {
    let _: ::auth::routing::Routes<::auth::Auth<User>> =
        ::auth::routing::Routes::new().route("/", ::auth::routing::get(stats).post(open).put(primitive::asked));
    let _ = ::auth::rule!(primitive::owns || ::auth::Has::Mfa);
}
