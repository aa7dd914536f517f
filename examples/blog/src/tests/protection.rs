use auth::protected;
use auth::routing::post;
use auth::testing::{TestApp, assert_protection, assert_public_routes, assert_routes};

use super::blog;
use crate::routes;

#[tokio::test]
async fn every_route_decides_as_its_rule_says() {
    let (app, blog, _) = blog().await;
    assert_protection(&routes(&blog).table(), &app).await;
}

#[tokio::test]
async fn no_route_is_open_that_nobody_listed() {
    let (_, blog, _) = blog().await;
    assert_public_routes(&routes(&blog).table(), include_str!("../public_routes.txt"));
}

#[tokio::test]
async fn no_rule_is_met_by_everybody_or_by_nobody() {
    let (_, blog, _) = blog().await;
    let findings = routes(&blog).audit();
    assert!(findings.is_empty(), "{findings:?}");
}

#[tokio::test]
async fn route_table_matches_the_committed_file() {
    let (_, blog, _) = blog().await;
    assert_routes(&routes(&blog).table(), include_str!("../routes.txt"));
}

/// Table and guards come from the same attributes, so that only the text notices.
#[tokio::test]
#[should_panic(expected = "changed  POST /drafts\n      was  Permission::PostsWrite\n      now  signed in\n\nIf that")]
async fn a_weakened_rule_is_seen() {
    #[protected] // in place of `Permission::PostsWrite`
    async fn write() {}

    let (_, blog, _) = blog().await;
    let weakened = || routes(&blog).remove("POST", "/drafts").route("/drafts", post(write));
    let app = TestApp::new(&blog.auth, weakened().into_router().with_state(blog.clone()));
    assert_protection(&weakened().table(), &app).await;
    assert_routes(&weakened().table(), include_str!("../routes.txt"));
}
