//! Settings and secrets from the environment. A test cannot change its own environment, so each case runs a small
//! program (`src/bin/environment.rs`).

use std::path::Path;
use std::process::Command;

use auth_tests::app::SECRET;
use auth_tests::database::path;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The output of the program when only these `JWT_` variables are set.
fn run(program: &[&str], variables: &[(&str, &str)]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_environment"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("JWT_")) {
        child.env_remove(name);
    }
    let output = child.args(program).envs(variables.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn key_file() -> String {
    path("key").display().to_string()
}

/// The result of `Secret::env_or_file`: the bytes in hex, or the error.
fn secret(file: &str, variables: &[(&str, &str)]) -> String {
    run(&["secret", file], variables)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn settings_come_from_the_environment() {
    let defaults = run(&["build"], &[("JWT_SECRET_KEY", &SECRET)]);
    assert_eq!(defaults, r#"900s 30d "User" "User""#);
    let all = [
        ("JWT_SECRET_KEY", &*SECRET),
        ("JWT_ACCESS_TTL", "5m"),
        ("JWT_REFRESH_TTL", "200d"),
        ("JWT_ISSUER", "https://id.example"),
        ("JWT_AUDIENCE", "shop"),
    ];
    assert_eq!(run(&["build"], &all), r#"300s 200d "https://id.example" "shop""#);
}

#[test]
fn everything_wrong_in_the_environment_is_said_at_once() {
    let wrong = [
        ("JWT_SECRET_KEY", "short"),
        ("JWT_ACCESS_TTL", "15"),
        ("JWT_REFRESH_TTL", "soon"),
        ("JWT_ISSUER", ""),
        ("JWT_ALGORITHM", "HS256"),
        ("JWT_SECERT_KEY", "x"),
    ];
    let text = run(&["build"], &wrong);
    for expected in [
        "JWT_SECRET_KEY has 5 bytes",
        "JWT_ACCESS_TTL: `15` is not a duration",
        "JWT_REFRESH_TTL: `soon` is not a duration",
        "issuer is empty",
        "JWT_ALGORITHM is set",
        "JWT_SECERT_KEY is set, but no setting has that name",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    assert_eq!(text.lines().count(), 7, "{text}");
    let long = run(&["build"], &[("JWT_SECRET_KEY", &SECRET), ("JWT_ACCESS_TTL", "2h")]);
    assert!(long.contains("over 60 minutes"), "{long}");
}

#[test]
fn missing_secret_error_contains_a_line_to_paste() {
    let text = run(&["build"], &[]);
    let line = text.split("Generate one: ").nth(1).unwrap().trim();
    // As a shell reads it: the secret itself is never in an error, because errors of a start end up in logs.
    let pasted = || {
        let shell =
            Command::new("sh").args(["-c", &format!("{line}; printf %s \"$JWT_SECRET_KEY\"")]).output().unwrap();
        String::from_utf8(shell.stdout).unwrap()
    };
    let value = pasted();
    assert_eq!(
        run(&["build"], &[("JWT_SECRET_KEY", &value)]),
        r#"900s 30d "User" "User""#,
        "the line works as printed"
    );
    assert_ne!(pasted(), value, "and is another secret each time");
    assert_eq!(text.matches("JWT_SECRET_KEY is not set").count(), 1, "{text}");
}

#[test]
fn key_01_variable_is_the_secret_and_prefixes_are_decoded() {
    let file = key_file();
    assert_eq!(secret(&file, &[("JWT_SECRET_KEY", &SECRET)]), hex(SECRET.as_bytes()));
    let spaced = format!(" {SECRET}\n");
    assert_eq!(secret(&file, &[("JWT_SECRET_KEY", &spaced)]), hex(spaced.as_bytes()), "as it is");
    let bytes = SECRET.as_bytes();
    let padded = STANDARD.encode(bytes);
    for text in [
        format!("base64:{padded}"),
        format!("base64:{}", padded.trim_end_matches('=')),
        format!("base64:{padded}\n"),
        format!("hex:{}", hex(bytes)),
    ] {
        assert_eq!(secret(&file, &[("JWT_SECRET_KEY", &text)]), hex(bytes), "{text}");
    }
    assert!(!Path::new(&file).exists());
}

#[test]
fn key_01_bad_variable_is_an_error_without_file_fallback() {
    let file = key_file();
    let repeated = "a".repeat(64);
    for (text, why) in [
        ("", "has 0 bytes"),
        ("short", "has 5 bytes"),
        (&SECRET[1..], "has 31 bytes"),
        (&*repeated, "is guessable"),
        ("changeme-changeme-changeme-1234567890", "is guessable"),
        ("base64:!!!!", "not valid base64:"),
        ("hex:xyz", "not valid hex:"),
        ("base64:c2hvcnQ=", "has 5 bytes"),
        ("hex:", "has 0 bytes"),
    ] {
        let error = secret(&file, &[("JWT_SECRET_KEY", text)]);
        assert!(error.contains("JWT_SECRET_KEY") && error.contains(why), "{text}: {error}");
        assert!(
            text.is_empty() || text.starts_with("hex") || !error.contains(text),
            "the secret is not in the message: {error}"
        );
        assert!(!Path::new(&file).exists(), "{text}");
    }
}

#[test]
fn key_01_first_start_creates_the_key_file() {
    let file = key_file();
    let first = secret(&file, &[]);
    assert_eq!(first.len(), 2 * 43, "32 random bytes as base64url text");
    assert_eq!(secret(&file, &[]), first);
    assert_ne!(secret(&key_file(), &[]), first);
    assert_eq!(secret(&file, &[("JWT_SECRET_KEY", &SECRET)]), hex(SECRET.as_bytes()), "the variable comes first");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    std::fs::remove_file(file).unwrap();
}

#[test]
fn key_01_damaged_key_file_is_an_error_and_unchanged() {
    let file = key_file();
    for damaged in ["", "short", "\n"] {
        std::fs::write(&file, damaged).unwrap();
        let error = secret(&file, &[]);
        assert!(error.contains("bytes, and a signing secret needs at least 32"), "{error}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), damaged);
    }
    std::fs::write(&file, [0xff; 40]).unwrap();
    let error = secret(&file, &[]);
    assert!(error.contains("it is not text"), "{error}");
    std::fs::write(&file, format!("{SECRET}\r\n")).unwrap();
    assert_eq!(secret(&file, &[]), hex(SECRET.as_bytes()), "an editor's line end is no part of it");
    std::fs::remove_file(&file).unwrap();
    let nowhere = secret("/no/such/directory/auth.key", &[]);
    assert!(nowhere.contains("could not be created"), "{nowhere}");
}

#[test]
fn key_01_a_file_too_long_is_refused_and_never_cut() {
    let file = key_file();
    let numbers = (1_u64..).map(|number| format!("{:x}", number.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
    let mut longest: String = numbers.take(8 * 1024).collect();
    longest.truncate(64 * 1024);
    std::fs::write(&file, &longest).unwrap();
    assert!(secret(&file, &[]) == hex(longest.as_bytes()), "the whole file");
    for more in ["\n", "x", "é"] {
        std::fs::write(&file, format!("{longest}{more}")).unwrap();
        let error = secret(&file, &[]);
        assert!(error.contains("it has more than 64 KiB"), "{more:?}: {}", &error[..200.min(error.len())]);
    }
    std::fs::remove_file(&file).unwrap();
}

#[cfg(unix)]
#[test]
fn l11_key_file_writable_by_others_is_refused() {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    let file = key_file();
    let mode = |path: &str, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    fs::write(&file, &*SECRET).unwrap();
    for (bits, fine) in [(0o600, true), (0o400, true), (0o644, true), (0o664, true), (0o666, false), (0o602, false)] {
        mode(&file, bits);
        let read = secret(&file, &[]);
        assert_eq!(read == hex(SECRET.as_bytes()), fine, "{bits:o}: {read}");
        assert!(
            fine || read.contains("every user can write to it: make sure that it is still yours, then `chmod 600"),
            "{read}"
        );
    }
    mode(&file, 0o600);
    let directory = path("keys").display().to_string();
    fs::create_dir(&directory).unwrap();
    let link = format!("{directory}/auth.key");
    symlink(&file, &link).unwrap();
    assert_eq!(secret(&link, &[]), hex(SECRET.as_bytes()), "Kubernetes mounts links");
    mode(&directory, 0o777);
    assert!(secret(&link, &[]).contains("every user can replace files"), "the link");
    assert!(secret(&format!("{directory}/new.key"), &[]).contains("every user can replace files"));
    assert!(!Path::new(&format!("{directory}/new.key")).exists(), "none is made there");
    mode(&directory, 0o755);
    mode(&file, 0o666);
    assert!(secret(&link, &[]).contains("every user can write to it"), "what the link leads to");
    assert!(secret(&directory, &[]).contains("not a regular file"));
    fs::remove_dir_all(&directory).unwrap();
    fs::remove_file(&file).unwrap();
}

#[test]
fn key_01_starts_at_once_share_one_whole_key_file() {
    for _ in 0..20 {
        let file = key_file();
        let start = std::sync::Barrier::new(16);
        let read = || {
            start.wait();
            auth::Secret::env_or_file("AUTH_NO_SUCH_VARIABLE", &file).map(|secret| hex(secret.expose()))
        };
        let read = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(read)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        let first = read[0].as_ref().unwrap();
        assert!(read.iter().all(|read| read.as_ref().is_ok_and(|read| read == first)), "{read:?}");
        let directory = Path::new(&file).parent().unwrap();
        let name = Path::new(&file).file_name().unwrap().to_string_lossy().into_owned();
        let left = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
        let left: Vec<_> = left.filter(|entry| entry.to_string_lossy().contains(&name)).collect();
        assert_eq!(left, [name.as_str()], "nothing else is left");
        std::fs::remove_file(file).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn l11_key_file_below_world_writable_directory_is_refused() {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    let top = path("keys").display().to_string();
    let mode = |path: &str, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    let (deep, file) = (format!("{top}/a/b"), format!("{top}/a/b/auth.key"));
    fs::create_dir_all(&deep).unwrap();
    mode(&format!("{top}/a"), 0o777);
    let refused = secret(&file, &[]);
    assert!(refused.contains("every user can replace files in") && refused.contains("chmod o-w"), "{refused}");
    assert!(!Path::new(&file).exists(), "none is made there");
    // With the sticky bit, everybody replaces what is their own.
    mode(&format!("{top}/a"), 0o1777);
    let made = secret(&file, &[]);
    assert_eq!(made.len(), 2 * 43, "{made}");
    // Through a link in a good place, and through one on the way.
    symlink(&deep, format!("{top}/link")).unwrap();
    assert_eq!(secret(&format!("{top}/link/auth.key"), &[]), made);
    mode(&format!("{top}/a"), 0o777);
    assert!(secret(&format!("{top}/link/auth.key"), &[]).contains("every user can replace files in"));
    fs::remove_dir_all(&top).unwrap();
}

#[cfg(unix)]
#[test]
fn l11_key_file_of_another_user_is_refused() {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, lchown, symlink};

    let top = path("keys").display().to_string();
    fs::create_dir(&top).unwrap();
    fs::set_permissions(&top, Permissions::from_mode(0o1777)).unwrap();
    let (known, link, file) = (format!("{top}/known"), format!("{top}/auth.key"), format!("{top}/other.key"));
    fs::write(&known, &*SECRET).unwrap();
    symlink(&known, &link).unwrap();
    fs::write(&file, &*SECRET).unwrap();
    fs::create_dir(format!("{top}/keys")).unwrap();
    for planted in [&link, &file, &format!("{top}/keys")] {
        if lchown(planted, Some(65_533), None).is_err() {
            // Only root can give files away.
            fs::remove_dir_all(&top).unwrap();
            return;
        }
    }
    for planted in [&link, &file, &format!("{top}/keys/new.key")] {
        let refused = secret(planted, &[]);
        assert!(refused.contains("belongs to the user 65533") && refused.contains("everybody"), "{planted}: {refused}");
    }
    assert!(!Path::new(&format!("{top}/keys/new.key")).exists(), "none is made there");
    let nowhere = format!("{top}/nowhere.key");
    symlink(format!("{top}/missing/key"), &nowhere).unwrap();
    let refused = secret(&nowhere, &[]);
    assert!(refused.contains("a dangling symbolic link"), "{refused}");
    fs::remove_dir_all(&top).unwrap();
}
