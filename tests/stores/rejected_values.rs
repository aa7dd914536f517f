//! Values chosen by strangers that a table refuses: an error about the value, neither a server error nor a 503.

use auth::store::sql::{SqlRow, SqlUser, SqlUsers};
use auth::store::{StoreError, Users as _};
use auth::{AuthUser, NewUser};
use sqlx::MySql;

use crate::backends::{Database, Fixture as _, OnServer};
use crate::models::Member;
use crate::servers::everything;

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "visitors")]
struct Visitor {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(register)]
    display_name: String,
}

crate::on_every_database! {
    reg_value_too_long_for_its_column_is_refused
    reg_what_a_constraint_refuses_is_about_the_value
    reg_what_a_trigger_refuses_is_about_the_value
    column_without_a_value_is_no_client_error
}

async fn table<D: Database>(database: &D, display_name: &str, more: &str) {
    let id = match D::NAME {
        "SQLite" => "id INTEGER PRIMARY KEY",
        "PostgreSQL" => "id BIGSERIAL PRIMARY KEY",
        _ => "id BIGINT AUTO_INCREMENT PRIMARY KEY",
    };
    let columns = format!("{id}, email VARCHAR(40) NOT NULL UNIQUE, display_name {display_name}{more}");
    let strict = if D::NAME == "SQLite" && display_name == "INTEGER" { "STRICT" } else { "" };
    let columns = if strict.is_empty() { columns } else { columns.replace("VARCHAR(40)", "TEXT") };
    database.run(&format!("CREATE TABLE visitors ({columns}) {strict}")).await;
}

/// Signs up and returns the name that was stored.
async fn sign_up<D: Database>(database: &D, name: &str) -> Result<String, StoreError>
where
    Visitor: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let registration = VisitorRegistration { email: "ann@x.org".to_owned(), display_name: name.to_owned() };
    let visitors = SqlUsers::<Visitor, _>::new(database.pool(0));
    Ok(visitors.create(NewUser::new(None, None, registration)).await?.display_name)
}

/// The column, if the database names it, and the text that is logged.
fn rejected(error: &StoreError, name: &str) -> (Option<String>, String) {
    let text = everything(error);
    assert!(!text.contains(name), "a value in a log: {text}");
    let column = error.rejected_column().unwrap_or_else(|| panic!("not about a value: {text}"));
    assert!(!error.is_unavailable());
    (column.map(str::to_owned), text)
}

async fn reg_value_too_long_for_its_column_is_refused<D: Database>(database: &D)
where
    Visitor: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    // SQLite does not enforce lengths, but it does enforce types here.
    table(database, if D::NAME == "SQLite" { "INTEGER" } else { "VARCHAR(5)" }, "").await;
    let error = sign_up(database, "Annabella").await.unwrap_err();
    let (column, text) = rejected(&error, "Annabella");
    assert_eq!(column.as_deref(), Some("display_name"), "{text}");
    if D::NAME == "PostgreSQL" {
        assert!(text.contains("value too long for type character varying(5)"), "{text}");
    } else {
        assert!(text.contains("display_name"), "the log says which: {text}");
    }
}

async fn reg_what_a_constraint_refuses_is_about_the_value<D: Database>(database: &D)
where
    Visitor: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let constraints =
        ", CONSTRAINT decent CHECK (display_name <> 'Dick the Rude'), CONSTRAINT one_of_each UNIQUE (display_name)";
    table(database, "VARCHAR(40)", constraints).await;
    let (column, text) = rejected(&sign_up(database, "Dick the Rude").await.unwrap_err(), "Dick the Rude");
    assert!(text.contains("decent"), "the log says which: {text}");
    assert_eq!(column.as_deref(), Some("display_name"));
    database.run("INSERT INTO visitors (email, display_name) VALUES ('bob@x.org', 'Bobby')").await;
    let taken = sign_up(database, "Bobby").await.unwrap_err();
    assert!(!everything(&taken).contains("Bobby"), "a value in a log: {taken:?}");
    assert_eq!((taken.taken_column(), taken.taken_login()), (Some("display_name"), None), "whatever the key is called");
    database.run("CREATE TABLE names (name VARCHAR(40) PRIMARY KEY); INSERT INTO names VALUES ('Bobby')").await;
    if D::NAME != "SQLite" {
        let key = "ALTER TABLE visitors ADD CONSTRAINT known FOREIGN KEY (display_name) REFERENCES names (name)";
        database.run(key).await;
        let (column, _) = rejected(&sign_up(database, "Annabella").await.unwrap_err(), "Annabella");
        assert_eq!(column.as_deref(), Some("display_name"));
    }
}

