//! The whole table beside the text that was agreed on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use auth::routing::{Routes, any, get, post};
use auth::testing::{TestApp, assert_protection, assert_routes};
use auth::{Auth, protected, public};
use auth_tests::{App, Role, User};

type R = Routes<Auth<User>>;

#[public(reason = "for load balancers")]
async fn health() {}

#[protected]
async fn signed_in() {}

#[protected(Role::Admin || Role::Editor, hidden)]
async fn edit() {}

fn agreed() -> R {
    Routes::new()
        .route("/health", get(health))
        .route("/posts/{id}", get(signed_in).delete(edit))
        .route("/live", any(signed_in))
}

const TEXT: &str = "\
# Reviewed in March.
GET     /health                         public: for load balancers
ANY     /live                           signed in
DELETE  /posts/{id}                     Role::Admin || Role::Editor, hidden
GET     /posts/{id}                     signed in
";

/// What the assertion says.
fn said(routes: &R, text: &str) -> String {
    let failed = catch_unwind(AssertUnwindSafe(|| assert_routes(&routes.table(), text)));
    *failed.expect_err("it should fail").downcast::<String>().expect("it says why")
}

#[test]
fn the_table_that_was_agreed_on_passes() {
    assert_routes(&agreed().table(), TEXT);
}

#[test]
fn line_ends_blanks_comments_and_order_do_not_matter() {
    let mut lines: Vec<&str> = TEXT.lines().collect();
    lines.reverse();
    let text = format!("\u{feff}{}   \r\n\r\n  # done\r\n", lines.join("  \r\n").replace("GET     ", "GET\t"));
    assert_routes(&agreed().table(), &text);
}

#[test]
fn weakened_rule_is_shown_before_and_after() {
    let weakened: R = Routes::new()
        .route("/health", get(health))
        .route("/posts/{id}", get(signed_in).delete(signed_in))
        .route("/live", any(signed_in));
    let said = said(&weakened, TEXT);
    let expected = "\
the route table differs from the committed file:

  changed  DELETE /posts/{id}
      was  Role::Admin || Role::Editor, hidden
      now  signed in

If that is intended, the file becomes

# Reviewed in March.
GET     /health                         public: for load balancers
ANY     /live                           signed in
DELETE  /posts/{id}                     signed in
GET     /posts/{id}                     signed in
";
    assert_eq!(said, expected);
    let (_, whole) = said.split_once("the file becomes\n\n").unwrap();
    assert_routes(&weakened.table(), whole);
}

#[test]
fn a_route_that_opened_came_or_went_is_named() {
    let other: R =
        Routes::new().route("/health", get(signed_in)).route("/posts/{id}", get(health)).route("/debug", post(health));
    let said = said(&other, TEXT);
    for part in [
        "  added    POST /debug\n      now  public: for load balancers\n",
        "  changed  GET /health\n      was  public: for load balancers\n      now  signed in\n",
        "  changed  GET /posts/{id}\n      was  signed in\n      now  public: for load balancers\n",
        "  removed  ANY /live\n      was  signed in\n",
        "  removed  DELETE /posts/{id}\n      was  Role::Admin || Role::Editor, hidden\n",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert_eq!(said.matches("  was  ").count() + said.matches("  added  ").count(), 5, "{said}");
}

#[test]
fn blanks_in_rules_and_repeated_lines_are_reported() {
    assert!(said(&agreed(), &TEXT.replace("Admin || Role", "Admin ||  Role")).contains("changed  DELETE"));
    assert!(said(&agreed(), &format!("{TEXT}GET /health signed in\n")).contains("twice    GET /health\n"));
    assert!(said(&agreed(), "").contains("added    ANY /live"));
}

/// Table and guards come from the same attributes: the one assertion cannot replace the other.
#[tokio::test]
async fn a_weakened_rule_agrees_with_itself() {
    let app = App::new().await;
    let weakened = || R::new().route("/posts/{id}", get(signed_in).delete(signed_in));
    let router = weakened().into_router().with_state(app.auth.clone());
    assert_protection(&weakened().table(), &TestApp::new(&app.auth, router)).await;
    assert!(said(&weakened(), TEXT).contains("changed  DELETE /posts/{id}"));
}
