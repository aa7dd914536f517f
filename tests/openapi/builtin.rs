//! The built-in routes, against what they really take and answer.

use std::fmt::Write as _;

use auth_tests::app::PASSWORD;
use auth_tests::documented::Two;
use auth_tests::{App, Call};
use serde_json::{Value, json};

use crate::{keys, referred, shop};

/// The table in the documentation of `Auth::routes`.
const TABLE: &str = "../auth/src/http/routes/table.md";

/// `UPDATE_SNAPSHOTS=1` rewrites the table.
#[tokio::test]
async fn the_documented_table_has_every_builtin_route() {
    let app = App::new().await;
    let routes = app.auth.routes::<()>();
    let document = serde_json::to_value(routes.openapi(crate::empty())).unwrap();
    let mut table = String::from("| route | who may call it | what it does | success |\n|---|---|---|---|\n");
    for route in routes.table().routes() {
        let operation = &document["paths"][&route.path][route.method.to_lowercase()];
        let success = operation["responses"].as_object().unwrap().iter().find(|(status, _)| status.starts_with('2'));
        let (status, success) = success.unwrap();
        let (summary, success) = (operation["summary"].as_str().unwrap(), success["description"].as_str().unwrap());
        let (method, path, who) = (&route.method, &route.path, &route.who);
        writeln!(table, "| `{method} {path}` | {who} | {summary} | {status}: {success} |").unwrap();
    }
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&file, &table).unwrap();
    }
    let documented = std::fs::read_to_string(&file).unwrap();
    assert!(documented == table, "UPDATE_SNAPSHOTS=1 rewrites it; it is now\n{table}");
}

/// The guide says more of each route than the table does, so it is written by hand.
#[tokio::test]
async fn the_guide_names_every_builtin_route() {
    let app = App::new().await;
    let guide = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../auth/src/docs/sign_in.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    for route in app.auth.routes::<()>().table().routes() {
        let (method, path) = (&route.method, &route.path);
        assert!(guide.contains(&format!("{method} {path}`")), "{method} {path}");
    }
}

#[tokio::test]
async fn every_route_of_the_library_is_described() {
    let app = App::new().await;
    let routes = app.auth.routes::<()>();
    let document = serde_json::to_value(routes.openapi(crate::empty())).unwrap();
    for route in routes.table().routes() {
        let operation = &document["paths"][&route.path][route.method.to_lowercase()];
        assert!(operation["summary"].is_string(), "{}", route.path);
        assert!(operation["responses"]["default"].is_null(), "{}", route.path);
        assert_eq!(operation["tags"], json!(["auth"]));
        let limited = ["/register", "/login", "/refresh", "/logout", "/reauthenticate", "/password/change"];
        let says = &operation["responses"]["429"]["headers"]["Retry-After"];
        assert_eq!(says.is_object(), limited.contains(&route.path.as_str()), "{}", route.path);
    }
}

/// Whether `value` has the properties of `schema`, and each the type that is said.
fn fits(schema: &Value, value: &Value) {
    let mut required: Vec<&str> = schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    required.sort_unstable();
    assert_eq!(keys(value), required, "{schema}");
    for (name, value) in value.as_object().unwrap() {
        let ty = &schema["properties"][name]["type"];
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        assert!(ty == found || ty.as_array().is_some_and(|ty| ty.contains(&json!(found))), "{name}: {ty} or {found}?");
    }
}

