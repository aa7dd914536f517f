//! Signing keys as they come: in PEM, from variables and files.

use auth::keys::{SigningKey, SigningKeyError};
use auth::{Auth, Secret};
use auth_tests::Database;
use auth_tests::users::SCHEMA;

pub(crate) const P256: &str = include_str!("keys/p256.pem");
pub(crate) const ED25519: &str = include_str!("keys/ed25519.pem");
pub(crate) const RSA: &str = include_str!("keys/rsa2048.pem");

fn error(pem: &str) -> SigningKeyError {
    let error = SigningKey::from_pem(pem).unwrap_err();
    let text = error.to_string();
    let body = pem.lines().nth(1).unwrap_or("none");
    assert!(body.len() < 16 || !text.contains(body), "the key is not repeated: {text}");
    assert_eq!(format!("{error:?}"), text, "what `main` prints");
    error
}

#[test]
fn jwt_03_the_key_itself_says_its_algorithm() {
    for (pem, algorithm) in [(P256, "ES256"), (ED25519, "EdDSA"), (RSA, "RS256")] {
        let key = SigningKey::from_pem(pem).unwrap();
        assert_eq!((key.algorithm(), key.id().len()), (algorithm, 43));
        assert_eq!(format!("{key:?}"), format!("SigningKey({algorithm} {})", key.id()));
        // The same key, however its lines end.
        for other in [pem.replace('\n', "\r\n"), pem.trim().replace('\n', "\\n"), format!("\n{pem}\n")] {
            assert_eq!(SigningKey::from_pem(&other).unwrap().id(), key.id(), "{other:?}");
        }
    }
}

#[test]
fn key_04_other_curves_and_forms_are_refused() {
    let mends = |pem: &str, command: &str| {
        let text = error(pem).to_string();
        assert!(text.contains(command), "{text}");
    };
    mends(include_str!("keys/p384.pem"), "an elliptic curve other than P-256");
    mends(include_str!("keys/x25519.pem"), "openssl genpkey -algorithm EC");
    mends(include_str!("keys/sec1.pem"), "openssl pkcs8 -topk8 -nocrypt");
    mends(include_str!("keys/pkcs1.pem"), "openssl pkcs8 -topk8 -nocrypt");
    mends(include_str!("keys/encrypted.pem"), "openssl pkcs8 -in encrypted.pem");
    mends(include_str!("keys/public.pem"), "`PUBLIC KEY`");
    for none in
        ["", "secret", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
    {
        assert!(matches!(error(none), SigningKeyError::NotPem { .. } | SigningKeyError::Broken { .. }), "{none}");
    }
}

/// A key whose public half is that of another key would sign what nobody can verify.
#[test]
fn key_04_a_key_whose_halves_differ_is_refused() {
    let der = pem_body(P256);
    // The last 65 bytes are the public point.
    for at in [40, der.len() - 1, der.len() - 40] {
        let mut other = der.clone();
        other[at] ^= 1;
        let result = SigningKey::from_pem(&to_pem(&other));
        assert!(matches!(result, Err(SigningKeyError::Broken { .. })), "byte {at}: {result:?}");
    }
    for length in [0, 1, 20, der.len() - 1] {
        assert!(SigningKey::from_pem(&to_pem(&der[..length])).is_err(), "{length} bytes");
    }
}

#[test]
fn key_03_rsa_keys_of_other_sizes_are_refused() {
    for (pem, bits) in
        [(include_str!("keys/rsa1024.pem"), "1024 bits"), (include_str!("keys/rsa2050.pem"), "2050 bits")]
    {
        let text = error(pem).to_string();
        assert!(text.contains(bits), "{text}");
    }
}

#[test]
fn a_key_file_is_made_once_and_read_again() {
    let directory = std::env::temp_dir().join(format!("auth-signing-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join("signing.pem");
    let read = || SigningKey::es256_env_or_file("AUTH_TEST_NO_SUCH_VARIABLE", &path);
    let ids: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(|| read().unwrap().id().to_owned())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "all use the one that was made first: {ids:?}");
    assert_eq!(SigningKey::file(&path).unwrap().id(), ids[0]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        mode(0o666);
        let text = read().unwrap_err().to_string();
        assert!(text.contains("not secure"), "{text}");
        mode(0o600);
    }
    std::fs::write(&path, "something else").unwrap();
    let text = read().unwrap_err().to_string();
    assert!(text.contains("signing.pem is not a key in PEM"), "{text}");
    let missing = SigningKey::file(directory.join("none.pem")).unwrap_err().to_string();
    assert!(missing.contains("could not be read"), "{missing}");
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn a_missing_variable_says_how_to_make_keys() {
    let text = SigningKey::env("AUTH_TEST_NO_SUCH_VARIABLE").unwrap_err().to_string();
    assert!(text.starts_with("AUTH_TEST_NO_SUCH_VARIABLE is not set") && text.contains("openssl genpkey"), "{text}");
}

#[tokio::test]
async fn mistakes_with_key_pairs_are_said_at_once() {
    let db = Database::with(SCHEMA).await;
    let refused = async |set: fn(auth::AuthBuilder<auth_tests::User>) -> auth::AuthBuilder<auth_tests::User>| {
        let builder = Auth::<auth_tests::User>::builder(db.pool.clone()).secret(Secret::generate().unwrap());
        set(builder).build().await.unwrap_err().to_string()
    };
    let key = || SigningKey::from_pem(P256).unwrap();
    let text = refused(|builder| {
        let key = || SigningKey::from_pem(P256).unwrap();
        builder.issuer("shop").signing_key(key()).next_key(key()).client_id(" ")
    })
    .await;
    for expected in
        ["`.issuer(\"https://shop.example.org\")`", "and not `shop`", "`.audience(", "listed twice", "`client_id`"]
    {
        assert!(text.contains(expected), "no `{expected}` in: {text}");
    }
    let text = refused(|builder| {
        let keys = (0..9).map(|_| SigningKey::generate().unwrap());
        keys.fold(builder.issuer("https://shop.example").audience("shop"), auth::AuthBuilder::former_key)
    })
    .await;
    assert!(text.contains("more than 8 key pairs"), "{text}");
    // A key may have names of its own.
    let named = key().issuer("https://shop.example").audience("shop");
    let builder = Auth::<auth_tests::User>::builder(db.pool.clone()).secret(Secret::generate().unwrap());
    builder.signing_key(named).build().await.unwrap();
}

fn pem_body(pem: &str) -> Vec<u8> {
    use base64::Engine;
    let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

fn to_pem(der: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}
