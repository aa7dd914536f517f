//! Two derives that make a column of an enum.

use auth::{AuthPermission, AuthRole};

#[derive(Clone, Debug, PartialEq, AuthRole, sqlx::Type)]
#[sqlx(type_name = "job_kind", rename_all = "snake_case")]
enum Job {
    Doctor,
}

#[derive(Clone, Debug, PartialEq, AuthPermission)]
#[derive(sqlx::Type)]
enum Permission {
    Read,
}

fn main() {}
