//! The keys people have, and who makes them.

use std::fmt;
use std::str::FromStr;

use auth::{AuthUser, PasswordHash};

#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(transparent)]
pub struct Number(i64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl FromStr for Number {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Called like the one everybody knows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(transparent)]
pub struct Uuid(String);

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl FromStr for Uuid {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

macro_rules! user {
    ($module:ident, $id:ty, [$($how:tt)*], $generated:literal) => {
        mod $module {
            use super::*;

            #[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
            #[auth(table = "users")]
            pub struct User {
                #[auth(id $($how)*)]
                key: $id,
                #[auth(login)]
                email: String,
                #[auth(password_hash)]
                password_hash: PasswordHash,
            }

            pub fn check() {
                let made = User::new_id("6f2b8f64-39a1-4d7c-8c1a-111111111111").is_some();
                assert_eq!(made, $generated, stringify!($module));
                assert_eq!(User::SCHEMA.sql.insert.question.contains("`key`"), $generated);
            }
        }
    };
}

user!(small, i32, [], false);
user!(big, i64, [], false);
user!(text, String, [], true);
user!(text_of_the_database, String, [(database)], false);
user!(uuid, Uuid, [], true);
user!(newtype, Number, [], false);
user!(own, Uuid, [(generate)], true);

fn main() {
    small::check();
    big::check();
    text::check();
    text_of_the_database::check();
    uuid::check();
    newtype::check();
    own::check();
}