#[tokio::test]
async fn reg_value_refused_by_a_domain_names_the_field() {
    let Some(postgres) = OnServer::<sqlx::Postgres>::without_tables().await else { return };
    postgres.run("CREATE DOMAIN tame AS TEXT CONSTRAINT short CHECK (length(VALUE) < 5)").await;
    table(&postgres, "tame", "").await;
    let (column, _) = rejected(&sign_up(&postgres, "Annabella").await.unwrap_err(), "Annabella");
    assert_eq!(column.as_deref(), Some("display_name"));
}

/// An index of PostgreSQL takes a third of a page.
#[tokio::test]
async fn reg_value_too_long_for_an_index_is_refused() {
    let Some(postgres) = OnServer::<sqlx::Postgres>::without_tables().await else { return };
    table(&postgres, "TEXT", ", UNIQUE (display_name)").await;
    // Text that does not compress.
    let mut state = 1_u64;
    let letters = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + u8::try_from((state >> 33) % 26).unwrap())
    });
    let long: String = letters.take(8_000).collect();
    rejected(&sign_up(&postgres, &long).await.unwrap_err(), &long);
}

async fn reg_what_a_trigger_refuses_is_about_the_value<D: Database>(database: &D)
where
    Visitor: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    table(database, "VARCHAR(40)", "").await;
    match D::NAME {
        "SQLite" => {
            let body = "BEGIN SELECT RAISE(ABORT, 'not Annabella'); END";
            database.run(&format!("CREATE TRIGGER no BEFORE INSERT ON visitors {body}")).await;
        }
        "PostgreSQL" => {
            // A state of the application's own, which its other programs know.
            let body = "$$ BEGIN RAISE EXCEPTION 'not %', NEW.display_name USING ERRCODE = 'UE001'; END $$";
            database.run(&format!("CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS {body}")).await;
            database.run("CREATE TRIGGER no BEFORE INSERT ON visitors FOR EACH ROW EXECUTE FUNCTION no()").await;
        }
        _ => {
            let body = "SIGNAL SQLSTATE '45001' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'not Annabella'";
            database.run(&format!("CREATE TRIGGER no BEFORE INSERT ON visitors FOR EACH ROW {body}")).await;
        }
    }
    rejected(&sign_up(database, "Annabella").await.unwrap_err(), "Annabella");
}

async fn column_without_a_value_is_no_client_error<D: Database>(database: &D)
where
    Visitor: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    table(database, "VARCHAR(40)", ", tenant INTEGER NOT NULL").await;
    let error = sign_up(database, "Annabella").await.unwrap_err();
    assert_eq!((error.rejected_column(), error.is_unavailable()), (None, false));
    assert!(everything(&error).contains("tenant"), "the log says which: {}", everything(&error));
}

#[tokio::test]
async fn login_outside_the_column_charset_is_unknown() {
    let Some(mysql) = OnServer::<MySql>::without_tables().await else { return };
    for charset in ["latin1", "utf8mb3"] {
        mysql.run("DROP TABLE IF EXISTS members").await;
        let table = Member::MYSQL.replace(" COLLATE {exact}", "").replace("utf8mb4", charset);
        mysql.run(&table).await;
        let members = mysql.members().first;
        assert_eq!(members.find_by_login(Member::EMAIL, "😀@x.org").await.unwrap(), None, "{charset}");
        let error = members.create(Member::sign_up("😀@x.org")).await.unwrap_err();
        let (column, _) = rejected(&error, "😀");
        assert_eq!(column.as_deref(), Some("email"), "{charset}");
        members.create(Member::sign_up("ann@x.org")).await.unwrap();
        assert!(members.find_by_login(Member::EMAIL, "ann@x.org").await.unwrap().is_some(), "{charset}");
    }
}
