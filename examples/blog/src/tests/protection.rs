use auth::testing::{assert_protection, assert_public_routes};

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
