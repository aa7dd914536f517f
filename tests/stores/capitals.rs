//! Logins that another program stored in another form, brought into canonical form by `canonicalize_logins`.

use auth::AuthUser;
use auth::store::Users;
use auth::store::sql::{SqlRow, SqlUser, canonicalize_logins};

use crate::backends::Database;
use crate::schema::counted;

crate::on_every_database! {
    logins_are_brought_into_canonical_form
    repairing_logins_again_changes_nothing
    rows_with_one_login_are_left_and_named
    logins_of_rows_that_cannot_be_read_are_repaired
    start_check_names_repair_and_conflicts
    logins_that_prevent_a_unique_index_are_counted
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "patrons")]
struct Patron {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(login(exact))]
    badge: Option<String>,
    #[expect(dead_code, reason = "some rows cannot be read because of it")]
    #[sqlx(try_from = "String")]
    shelf: Shelf,
}

#[derive(Clone, Debug)]
struct Shelf;

impl TryFrom<String> for Shelf {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "a" { Ok(Self) } else { Err("no shelf".to_owned()) }
    }
}

/// Rows with these logins, numbered from 1.
async fn patrons<D: Database>(database: &D, emails: &[&str]) {
    let exact = if D::NAME == "MySQL" { " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin" } else { "" };
    let id = counted::<D>();
    let columns = format!(
        "{id}, email VARCHAR(254){exact} NOT NULL UNIQUE, badge VARCHAR(254){exact} UNIQUE, shelf VARCHAR(9) NOT NULL DEFAULT 'a'"
    );
    database.run(&format!("CREATE TABLE patrons ({columns})")).await;
    for email in emails {
        database.run(&format!("INSERT INTO patrons (email) VALUES ('{email}')")).await;
    }
}

async fn emails<D: Database>(database: &D) -> Vec<String> {
    database.texts("SELECT email FROM patrons ORDER BY id").await
}

async fn logins_are_brought_into_canonical_form<D: Database>(database: &D)
where
    Patron: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    patrons(database, &["User.10@Example.COM", "fine@x.org", " ＦＵＬＬ@x.org", "a@exämple.org"]).await;
    database.run("UPDATE patrons SET badge = ' B 7' WHERE id = 2").await;
    let report = canonicalize_logins::<Patron, _>(&database.pool(0)).await.unwrap();
    assert_eq!(report.repaired, 4, "{report:?}");
    assert!(report.conflicts.is_empty() && report.refused.is_empty(), "{report:?}");
    assert_eq!(emails(database).await, ["user.10@example.com", "fine@x.org", "full@x.org", "a@xn--exmple-cua.org"]);
    let users = database.users::<Patron>();
    assert_eq!(users.find_by_login(0, "user.10@example.com").await.unwrap().unwrap().id, 1);
    assert_eq!(users.find_by_login(1, "B 7").await.unwrap().unwrap().id, 2, "an exact login is only trimmed");
    assert!(database.report::<Patron>().await.rows.is_empty());
}

async fn repairing_logins_again_changes_nothing<D: Database>(database: &D)
where
    Patron: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    patrons(database, &[]).await;
    let values: Vec<_> = (1..=1203).map(|n| format!("('P.{n}@X.org')")).collect();
    database.run(&format!("INSERT INTO patrons (email) VALUES {}", values.join(", "))).await;
    let pool = database.pool(0);
    assert_eq!(canonicalize_logins::<Patron, _>(&pool).await.unwrap().repaired, 1203, "in several batches");
    let before = emails(database).await;
    assert_eq!(before[1202], "p.1203@x.org");
    assert_eq!(canonicalize_logins::<Patron, _>(&pool).await.unwrap().repaired, 0);
    assert_eq!(emails(database).await, before);
}

async fn rows_with_one_login_are_left_and_named<D: Database>(database: &D)
where
    Patron: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let stored = ["Ada@x.org", "ada@x.org", "BOB@x.org", "Bob@x.org", "Eve@x.org"];
    patrons(database, &stored).await;
    let report = canonicalize_logins::<Patron, _>(&database.pool(0)).await.unwrap();
    assert_eq!(report.repaired, 1);
    let mut conflicts: Vec<_> =
        report.conflicts.iter().map(|found| (found.column, found.id.as_str(), found.with.join(","))).collect();
    conflicts.sort_unstable();
    let expected = [("1", "2"), ("3", "4"), ("4", "3")].map(|(id, with)| ("email", id, with.to_owned()));
    assert_eq!(conflicts, expected);
    assert!(!format!("{report:?}").contains("x.org"), "logins are personal");
    assert_eq!(emails(database).await, ["Ada@x.org", "ada@x.org", "BOB@x.org", "Bob@x.org", "eve@x.org"]);
}

async fn logins_of_rows_that_cannot_be_read_are_repaired<D: Database>(database: &D)
where
    Patron: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    patrons(database, &["Ada@x.org", "Bob@x.org"]).await;
    database.run("UPDATE patrons SET shelf = 'z'").await;
    let report = canonicalize_logins::<Patron, _>(&database.pool(0)).await.unwrap();
    assert_eq!(report.repaired, 2);
    assert_eq!(emails(database).await, ["ada@x.org", "bob@x.org"]);
    database.run("UPDATE patrons SET email = 'ADA@x.org' WHERE id = 1").await;
    database.run("ALTER TABLE patrons DROP COLUMN shelf").await;
    let report = canonicalize_logins::<Patron, _>(&database.pool(1)).await.unwrap();
    assert_eq!(report.repaired, 1, "before the columns are added that are missing");
    assert_eq!(emails(database).await, ["ada@x.org", "bob@x.org"]);
}

async fn start_check_names_repair_and_conflicts<D: Database>(database: &D)
where
    Patron: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    patrons(database, &["Ada@x.org", "ada@x.org", "BOB@x.org", "Bob@x.org", "Eve@x.org", "fine@x.org"]).await;
    let report = database.report::<Patron>().await;
    assert!(report.is_ready() && report.rows.len() == 1, "{report:#?}");
    let said = &report.rows[0];
    for expected in [
        "has 4 rows whose `email` is not in canonical form (`id` 1, 3, 4, 5)",
        "`auth::store::sql::canonicalize_logins::<Patron, _>(&pool)`",
        "1 and 2",
        "3 and 4",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(!said.contains("x.org"), "{said}");
}

async fn logins_that_prevent_a_unique_index_are_counted<D: Database>(database: &D)
where
    Patron: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let columns = "email VARCHAR(254) NOT NULL, badge VARCHAR(254) UNIQUE, shelf VARCHAR(9) NOT NULL DEFAULT 'a'";
    database.run(&format!("CREATE TABLE patrons ({}, {columns}, UNIQUE (email, shelf))", counted::<D>())).await;
    let values = "('a@x.org', 'a'), ('a@x.org', 'b'), ('b@x.org', 'a'), ('Capital@x.org', 'a')";
    database.run(&format!("INSERT INTO patrons (email, shelf) VALUES {values}")).await;
    let report = database.report::<Patron>().await;
    assert_eq!(report.schema.len(), 1, "{report:#?}");
    for expected in [
        "on `email`, `shelf` together",
        "1 login is there more than once (`id` 1, 2)",
        "first call `auth::store::sql::canonicalize_logins::<Patron, _>(&pool)`",
    ] {
        assert!(report.schema[0].contains(expected), "{expected}: {report:#?}");
    }
    database.run("DELETE FROM patrons WHERE id = 2").await;
    crate::schema::follow(database, &report.schema, &[]).await;
    assert_eq!(database.report::<Patron>().await.schema, [""; 0]);
}
