//! Settings and their bounds.

use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::base::error::other_errors;

/// The longest lifetime of an access token, unless the application explicitly allows more.
pub(crate) const LONGEST_ACCESS_TTL: Duration = Duration::from_hours(1);
const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

/// The settings for tokens and sessions, with their defaults.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) issuer: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) access_ttl: Duration,
    pub(crate) long_access_ttl: bool,
    pub(crate) refresh_idle: Duration,
    pub(crate) refresh_absolute: Duration,
    pub(crate) refresh_grace: Duration,
    pub(crate) leeway: Duration,
    pub(crate) check_table: bool,
    /// How often revocations by other processes are polled.
    pub(crate) feed_pace: Duration,
    pub(crate) store_timeout: Duration,
    pub(crate) user_cache: Duration,
    /// In bytes.
    pub(crate) token_cache: usize,
    pub(crate) sessions_per_user: usize,
    /// Until when tokens of the former auth are accepted. The epoch if they are not.
    pub(crate) former_until: Timestamp,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            issuer: None,
            audience: None,
            access_ttl: 15 * MINUTE,
            long_access_ttl: false,
            refresh_idle: 30 * DAY,
            refresh_absolute: 90 * DAY,
            refresh_grace: Duration::from_secs(10),
            leeway: Duration::from_secs(5),
            check_table: true,
            feed_pace: Duration::from_millis(500),
            store_timeout: Duration::from_millis(1500),
            user_cache: Duration::ZERO,
            token_cache: 8 << 20,
            sessions_per_user: 20,
            former_until: Timestamp::default(),
        }
    }
}

impl Settings {
    /// Lists the settings that are out of bounds.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut require = |fine: bool, text: &str| {
            if !fine {
                problems.push(text.to_owned());
            }
        };
        require(
            self.access_ttl >= Duration::from_secs(1),
            "the access-token lifetime is under a second; 15 minutes (`15m`) is usual",
        );
        require(
            self.long_access_ttl || self.access_ttl <= LONGEST_ACCESS_TTL,
            "the access-token lifetime is over 60 minutes (RFC 6750 §5.3 advises an hour at most): shorten it, or call `allow_long_access_tokens()`",
        );
        require(
            self.refresh_idle >= self.access_ttl,
            "the refresh-token lifetime is shorter than the access-token lifetime",
        );
        require(
            self.refresh_absolute >= self.refresh_idle,
            "the absolute session limit is shorter than the refresh-token lifetime: raise `session_max_lifetime` or lower `session_idle_timeout`",
        );
        require(self.refresh_absolute <= 366 * DAY, "the absolute session limit is over a year");
        require(self.refresh_grace <= MINUTE, "the grace window after a refresh is over 60 seconds");
        require(
            self.feed_pace <= Duration::from_secs(1),
            "the revocation feed is slower than a second: a logout would take as long to reach other processes",
        );
        require(
            (Duration::from_millis(10)..=MINUTE).contains(&self.store_timeout),
            "`store_timeout` is not between 10 ms and a minute",
        );
        require(self.sessions_per_user > 0, "`sessions_per_user` is zero: nobody could sign in");
        require(
            self.user_cache <= MINUTE,
            "`user_cache` keeps rows for over a minute: what other programs write into the table would go unnoticed for as long",
        );
        require(self.leeway <= MINUTE, "the clock leeway is over 60 seconds; set the clocks instead");
        for (name, value) in [("issuer", &self.issuer), ("audience", &self.audience)] {
            require(
                value.as_ref().is_none_or(|text| !text.trim().is_empty()),
                &format!("the {name} is empty: leave it out or name it"),
            );
        }
        problems
    }
}

/// A text that is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a duration: write a whole number and a unit, as in `90s`, `15m`, `12h`, `7d`")]
pub struct ParseDurationError {
    text: String,
}

other_errors!(ParseDurationError);

