//! `schema`, `migrations`, `prepare` and `purge`, also where `build()` refuses to start.

use auth::store::sql::{SqlRow, SqlUser};
use auth_tests::Place;
use auth_tests::operated::Account;
use serde_json::json;

use crate::stage::{Stage, on_three};

on_three! {
    a_table_that_fits_is_said_to_fit
    a_table_that_does_not_fit_is_described
    our_tables_are_made_where_a_start_is_refused
    the_printed_statements_make_our_tables
}

async fn a_table_that_fits_is_said_to_fit<P: Place>(stage: Stage<P>)
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let fits = stage.run("schema").await;
    assert_eq!((fits.code, fits.stdout.contains("the table `accounts` fits `Account`")), (0, true), "{fits:?}");
    assert_eq!(stage.json("purge").await, json!({ "deleted": 0 }));
}

async fn a_table_that_does_not_fit_is_described<P: Place>(stage: Stage<P>)
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    stage.place.sql("ALTER TABLE accounts DROP COLUMN is_active").await.unwrap();
    stage.place.sql("ALTER TABLE accounts DROP COLUMN shoe_size").await.unwrap();
    let wrong = stage.run("schema").await;
    assert_eq!(wrong.code, 1, "{wrong:?}");
    for part in ["`build()` refuses this:", "  1. ", "  2. ", "`is_active`", "`shoe_size`", "ADD COLUMN"] {
        assert!(wrong.stdout.contains(part), "{part}: {}", wrong.stdout);
    }
    let refused = stage.run("user show ada").await;
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""));
    for column in ["`is_active`", "`shoe_size`"] {
        assert!(refused.stderr.contains(column), "all of it at once: {}", refused.stderr);
    }
}

async fn our_tables_are_made_where_a_start_is_refused<P: Place>(stage: Stage<P>)
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    stage.place.sql("ALTER TABLE accounts DROP COLUMN shoe_size").await.unwrap();
    assert!(stage.place.sql("SELECT kind FROM auth_records").await.is_err(), "not yet");
    assert_eq!(stage.json("prepare").await, json!({ "done": "prepared" }));
    stage.place.sql("SELECT kind FROM auth_records").await.unwrap();
}

async fn the_printed_statements_make_our_tables<P: Place>(stage: Stage<P>)
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let printed = stage.run("migrations").await;
    assert_eq!(printed.code, 0);
    assert!(stage.place.sql("SELECT kind FROM auth_records").await.is_err(), "they are only printed");
    stage.place.sql(&printed.stdout).await.unwrap();
    stage.create("ada").await;
}
