//! Origins, hosts, ports and networks are compared as values, and settings that can never match stop a start.

use auth::{Auth, CookieSettings, Secret, TrustedProxies};
use auth_tests::app::{PASSWORD, SECRET};
use auth_tests::{App, Call, Database, User};
use serde_json::json;

async fn app(settings: CookieSettings) -> App {
    let app = App::with(|builder| builder.cookies(settings)).await;
    app.register("ada@example.org").await.is(201);
    app
}

/// Whether a login that asks for cookies is taken for one of our own pages.
async fn passes(app: &App, host: &str, origin: &str) -> bool {
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    let call = Call::post("/auth/login?cookies=true").without("host").header("host", host).header("origin", origin);
    let answer = app.send(call.json(&body)).await;
    match answer.status.as_u16() {
        200 => true,
        403 if answer.code() == "cross_site" => false,
        other => panic!("{other} at {host} from {origin}"),
    }
}

#[tokio::test]
async fn b14_default_port_of_the_scheme_may_be_omitted() {
    let app = app(CookieSettings::new()).await;
    for (host, origin, fine) in [
        ("app.example:443", "https://app.example", true),
        ("app.example", "https://app.example:443", true),
        ("APP.Example:443", "https://app.example", true),
        ("app.example:8443", "https://app.example:8443", true),
        ("[::1]:443", "https://[::1]", true),
        ("[2001:DB8::1]", "https://[2001:db8:0::1]:443", true),
        ("192.0.2.1:443", "https://192.0.2.1", true),
        ("app.example:80", "https://app.example", false),
        ("app.example:443", "https://app.example:80", false),
        ("app.example:444", "https://app.example", false),
        ("app.example", "https://app.example:444", false),
        ("app.example.", "https://app.example", false),
        ("app.example:99999", "https://app.example", false),
        ("app.example:+443", "https://app.example", false),
        ("app.example:x", "https://app.example", false),
        ("user@app.example", "https://app.example", false),
        ("app.example/", "https://app.example", false),
        ("app.example,evil.example", "https://app.example", false),
        ("", "https://", false),
        ("[::1]", "https://::1", false),
        ("192.0.2.1", "https://[::ffff:192.0.2.1]", false),
    ] {
        assert_eq!(passes(&app, host, origin).await, fine, "{host} from {origin}");
    }
}

#[tokio::test]
async fn l3_plain_http_origin_is_refused() {
    let strict = app(CookieSettings::new()).await;
    for (host, origin) in [
        ("app.example", "http://app.example"),
        ("app.example:80", "http://app.example"),
        ("app.example:80", "http://app.example:80"),
        ("localhost:3000", "http://localhost:3000"),
        ("app.example:443", "http://app.example:443"),
    ] {
        assert!(!passes(&strict, host, origin).await, "{host} from {origin}");
    }
    let local = app(CookieSettings::new().insecure_for_localhost()).await;
    for (host, origin, fine) in [
        ("localhost:3000", "http://localhost:3000", true),
        ("localhost:80", "http://localhost", true),
        ("LOCALHOST", "http://localhost:80", true),
        ("tenant.localhost:3000", "http://tenant.localhost:3000", true),
        ("[::1]:3000", "http://[::1]:3000", true),
        ("localhost:443", "https://localhost", true),
        ("localhost:443", "http://localhost", false),
        ("localhost:3000", "http://localhost:3001", false),
        ("localhost:3000", "http://evil.example", false),
    ] {
        assert_eq!(passes(&local, host, origin).await, fine, "{host} from {origin}");
    }
}

#[tokio::test]
async fn b14_listed_origins_are_compared_as_values_too() {
    let settings = CookieSettings::new().origin("https://www.example:443").allow_origin("https://[2001:DB8::1]:8443");
    let app = app(settings).await;
    for (origin, fine) in [
        ("https://www.example", true),
        ("https://www.example:443", true),
        ("https://WWW.example", true),
        ("https://[2001:db8:0:0::1]:8443", true),
        ("https://[2001:db8::1]", false),
        ("http://www.example", false),
        ("http://www.example:443", false),
        ("https://www.example:80", false),
        ("https://www.example.", false),
        ("https://app.example", false),
    ] {
        assert_eq!(passes(&app, "app.example", origin).await, fine, "{origin}");
    }
}

async fn problem(setting: impl FnOnce(auth::AuthBuilder<User>) -> auth::AuthBuilder<User>) -> String {
    let db = Database::with(auth_tests::users::SCHEMA).await;
    let builder = Auth::<User>::builder(db.pool.clone()).secret(Secret::new(SECRET).unwrap());
    setting(builder).build().await.map_or_else(|error| error.to_string(), |_| String::new())
}

