//! Token headers: algorithm, key, type, extensions. Unless stated otherwise, tokens are signed with the right key, so
//! only the header can be the reason of a refusal.

use auth_tests::app::SECRET;
use auth_tests::forge::{Victim, derived, encode, header, hmac, sign, sign_with, signing_key};
use serde_json::json;

#[tokio::test]
async fn the_forger_can_make_a_token_that_is_accepted() {
    let victim = Victim::new().await;
    let payload = serde_json::to_string(&victim.claims).unwrap();
    assert!(victim.accepts(&sign(header(), &payload)).await, "otherwise no test here means anything");
    assert!(victim.accepts(&victim.token).await);
}

#[tokio::test]
async fn jwt_01_no_other_algorithm_is_taken_from_the_header() {
    let victim = Victim::new().await;
    let payload = serde_json::to_string(&victim.claims).unwrap();
    let ours = header();
    for alg in
        ["none", "None", "nOnE", "", "hs256", "HS384", "HS512", "RS256", "ES256", "EdDSA", "HS256 ", "HS256\\u0000"]
    {
        let header = ours.replace("HS256", alg);
        victim.refuses(&sign(&header, &payload), &header).await;
        let unsigned = format!("{}.{}.", encode(&header), encode(&payload));
        victim.refuses(&unsigned, "no signature").await;
        victim.refuses(unsigned.trim_end_matches('.'), "no third part").await;
    }
    let without = ours.replace("\"alg\":\"HS256\",", "");
    victim.refuses(&sign(&without, &payload), &without).await;
    let number = ours.replace("\"HS256\"", "256");
    victim.refuses(&sign(&number, &payload), &number).await;
}

#[tokio::test]
async fn jwt_02_nothing_public_and_no_other_key_signs_a_token() {
    let victim = Victim::new().await;
    let payload = serde_json::to_string(&victim.claims).unwrap();
    let kid = encode(&derived(SECRET, "key-id", "User:users")[..8]);
    let jwk = json!({ "kty": "oct", "kid": kid, "alg": "HS256", "k": encode(SECRET) }).to_string();
    let keys: Vec<(&str, Vec<u8>)> = vec![
        ("empty", Vec::new()),
        ("one NUL", vec![0]),
        ("zeros", vec![0; 32]),
        ("the raw secret", SECRET.as_bytes().to_vec()),
        ("the key id as text", kid.clone().into_bytes()),
        ("the key id", derived(SECRET, "key-id", "User:users")[..8].to_vec()),
        ("the whole of what the key id is cut from", derived(SECRET, "key-id", "User:users")),
        ("the header", header().into_bytes()),
        ("the encoded header", encode(header()).into_bytes()),
        ("the key as a JWK", jwk.into_bytes()),
        (
            "the key as hex",
            signing_key(SECRET, "User:users").iter().map(|byte| format!("{byte:02x}")).collect::<String>().into(),
        ),
        ("the key as base64url", encode(signing_key(SECRET, "User:users")).into_bytes()),
        ("another realm's key", signing_key(SECRET, "Staff")),
        ("the realm's key in lower case", signing_key(SECRET, "user")),
        ("another purpose's key", derived(SECRET, "refresh-token", "User:users")),
        ("the issuer", b"User".to_vec()),
    ];
    for (what, key) in keys {
        victim.refuses(&sign_with(&key, header(), &payload), what).await;
    }
}

