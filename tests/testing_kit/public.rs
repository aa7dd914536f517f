//! The list of public routes.

use auth::routing::{Routes, get, post};
use auth::testing::assert_public_routes;
use auth::{Auth, protected, public};
use auth_tests::{App, User};

#[public]
async fn open() {}

#[public(reason = "for load balancers")]
async fn health() {}

#[protected]
async fn closed() {}

fn routes() -> Routes<Auth<User>> {
    Routes::new().route("/", get(open).post(closed)).route("/health", get(health)).route("/closed", post(closed))
}

const LIST: &str = "
# Reviewed.
GET  /        # the door
GET /health
";

#[tokio::test]
async fn sample_application_lists_its_public_routes() {
    let app = App::new().await;
    assert_public_routes(&auth_tests::app::routes(&app.auth).table(), include_str!("public_routes.txt"));
}

#[test]
fn a_list_that_is_true_passes() {
    assert_public_routes(&routes().table(), LIST);
}

#[test]
#[should_panic(expected = "if that is intended, add\n    POST /closed                   # public\n")]
fn mac_01_newly_public_route_is_named_with_its_line() {
    let routes =
        Routes::<Auth<User>>::new().route("/", get(open)).route("/health", get(health)).route("/closed", post(open));
    assert_public_routes(&routes.table(), LIST);
}

#[test]
#[should_panic(expected = "protected or removed; delete\n    GET /health\n")]
fn a_route_that_closed_is_named() {
    assert_public_routes(&Routes::<Auth<User>>::new().route("/", get(open)).table(), LIST);
}

#[test]
#[should_panic(expected = "GET /health                    # public: for load balancers\n")]
fn empty_list_reports_every_public_route() {
    assert_public_routes(&routes().table(), "");
}
