//! What several targets need.

use std::time::Duration;

use auth::{AuthPermission, AuthRole, AuthUser, PasswordHash, Permissions, Roles};
use axum::http::HeaderValue;
use axum::http::header::HeaderName;
use axum::http::request::Parts;
use rustix::time::{ClockId, clock_gettime};

#[derive(Clone, Debug, PartialEq, AuthRole)]
pub enum Role {
    Member,
    #[role(includes(Member))]
    Admin,
}

#[derive(Clone, Debug, PartialEq, AuthPermission)]
#[permission(rename_all = "kebab-case")]
pub enum May {
    Read,
    #[permission(name = "posts:write")]
    Write,
}

/// A user with a field of every kind.
#[derive(Clone, Debug, AuthUser)]
#[auth(table = "users")]
pub struct User {
    #[auth(id)]
    pub id: i64,
    #[auth(login)]
    pub email: String,
    #[auth(login(exact))]
    pub badge: Option<String>,
    #[auth(password_hash)]
    pub password_hash: PasswordHash,
    #[auth(active)]
    pub is_active: bool,
    #[auth(verified)]
    pub is_verified: bool,
    #[auth(roles)]
    pub roles: Roles<Role>,
    #[auth(permissions(scope))]
    pub may: Permissions<May>,
    #[auth(created)]
    pub created_at: i64,
    #[auth(register, claim)]
    pub display_name: String,
    #[auth(register)]
    pub age: Option<u8>,
    #[auth(register)]
    pub tags: Option<Vec<String>>,
}

/// Returns the parts of a request. Each line of the input is a header: a letter for its name, and the value. `None` if
/// no server would have read such a request.
pub fn request(input: &[u8], names: &[(u8, &'static str)]) -> Option<Parts> {
    let (mut parts, ()) = axum::http::Request::new(()).into_parts();
    for line in input.split(|byte| *byte == b'\n').take(32) {
        let Some((letter, value)) = line.split_first() else { continue };
        let (_, name) = names.iter().find(|(known, _)| known == letter)?;
        let value = HeaderValue::from_bytes(value.trim_ascii()).ok()?;
        parts.headers.append(HeaderName::from_static(name), value);
    }
    Some(parts)
}

/// The secret of every target.
pub const SECRET: &str = "t6m3Q1x9Zb0Vw8KpLr5NcYfHsUjDgEaO";

/// What reading something that is not folded may cost: so much at any length, and so much for each byte that was sent.
/// Fifty times what it usually takes in this build, because the machine may be busy.
pub fn budget(text: &str) -> Duration {
    Duration::from_millis(5) + Duration::from_micros(5) * u32::try_from(text.len()).unwrap_or(u32::MAX)
}

/// Panics if all of three tries take more time of this thread.
pub fn within_budget<T>(budget: Duration, mut what: impl FnMut() -> T) {
    let mut took = Duration::MAX;
    for _ in 0..3 {
        let begun = cpu_time();
        let _ = std::hint::black_box(what());
        took = took.min(cpu_time().saturating_sub(begun));
        if took <= budget {
            return;
        }
    }
    panic!("{took:?}, which is more than {budget:?}");
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// What is left of a typed code without the characters that group it.
pub fn ungrouped(typed: &str) -> String {
    typed.replace([' ', '-', '\u{a0}'], "")
}

/// Puts the characters of `codes` in place of the letters from `first` on: a fuzzer does not guess codes.
pub fn filled_in(text: &str, first: char, codes: &[String]) -> String {
    let codes: Vec<char> = codes.iter().flat_map(|code| code.chars()).collect();
    let place = |letter: char| usize::try_from(u32::from(letter).checked_sub(u32::from(first))?).ok();
    text.chars().map(|letter| place(letter).and_then(|place| codes.get(place)).copied().unwrap_or(letter)).collect()
}
