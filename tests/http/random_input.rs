//! Pseudo-random input, the same in every run: never a panic, a 500 or access.

use auth_tests::{App, Call};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

/// Marsaglia's xorshift64 generator.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    /// Changes `good` in several places: cuts, duplicates, swaps, replacements, insertions.
    fn spoil(&mut self, good: &[u8], pieces: &[&[u8]]) -> Vec<u8> {
        let mut bytes = good.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            match self.below(6) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(..at)),
                2 => bytes = [&bytes[..at], pieces[self.below(pieces.len())], &bytes[at..]].concat(),
                3 => bytes = [&bytes[..], &bytes[..at]].concat(),
                4 if at < bytes.len() => bytes[at] = u8::try_from(self.below(256)).unwrap(),
                _ if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                _ => {}
            }
        }
        bytes
    }
}

/// An application whose tokens are the same in every run as well.
async fn application() -> App {
    App::with(|builder| builder.random(auth::testing::SeededRandom::new(1))).await
}

const ROUNDS: usize = 3_000;

#[tokio::test]
async fn sup_04_no_authorization_header_panics_or_signs_in_by_accident() {
    let app = application().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let good = format!("Bearer {token}");
    let pieces: [&[u8]; 12] =
        [b"Bearer ", b".", b"..", b" ", b"\t", b",", b"=", b"-_", b"\xff", b"eyJ", b"Basic ", token.as_bytes()];
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for round in 0..ROUNDS {
        let spoiled = numbers.spoil(good.as_bytes(), &pieces);
        if axum::http::HeaderValue::from_bytes(&spoiled).is_err() {
            continue;
        }
        let status = app.send(Call::get("/claims").header("authorization", &spoiled)).await.status.as_u16();
        // The case of the scheme and the number of spaces after it do not matter; everything else is part of the token.
        let text = String::from_utf8_lossy(&spoiled).into_owned();
        let (scheme, rest) = text.split_once(' ').unwrap_or((&text, ""));
        let same = scheme.eq_ignore_ascii_case("bearer") && rest.trim_start_matches(' ') == token;
        assert_eq!(status == 200, same, "round {round}: {text}");
        assert!(matches!(status, 200 | 401 | 431), "round {round}: {status}");
    }
}

#[tokio::test]
async fn sup_04_no_cookie_header_panics_or_signs_in_by_accident() {
    let app = application().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let good = format!("theme=dark; __Host-user-access={token}; lang=en");
    let pieces: [&[u8]; 10] =
        [b";", b"=", b"; ", b"__Host-user-access=", b"__Host-", b"\"", b"\xc3\xab", b"\t", b",", token.as_bytes()];
    let mut numbers = Numbers(0xdead_beef_cafe_f00d);
    for round in 0..ROUNDS {
        let spoiled = numbers.spoil(good.as_bytes(), &pieces);
        if axum::http::HeaderValue::from_bytes(&spoiled).is_err() {
            continue;
        }
        let status = app.send(Call::get("/claims").header("cookie", &spoiled)).await.status.as_u16();
        assert!(matches!(status, 200 | 400 | 401 | 431), "round {round}: {status}");
        let text = String::from_utf8_lossy(&spoiled).into_owned();
        let whole = text.split(';').filter(|pair| pair.trim() == format!("__Host-user-access={token}")).count();
        assert!(status != 200 || whole == 1 || text.contains(&token), "round {round}: {text}");
        assert!(whole < 2 || status == 400, "round {round}: {status} for {text}");
    }
}

#[tokio::test]
async fn sup_04_random_refresh_tokens_neither_panic_nor_count() {
    let app = application().await;
    let token = app.register("ada@example.org").await.is(201).refresh_token();
    let pieces: [&[u8]; 8] = [b"A", b"=", b"-", b"_", b"+", b" ", b"\n", token.as_bytes()];
    let bytes = auth_tests::forge::decode(&token);
    let handle = &bytes[..16];
    let mut numbers = Numbers(42);
    for round in 0..ROUNDS {
        let spoiled = String::from_utf8_lossy(&numbers.spoil(token.as_bytes(), &pieces)).into_owned();
        // The handle with another secret counts as theft, and rightly ends the session.
        let decoded = URL_SAFE_NO_PAD.decode(&spoiled).unwrap_or_default();
        if decoded.len() == 48 && decoded.starts_with(handle) {
            continue;
        }
        app.refresh(&spoiled).await.is(401);
        let logout = Call::post("/auth/logout").json(&json!({ "refresh_token": spoiled }));
        assert_eq!(app.send(logout).await.status, 204, "round {round}");
    }
    app.refresh(&token).await.is(200);
}

#[tokio::test]
async fn sup_04_no_body_makes_a_500() {
    let app = application().await;
    let good = br#"{"email":"ada@example.org","password":"short","display_name":"Ada"}"#;
    let pieces: [&[u8]; 16] = [
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\"",
        b"\\u0000",
        b"\\ud800",
        b"null",
        b"1e999",
        b"-0",
        b"\xff",
        b"\"email\":",
        b"true",
        b"  ",
    ];
    let mut numbers = Numbers(7);
    for round in 0..ROUNDS {
        let spoiled = numbers.spoil(good, &pieces);
        for path in ["/auth/register", "/auth/login", "/auth/refresh", "/auth/logout"] {
            let shown = String::from_utf8_lossy(&spoiled).into_owned();
            let answer = app.send(Call::post(path).text("application/json", spoiled.clone())).await;
            // Some of the input happens to be valid.
            assert!(answer.status.as_u16() < 500, "round {round}: {} at {path} for {shown}", answer.status);
        }
    }
}

#[tokio::test]
async fn sup_04_no_session_id_or_query_makes_a_500() {
    let app = application().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let good = auth_tests::forge::claims_of(&token)["sid"].as_str().unwrap().to_owned();
    let pieces: [&[u8]; 8] = [b"%00", b"%ff", b"%2f", b"%", b"..", b"'", b"A", b"-"];
    let mut numbers = Numbers(99);
    for _ in 0..ROUNDS {
        let spoiled = String::from_utf8_lossy(&numbers.spoil(good.as_bytes(), &pieces)).into_owned();
        let is_uri = |text: String| text.parse::<axum::http::Uri>().is_ok();
        if spoiled == good || !is_uri(format!("/auth/sessions/{spoiled}")) || !is_uri(format!("/x?cookies={spoiled}")) {
            continue;
        }
        let call = Call::delete(&format!("/auth/sessions/{spoiled}")).bearer(&token);
        let status = app.send(call).await.status.as_u16();
        assert!(matches!(status, 404 | 405), "{status} for {spoiled}");
        let call = Call::post(&format!("/auth/refresh?cookies={spoiled}"));
        let status = app.send(call).await.status.as_u16();
        assert!(matches!(status, 400 | 401 | 403), "{status} for {spoiled}");
    }
    app.get("/me", &token).await.is(200);
}