#[tokio::test]
async fn answers_have_the_fields_that_the_document_promises() {
    let (app, document) = shop().await;
    let answer = |path: &str, method: &str, status: &str| {
        document["paths"][path][method]["responses"][status]["content"]["application/json"]["schema"].clone()
    };
    let tokens = app.register("ada@example.org").await.is(201);
    let promised = answer("/api/auth/register", "post", "201");
    fits(referred(&document, &promised["oneOf"][0]), &tokens.json());
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    let cookies = app.send(Call::post("/auth/login?cookies=true").same_origin().json(&body)).await.is(200);
    assert_eq!(answer("/api/auth/login", "post", "200"), promised);
    fits(referred(&document, &promised["oneOf"][1]), &cookies.json());
    let token = tokens.access_token();
    let me = app.get("/auth/me", &token).await.is(200).json();
    fits(referred(&document, &answer("/api/auth/me", "get", "200")), &me);
    let sessions = app.get("/auth/sessions", &token).await.is(200).json();
    fits(referred(&document, &answer("/api/auth/sessions", "get", "200")["items"]), &sessions[0]);
}

#[tokio::test]
async fn the_profile_is_described_without_claims_of_the_token() {
    let two = Two::new().await;
    let document = serde_json::to_value(two.routes().openapi(crate::empty())).unwrap();
    let router = two.routes().into_router().with_state(two);
    let body = json!({ "email": "ada@example.org", "password": PASSWORD, "badge": "A 1" });
    let token = Call::post("/staff/register").json(&body).send(&router).await.is(201).access_token();
    let me = Call::get("/staff/me").bearer(&token).send(&router).await.is(200).json();
    fits(&document["components"]["schemas"]["StaffProfile"], &me);
}

#[tokio::test]
async fn documented_bodies_have_the_sign_up_and_login_fields() {
    let (app, document) = shop().await;
    let body = |path: &str| {
        let holder = &document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"];
        referred(&document, holder).clone()
    };
    for path in ["register", "login", "password/change"] {
        let schema = body(&format!("/api/auth/{path}"));
        assert_eq!(schema["additionalProperties"], false);
        let unknown = json!({ "no such field": 1 });
        let token = if path == "password/change" {
            app.register("ada@example.org").await.is(201).access_token()
        } else {
            String::new()
        };
        let call = Call::post(&format!("/auth/{path}")).json(&unknown);
        let call = if token.is_empty() { call } else { call.bearer(&token) };
        // Every field that is missing is named, and the one nobody knows.
        let broken = app.send(call).await.is(422).broken();
        let mut missing: Vec<String> =
            broken.into_iter().filter(|(_, code)| code == "missing").map(|(field, _)| field).collect();
        missing.sort();
        let required: Vec<_> = schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let (mut optional, mut required) = (keys(&schema["properties"]), required);
        required.sort_unstable();
        assert_eq!(required, missing, "{path}");
        optional.retain(|field| missing.iter().all(|one| one != field));
        assert_eq!(optional, if path == "login" { vec!["device"] } else { vec![] }, "{path}");
    }
    assert_eq!(body("/api/auth/register")["properties"]["display_name"]["type"], "string");
    assert_eq!(body("/api/auth/register")["properties"]["password"]["format"], "password");
}