#[tokio::test]
async fn b15_impossible_origin_stops_the_start() {
    for wrong in [
        "https://*.app.example",
        "https://*",
        "https://app.example:0",
        "https://app.example:65536",
        "https://app.example:+443",
        "https://app.example:x",
        "https://app..example",
        "https://.app.example",
        "https://app.example..",
        "https://app%2eexample",
        "https://app.example%",
        "https://app example",
        "https://fußball.example",
        "https://1.2.3",
        "https://1.2.3.400",
        "https://0x7f.1",
        "https://127.1",
        "https://[::1",
        "https://::1",
        "https://[::1%25eth0]",
        "https://[1.2.3.4]",
        "https:///app.example",
        "https:app.example",
        "https://app.example\\",
        "wss://app.example",
        "chrome-extension://abcdef",
        "http://app.example",
        "http://localhost:5173",
        &format!("https://{}.example", "a".repeat(64)),
        &format!("https://{}example", "a.".repeat(130)),
    ] {
        for settings in [CookieSettings::new().origin(wrong), CookieSettings::new().allow_origin(wrong)] {
            let text = problem(|builder| builder.cookies(settings)).await;
            assert!(text.contains(&format!("`{wrong}`")), "{wrong}: {text}");
        }
    }
    let plain = problem(|builder| builder.cookies(CookieSettings::new().origin("http://localhost:5173"))).await;
    assert!(plain.contains("insecure_for_localhost"), "{plain}");
    for (good, local) in [
        ("https://app.example:443", false),
        ("https://APP.example", false),
        ("https://app.example.", false),
        ("https://xn--fuball-cta.example", false),
        ("https://under_score.example", false),
        ("https://192.0.2.1:8443", false),
        ("https://[2001:db8::1]", false),
        ("http://localhost:5173", true),
        ("http://tenant.localhost", true),
        ("http://127.0.0.1", true),
        ("http://[::1]:3000", true),
    ] {
        let settings = CookieSettings::new().allow_origin(good);
        let settings = if local { settings.insecure_for_localhost() } else { settings };
        assert_eq!(problem(|builder| builder.cookies(settings)).await, "", "{good}");
    }
    let away = CookieSettings::new().insecure_for_localhost().origin("http://app.example");
    assert!(problem(|builder| builder.cookies(away)).await.contains("`http://app.example`"));
}

#[tokio::test]
async fn b15_a_network_that_holds_no_peer_stops_the_start() {
    for wrong in [
        "10.0.0.1/8",
        "2001:db8::1/48",
        "::ffff:10.0.0.1/104",
        "10.0.0.0/33",
        "10.0.0.0/+8",
        "10.0.0.0/",
        "/8",
        "10.0.0/8",
        "0.0.0.0",
        "::",
        "224.0.0.0/4",
        "ff00::/8",
        "255.255.255.255",
        "fe80::1%eth0",
        "[::1]",
        "10.0.0.1:80",
        "*",
        "proxy.example",
        "",
    ] {
        let proxies = TrustedProxies::networks([wrong]);
        let text = problem(|builder| builder.trusted_proxies(proxies)).await;
        assert!(text.contains(&format!("`{wrong}`")), "{wrong}: {text}");
    }
    for nobody in [TrustedProxies::count(0), TrustedProxies::networks([""; 0])] {
        let text = problem(|builder| builder.trusted_proxies(nobody)).await;
        assert!(text.contains("leave `trusted_proxies` out"), "{text}");
    }
    let told = problem(|builder| builder.trusted_proxies(TrustedProxies::networks(["10.1.2.3/8"]))).await;
    assert!(told.contains("`10.0.0.0/8`"), "{told}");
    for good in ["10.0.0.0/8", "192.0.2.7", "2001:db8::/48", "::ffff:10.0.0.0/104", "0.0.0.0/0", "::/0", " 10.0.0.0/8 "]
    {
        assert_eq!(problem(|builder| builder.trusted_proxies(TrustedProxies::networks([good]))).await, "", "{good}");
    }
}

/// A network written as mapped addresses holds the IPv4 addresses in it, however the server sees them.
#[tokio::test]
async fn networks_hold_mapped_addresses_as_what_they_are() {
    for network in ["::ffff:10.0.0.0/104", "10.0.0.0/8"] {
        let app = App::with(|builder| builder.trusted_proxies(TrustedProxies::networks([network]))).await;
        let body = json!({ "email": "ada@example.org", "password": PASSWORD, "display_name": "Ada" });
        for (number, peer) in ["10.1.2.3", "::ffff:10.1.2.3"].into_iter().enumerate() {
            let mut body = body.clone();
            body["email"] = json!(format!("user{number}@example.org"));
            let call = Call::post("/auth/register").coming_from(peer).header("x-forwarded-for", "203.0.113.7");
            app.send(call.json(&body)).await.is(201);
            let id = app.id(&format!("user{number}@example.org")).await;
            assert_eq!(app.auth.sessions(&id).await.unwrap()[0].ip.unwrap().to_string(), "203.0.113.7", "{peer}");
        }
    }
}
