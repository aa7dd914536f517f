//! Answers that repeat what was sent are short, however much was sent.

use auth_tests::{App, Call};
use serde_json::{Map, Value, json};

/// Everything that names fields answers with less than this.
const MOST: usize = 8 * 1024;

/// Four routes that take a body from anybody, and two that need a token.
const ROUTES: [&str; 6] =
    ["/auth/register", "/auth/login", "/auth/refresh", "/auth/logout", "/auth/reauthenticate", "/auth/password/change"];

fn fields(names: impl Iterator<Item = String>) -> String {
    Value::from(names.map(|name| (name, Value::from(0))).collect::<Map<_, _>>()).to_string()
}

#[tokio::test]
async fn l1_no_answer_is_longer_than_what_provoked_it() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let bodies = [
        fields((0..6_000).map(|n| format!("{n:x}"))),
        fields((0..180).map(|n| format!("{n}{}", "\u{1}".repeat(50)))),
        fields(std::iter::once("n".repeat(60_000))),
        fields(std::iter::once("\u{1f4a9}".repeat(15_000))),
        fields((0..2_000).map(|n| format!("{n}\u{0}"))),
        json!({ "email": [["x".repeat(60_000)]], "password": { "x": "y".repeat(1_000) } }).to_string(),
        json!({ "refresh_token": ["x".repeat(60_000)] }).to_string(),
        format!("\"{}\"", "x".repeat(60_000)),
        format!("{{\"{}", "x".repeat(60_000)),
        format!("{{\"{0}\":1,\"{0}\":2}}", "x".repeat(20_000)),
        "[".repeat(60_000),
    ];
    for path in ROUTES {
        for body in &bodies {
            let answer = app.send(Call::post(path).bearer(&token).text("application/json", body.clone())).await;
            assert!(matches!(answer.status.as_u16(), 400 | 413 | 422), "{path}: {}", answer.status);
            assert!(answer.body.len() <= MOST, "{path}: {} bytes for {body:.60}", answer.body.len());
        }
    }
}

/// Parsing would allocate each of them, before any limit is asked.
#[tokio::test]
async fn l1_body_with_thousands_of_values_is_not_parsed() {
    let app = App::new().await;
    let status = async |list: &str| {
        let body = format!("{{\"email\":[{list}],\"password\":\"x\"}}");
        app.send(Call::post("/auth/login").text("application/json", body)).await.status.as_u16()
    };
    for (value, most) in [("0", 1_000), ("[]", 500), ("{}", 500)] {
        assert_eq!(status(&vec![value; most].join(",")).await, 422, "{most} times {value}");
        assert_eq!(status(&vec![value; 2 * most + 100].join(",")).await, 400, "many times {value}");
    }
    // What is in a text counts for nothing.
    assert_eq!(status(&format!("\"{}\"", ",[{\\\"".repeat(1_400))).await, 422);
}

#[tokio::test]
async fn l1_only_the_first_unknown_fields_are_named() {
    let app = App::new().await;
    let few = fields((0..16).map(|n| format!("x{n}")));
    let answer = app.send(Call::post("/auth/login").text("application/json", few)).await.is(422);
    assert_eq!(answer.broken().iter().filter(|(name, code)| name.starts_with('x') && code == "unknown").count(), 16);
    let many = fields((0..900).map(|n| format!("x{n}")));
    let answer = app.send(Call::post("/auth/login").text("application/json", many)).await.is(422);
    let broken = answer.broken();
    assert_eq!(broken.iter().filter(|(name, _)| name.starts_with('x')).count(), 16);
    assert!(broken.iter().any(|(name, code)| name == "email" && code == "missing"), "what is missing is still said");
    assert!(answer.text().contains("884 more"), "{}", answer.text());
    let long = app.send(Call::post("/auth/login").text("application/json", fields(std::iter::once("n".repeat(999)))));
    let names: Vec<String> = long.await.is(422).broken().into_iter().map(|(name, _)| name).collect();
    assert!(names.contains(&format!("{}…", "n".repeat(64))), "{names:?}");
}
