//! Several user types in one application.

use auth::routing::{Routes, get};
use auth::{Auth, protected};
use auth_tests::documented::{Customer, Two};
use serde_json::json;

use crate::keys;

#[tokio::test]
async fn each_user_type_has_schemes_of_its_own_name() {
    let document = serde_json::to_value(Two::new().await.routes().openapi(crate::empty())).unwrap();
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(keys(schemes), ["customerBearer", "customerCookie", "staffBearer"], "staff have no cookies");
    assert_eq!(schemes["customerCookie"]["name"], "__Host-customer-access");
    let security = |path: &str, method: &str| document["paths"][path][method]["security"].clone();
    let customers = json!([{ "customerBearer": [] }, { "customerCookie": [] }]);
    let staff = json!([{ "staffBearer": [] }]);
    assert_eq!((security("/till", "post"), security("/staff/me", "get")), (staff.clone(), staff));
    assert_eq!((security("/basket", "get"), security("/customers/me", "get")), (customers.clone(), customers));
    assert_eq!(document["paths"]["/staff/login"]["post"]["tags"], json!(["Staff"]));
}

#[protected]
async fn basket() {}

#[test]
fn one_user_type_has_the_usual_names() {
    let routes: Routes<Auth<Customer>> = Routes::new().route("/basket", get(basket));
    let document = serde_json::to_value(routes.openapi(crate::empty())).unwrap();
    assert_eq!(keys(&document["components"]["securitySchemes"]), ["bearerAuth"], "cookies are known by our own routes");
}

#[tokio::test]
async fn own_scheme_of_the_header_is_in_the_document() {
    let app = auth_tests::App::with(|builder| builder.bearer_scheme("Token")).await;
    let routes: Routes<Auth<auth_tests::User>> = app.auth.routes().route("/user", get(user));
    let document = serde_json::to_value(routes.openapi(crate::empty())).unwrap();
    let scheme = &document["components"]["securitySchemes"]["bearerAuth"];
    let says = "`Token`, a blank, and the access token";
    assert_eq!(scheme, &json!({ "type": "apiKey", "in": "header", "name": "Authorization", "description": says }));
    assert_eq!(document["paths"]["/user"]["get"]["security"][0], json!({ "bearerAuth": [] }));
}

mod one {
    use auth::{AuthUser, PasswordHash};

    #[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
    #[auth(table = "app.users")]
    pub(super) struct User {
        #[auth(id)]
        id: i64,
        #[auth(login)]
        email: String,
        #[auth(password_hash)]
        password_hash: PasswordHash,
    }
}

#[protected(user = one::User)]
async fn namesake() {}

#[protected(user = auth_tests::User)]
async fn user() {}

#[derive(Clone, axum::extract::FromRef)]
struct Both {
    one: Auth<one::User>,
    other: Auth<auth_tests::User>,
}

impl auth::AuthState for Both {
    type User = one::User;
}

#[test]
fn same_named_user_types_differ_by_their_tables() {
    let routes: Routes<Both> = Routes::new().route("/one", get(namesake)).route("/other", get(user));
    let document = serde_json::to_value(routes.openapi(crate::empty())).unwrap();
    assert_eq!(keys(&document["components"]["securitySchemes"]), ["userAppUsersBearer", "userUsersBearer"]);
}