#[tokio::test]
async fn jwt_05_embedded_keys_are_not_used() {
    let victim = Victim::new().await;
    let payload = serde_json::to_string(&victim.claims).unwrap();
    let trap = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let url = format!("http://{}/key", trap.local_addr().unwrap());
    let own = b"a key of the attacker, 32 bytes!";
    let jwk = json!({ "kty": "oct", "k": encode(own) });
    for (name, value) in
        [("jwk", jwk), ("jku", json!(url)), ("x5u", json!(url)), ("x5c", json!([encode(own)])), ("x5t", json!("x"))]
    {
        let mut header: serde_json::Map<_, _> = serde_json::from_str(&header()).unwrap();
        header.insert(name.to_owned(), value);
        let header = serde_json::to_string(&header).unwrap();
        victim.refuses(&sign_with(own, &header, &payload), name).await;
        victim.refuses(&sign(&header, &payload), name).await;
    }
    assert_eq!(trap.accept().map(drop).unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody called");
}

#[tokio::test]
async fn jwt_06_unknown_key_id_is_refused() {
    let victim = Victim::new().await;
    let payload = serde_json::to_string(&victim.claims).unwrap();
    let kid = encode(&derived(SECRET, "key-id", "User:users")[..8]);
    let long = "k".repeat(5_000);
    for other in
        ["", "../../x", "' OR 1=1--", "\\u0000", "auth.key", &kid[1..], &kid.to_uppercase(), &format!("{kid} "), &long]
    {
        let header = header().replace(&kid, other);
        victim.refuses(&sign(&header, &payload), other).await;
    }
    let without = r#"{"alg":"HS256","typ":"at+jwt"}"#;
    victim.refuses(&sign(without, &payload), without).await;
    let list = header().replace(&format!("\"{kid}\""), &format!("[\"{kid}\"]"));
    victim.refuses(&sign(&list, &payload), &list).await;
}

#[tokio::test]
async fn jwt_08_crit_and_b64_are_refused() {
    let victim = Victim::new().await;
    let payload = serde_json::to_string(&victim.claims).unwrap();
    for more in [
        r#","crit":["exp"]"#,
        r#","crit":[]"#,
        r#","b64":false,"crit":["b64"]"#,
        r#","b64":false"#,
        r#","b64":true"#,
        r#","zip":"DEF""#,
        r#","cty":"JWT""#,
        r#","x":1"#,
    ] {
        let header = header().replace('}', &format!("{more}}}"));
        victim.refuses(&sign(&header, &payload), &header).await;
        // RFC 7797: an unencoded payload, with a signature over exactly these bytes.
        let message = format!("{}.{payload}", encode(&header));
        let signature = encode(hmac(&signing_key(SECRET, "User:users"), message.as_bytes()));
        assert_eq!(victim.app.get("/claims", &format!("{message}.{signature}")).await.is(401).code(), "invalid_token");
    }
}

#[tokio::test]
async fn jwt_09_only_the_type_at_jwt_is_an_access_token() {
    let victim = Victim::new().await;
    let payload = serde_json::to_string(&victim.claims).unwrap();
    for typ in
        ["JWT", "jwt", "AT+JWT", "application/at+jwt", "refresh+jwt", "reset+jwt", "mfa+jwt", "id+jwt", "dpop+jwt", ""]
    {
        let header = header().replace("at+jwt", typ);
        victim.refuses(&sign(&header, &payload), typ).await;
    }
    let without = header().replace(",\"typ\":\"at+jwt\"", "");
    victim.refuses(&sign(&without, &payload), &without).await;
}

#[tokio::test]
async fn jwt_19_respelled_header_is_refused() {
    let victim = Victim::new().await;
    let payload = serde_json::to_string(&victim.claims).unwrap();
    let ours = header();
    let parsed: serde_json::Map<_, _> = serde_json::from_str(&ours).unwrap();
    let reversed: Vec<String> = parsed.iter().rev().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    for header in [
        ours.replace("\"alg\":", "\"alg\":\"none\",\"alg\":"),
        ours.replace('}', ",\"alg\":\"HS256\"}"),
        ours.replace('}', ",\"typ\":\"at+jwt\"}"),
        ours.replace(':', ": "),
        format!(" {ours}"),
        format!("{ours}\n"),
        format!("\u{feff}{ours}"),
        ours.replace("alg", "\\u0061lg"),
        format!("{{{}}}", reversed.join(",")),
        format!("[{ours}]"),
        String::new(),
        "{}".to_owned(),
        "null".to_owned(),
    ] {
        victim.refuses(&sign(&header, &payload), &header).await;
    }
}
