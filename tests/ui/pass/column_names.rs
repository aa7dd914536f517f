//! The table's names are the table's business: `#[sqlx(…)]` is honoured, and every statement quotes.

use auth::{AuthUser, PasswordHash};

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "app.Users")]
#[sqlx(rename_all = "camelCase")]
struct User {
    #[auth(id)]
    user_id: i64,
    #[auth(login)]
    #[sqlx(rename = "e-mail")]
    email: String,
    #[auth(login(exact))]
    user_name: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(register)]
    #[sqlx(default)]
    display_name: String,
    #[sqlx(skip)]
    cache: u8,
    #[auth(skip)]
    #[sqlx(skip)]
    other: u8,
}

fn main() {
    let schema = User::SCHEMA;
    assert_eq!(schema.columns, ["userId", "e-mail", "userName", "passwordHash", "displayName"]);
    assert_eq!(
        schema.logins.iter().map(|login| (login.column, login.exact)).collect::<Vec<_>>(),
        [("e-mail", false), ("userName", true)]
    );
    assert_eq!(schema.sql.delete.dollar, r#"DELETE FROM "app"."Users" WHERE "userId" = $1"#);
    assert_eq!(schema.sql.delete.question, "DELETE FROM `app`.`Users` WHERE `userId` = ?");
    assert!(schema.sql.enable.is_none() && schema.sql.set_roles.is_none());
}
