//! Names that are keywords: `r#` stays in Rust and goes nowhere else.

#![deny(warnings)]
#![allow(non_camel_case_types)]

use auth::routing::{Routes, get};
use auth::{Auth, AuthRole, AuthUser, PasswordHash, protected};

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum r#enum {
    r#Member,
    #[role(includes(r#Member))]
    r#final,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users", claims = r#struct, registration = r#fn)]
struct r#use {
    #[auth(id)]
    r#mod: i64,
    #[auth(login)]
    r#as: String,
    #[auth(password_hash)]
    r#in: PasswordHash,
    #[auth(role)]
    r#impl: r#enum,
    #[auth(register, claim)]
    r#type: String,
}

#[protected(r#enum::r#Member)]
async fn r#match(claims: r#struct, r#loop: r#use) -> String {
    claims.r#type + &r#loop.r#type
}

fn main() {
    let schema = <r#use as AuthUser>::SCHEMA;
    assert_eq!(schema.name, "use");
    assert_eq!(schema.columns, ["mod", "as", "in", "impl", "type"]);
    assert_eq!(<r#enum as auth::NameEnum>::NAMES, ["member", "final"]);
    let _: Routes<Auth<r#use>> = Routes::new().route("/", get(r#match));
}