/// Parses `90s`, `15m`, `12h`, `7d` or `2w`: a whole number and a unit.
///
/// # Errors
/// [`ParseDurationError`], which says what the right form is.
///
/// ```
/// # use std::time::Duration;
/// assert_eq!(auth::parse_duration("15m"), Ok(Duration::from_secs(900)));
/// assert!(auth::parse_duration("15").is_err());
/// ```
pub fn parse_duration(text: &str) -> Result<Duration, ParseDurationError> {
    let wrong = || ParseDurationError { text: text.to_owned() };
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    // `parse` alone would accept a sign.
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = digits.parse().ok().filter(|_| plain).ok_or_else(wrong)?;
    let unit = match text.get(digits.len()..) {
        Some("s") => 1,
        Some("m") => 60,
        Some("h") => 60 * 60,
        Some("d") => 24 * 60 * 60,
        Some("w") => 7 * 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    number.checked_mul(unit).map(Duration::from_secs).ok_or_else(wrong)
}

/// The environment variables that are read, and common names from other setups with the ones to use instead.
const KNOWN: [&str; 5] = ["JWT_SECRET_KEY", "JWT_ACCESS_TTL", "JWT_REFRESH_TTL", "JWT_ISSUER", "JWT_AUDIENCE"];
const FOREIGN: [(&str, &str); 5] = [
    ("JWT_REFRESH_SECRET_KEY", "refresh tokens are opaque here and need no key: remove it"),
    ("JWT_ALGORITHM", "the key decides the algorithm, never a setting: remove it"),
    ("JWT_ACCESS_TOKEN_EXPIRE_MINUTES", "write JWT_ACCESS_TTL=15m"),
    ("JWT_REFRESH_TOKEN_EXPIRE_DAYS", "write JWT_REFRESH_TTL=30d"),
    ("JWT_SECRET", "write JWT_SECRET_KEY"),
];

/// Takes `JWT_ACCESS_TTL`, `JWT_REFRESH_TTL`, `JWT_ISSUER` and `JWT_AUDIENCE` from `variables`. Any other `JWT_` name
/// is reported as a problem, because a silently ignored setting is a misconfiguration found only in production.
pub(crate) fn read_environment(
    settings: &mut Settings,
    variables: impl Iterator<Item = (String, String)>,
    problems: &mut Vec<String>,
) {
    for (name, value) in variables.filter(|(name, _)| name.starts_with("JWT_")) {
        let duration = |problems: &mut Vec<String>| {
            parse_duration(&value).map_err(|why| problems.push(format!("{name}: {why}"))).ok()
        };
        match name.as_str() {
            "JWT_ACCESS_TTL" => settings.access_ttl = duration(problems).unwrap_or(settings.access_ttl),
            "JWT_REFRESH_TTL" => {
                settings.refresh_idle = duration(problems).unwrap_or(settings.refresh_idle);
                settings.refresh_absolute = settings.refresh_absolute.max(settings.refresh_idle);
            }
            "JWT_ISSUER" => settings.issuer = Some(value),
            "JWT_AUDIENCE" => settings.audience = Some(value),
            "JWT_SECRET_KEY" => {}
            other => problems.push(unknown_variable(other)),
        }
    }
}

fn unknown_variable(name: &str) -> String {
    if let Some((_, advice)) = FOREIGN.iter().find(|(foreign, _)| *foreign == name) {
        return format!("{name} is set: {advice}");
    }
    format!("{name} is set, but no setting has that name. The settings are {}", KNOWN.join(", "))
}

#[cfg(test)]
mod tests {
    use super::parse_duration;

    #[test]
    fn a_duration_is_digits_and_a_unit_only() {
        for wrong in ["+5s", "-5s", "5", "s", "", "5 s", "5ms", "5S", "0x5s", "\u{ff15}s", "18446744073709551615w"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_duration(" 15m ").map(|time| time.as_secs()), Ok(900));
    }
}
