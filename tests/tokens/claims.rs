//! Claims: each one missing, null, of another type, empty, or duplicated.

use auth_tests::forge::{Victim, header, sign};
use serde_json::{Value, json};

/// The claims required in every access token; `display_name` and `role` are those of the application.
const REQUIRED: [&str; 12] =
    ["iss", "aud", "sub", "iat", "exp", "jti", "sid", "auth_time", "amr", "gen", "role", "display_name"];

#[tokio::test]
async fn jwt_11_every_claim_is_required_and_of_its_type() {
    let victim = Victim::new().await;
    let mut names: Vec<&str> = victim.claims.keys().map(String::as_str).collect();
    let mut required = REQUIRED.to_vec();
    // Tokens of the release before have none: see `store_claim`.
    required.push("auth_store");
    names.sort_unstable();
    required.sort_unstable();
    assert_eq!(names, required, "a claim was added: say here whether it is required");
    let types =
        [json!(null), json!(true), json!(7), json!("x"), json!(1.5), json!([]), json!([7]), json!({}), json!("")];
    for name in REQUIRED {
        victim.refuses(&victim.changed(name, None), &format!("no {name}")).await;
        for value in &types {
            let right = match name {
                // A name may be any text. Any number is a valid generation or login time, on which mark and rules
                // decide, and `[]` is a valid list of methods.
                "display_name" => value.is_string(),
                "auth_time" | "gen" => value.is_u64(),
                "amr" => *value == json!([]),
                _ => false,
            };
            let token = victim.changed(name, Some(value.clone()));
            assert_eq!(victim.accepts(&token).await, right, "{name} = {value}");
        }
    }
}

#[tokio::test]
async fn jwt_12_issuer_must_match_exactly() {
    let victim = Victim::with(|builder| builder.issuer("https://issuer.example")).await;
    for iss in [
        json!("https://issuer.example/"),
        json!("https://ISSUER.example"),
        json!("http://issuer.example"),
        json!("https://issuer.example "),
        json!(" https://issuer.example"),
        json!("https://issuer.example\u{0}"),
        json!("https://issuer.example:443"),
        json!("User"),
        json!(["https://issuer.example"]),
        json!({ "https://issuer.example": true }),
    ] {
        victim.refuses(&victim.changed("iss", Some(iss.clone())), &iss.to_string()).await;
    }
}

#[tokio::test]
async fn jwt_13_audience_must_be_or_contain_ours() {
    let victim = Victim::with(|builder| builder.audience("api")).await;
    let token = |aud: &Value| victim.changed("aud", Some(aud.clone()));
    for aud in [
        json!("other"),
        json!("API"),
        json!("api "),
        json!("api/"),
        json!("User"),
        json!([]),
        json!(["other"]),
        json!([["api"]]),
        json!([null, "api"]),
        json!(["api", 7]),
        json!({ "api": "api" }),
        json!(7),
        json!(null),
    ] {
        let answer = victim.app.get("/claims", &token(&aud)).await;
        assert_eq!(answer.is(401).code(), "invalid_token", "{aud}");
    }
    for aud in [json!("api"), json!(["api"]), json!(["other", "api"])] {
        victim.app.get("/claims", &token(&aud)).await.is(200);
    }
}

#[tokio::test]
async fn jwt_13_a_token_of_another_user_type_is_nothing_here() {
    let victim = Victim::new().await;
    for (iss, aud) in [("Staff", "Staff"), ("User", "Staff"), ("Staff", "User")] {
        let mut claims = victim.claims.clone();
        claims.insert("iss".into(), iss.into());
        claims.insert("aud".into(), aud.into());
        victim.refuses(&sign(header(), Value::Object(claims).to_string()), &format!("{iss} for {aud}")).await;
    }
}

#[tokio::test]
async fn jwt_19_duplicate_claims_are_refused() {
    let victim = Victim::new().await;
    let payload = serde_json::to_string(&victim.claims).unwrap();
    for name in REQUIRED {
        let value = &victim.claims[name];
        for doubled in [
            payload.replacen('{', &format!("{{\"{name}\":{value},"), 1),
            payload.replace('}', &format!(",\"{name}\":{value}}}")),
        ] {
            victim.refuses(&sign(header(), doubled), &format!("{name} twice")).await;
        }
    }
    let admin = payload.replace('}', ",\"role\":\"admin\"}");
    victim.refuses(&sign(header(), admin), "a second role").await;
    let escaped = payload.replace('}', ",\"\\u0072ole\":\"admin\"}");
    victim.refuses(&sign(header(), escaped), "a second role in another spelling").await;
    let nbf = payload.replace('}', ",\"nbf\":1,\"nbf\":1}");
    victim.refuses(&sign(header(), nbf), "nbf twice").await;
}

#[tokio::test]
async fn jwt_11_role_names_must_match_exactly() {
    let victim = Victim::new().await;
    for role in ["Admin", "ADMIN", "admin ", "root", "0", "member,admin", "admin\u{0}"] {
        victim.refuses(&victim.changed("role", Some(json!(role))), role).await;
    }
    for role in [json!(["admin"]), json!({ "admin": null }), json!(2)] {
        victim.refuses(&victim.changed("role", Some(role.clone())), &role.to_string()).await;
    }
}

#[tokio::test]
async fn jwt_11_the_subject_is_the_text_of_an_id() {
    let victim = Victim::new().await;
    for sub in [
        "01",
        "1.0",
        "1 ",
        " 1",
        "1e0",
        "0x1",
        "9223372036854775808",
        "-9223372036854775809",
        "1\u{0}",
        "١",
        "1 OR 1=1",
    ] {
        let token = victim.changed("sub", Some(json!(sub)));
        let answer = victim.app.get("/me", &token).await;
        // A text that Rust parses as the same number is the same user; everything else is refused.
        if sub.parse() == Ok(1_i64) {
            answer.is(200);
        } else {
            assert_eq!(answer.is(401).code(), "invalid_token", "{sub:?}");
        }
    }
    for nobody in ["0", "-1", "2", "9223372036854775807"] {
        let token = victim.changed("sub", Some(json!(nobody)));
        assert_eq!(victim.app.get("/me", &token).await.is(401).code(), "invalid_token", "{nobody}");
    }
}