#[tokio::test]
async fn fields_have_the_json_types_of_their_rust_types() {
    let document = serde_json::to_value(Two::new().await.routes().openapi(crate::empty())).unwrap();
    let schemas = &document["components"]["schemas"];
    let customer = &schemas["CustomerRegistration"];
    assert_eq!(customer["properties"]["plan"], json!({ "type": "string", "enum": ["free", "very_pro"] }));
    assert_eq!(customer["properties"]["age"], json!({ "type": ["integer", "null"], "format": "int32" }));
    assert_eq!(customer["required"], json!(["email", "plan", "password"]));
    let id = &schemas["CustomerProfile"]["properties"]["id"];
    assert_eq!((&id["type"], &id["format"]), (&json!("string"), &json!("int64")), "JavaScript cannot hold an i64");
    assert!(!document.to_string().contains(r#""type":"integer","format":"int64""#));
    assert_eq!(schemas["StaffProfile"]["properties"]["id"]["type"], "string", "a Uuid");
    assert_eq!(schemas["StaffProfile"]["properties"]["badge"]["type"], json!(["string", "null"]));
    let login = schemas["StaffLogin"]["oneOf"].as_array().unwrap();
    let fields: Vec<_> = login.iter().map(|one| keys(&one["properties"])).collect();
    assert_eq!(fields, [["device", "email", "password"], ["badge", "device", "password"]], "one login, not several");
}

#[tokio::test]
async fn cookies_are_offered_as_the_settings_say() {
    let (_, document) = shop().await;
    let login = &document["paths"]["/api/auth/login"]["post"];
    assert_eq!(login["parameters"][0]["name"], "cookies");
    assert_eq!(keys(&login["responses"]["200"]["headers"]), ["Set-Cookie"]);

    let document = serde_json::to_value(Two::new().await.routes().openapi(crate::empty())).unwrap();
    let answer = |path: &str| document["paths"][path]["post"]["responses"]["200"].clone();
    let schema = |path: &str| answer(path)["content"]["application/json"]["schema"]["$ref"].clone();
    assert_eq!(schema("/staff/login"), "#/components/schemas/AuthTokens", "never");
    assert!(answer("/staff/login")["headers"].is_null());
    assert_eq!(schema("/customers/login"), "#/components/schemas/AuthTokensInCookies", "always");
    assert!(document["paths"]["/customers/login"]["post"]["parameters"].is_null());
}

/// It is one of the routes in development, and it answers with pages.
#[tokio::test]
async fn the_mailbox_of_development_is_described_as_pages() {
    let mailer = auth::mail::MailDirectory::insecure_for_localhost(std::env::temp_dir().join("auth-never"));
    let app = App::with(|builder| builder.base_url("http://localhost:3000").mailer(mailer)).await;
    let routes = app.auth.development_mailbox::<()>();
    let document = serde_json::to_value(routes.openapi(crate::empty())).unwrap();
    for path in ["/dev/mail", "/dev/mail/{id}"] {
        let responses = &document["paths"][path]["get"]["responses"];
        assert_eq!(responses["200"]["content"]["text/html"]["schema"]["type"], "string", "{responses}");
        assert!(responses["403"]["description"].as_str().unwrap().contains("`local_only`"), "{responses}");
    }
    assert!(routes.gaps(&crate::empty()).is_empty());
}

#[tokio::test]
async fn well_known_addresses_are_described() {
    let settings = auth::PasskeySettings::new("Shop").related_origin("https://shop.example");
    let with = |builder: auth::AuthBuilder<auth_tests::User>| {
        builder.base_url("https://app.example").passkeys(settings).change_password_page("/password")
    };
    let app = App::with(with).await;
    let routes = app.auth.well_known::<()>();
    let document = serde_json::to_value(routes.openapi(crate::empty())).unwrap();
    let answer = |path: &str, status: &str| document["paths"][path]["get"]["responses"][status].clone();
    let schema = |path: &str| answer(path, "200")["content"]["application/json"]["schema"]["$ref"].clone();
    assert_eq!(schema("/.well-known/webauthn"), "#/components/schemas/AuthRelatedOrigins");
    assert_eq!(schema("/.well-known/passkey-endpoints"), "#/components/schemas/AuthPasskeyEndpoints");
    let leads = answer("/.well-known/change-password", "303");
    assert!(leads["headers"]["Location"].is_object() && leads["content"].is_null(), "{leads}");
    let endpoints = &document["components"]["schemas"]["AuthPasskeyEndpoints"];
    assert!(endpoints["properties"]["enroll"].is_object() && endpoints["required"].is_null(), "{endpoints}");
    assert!(routes.gaps(&crate::empty()).is_empty());
    let script = serde_json::to_value(app.auth.routes::<()>().openapi(crate::empty())).unwrap();
    let script = script["paths"]["/passkeys.js"]["get"]["responses"]["200"].clone();
    assert_eq!(script["content"]["text/javascript"]["schema"]["type"], "string", "{script}");
}
