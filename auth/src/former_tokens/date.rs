//! The day on which the switch is over, as a person writes it.

use std::time::Duration;

use crate::base::clock::Timestamp;

/// The longest time for which former tokens are accepted. Whoever got at the former secret could make some for as long.
const LONGEST: Duration = Duration::from_hours(400 * 24);

/// Reads a date such as `2027-03-01`, which is over at its beginning in UTC.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let is_date = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let time = is_date.then(|| humantime::parse_rfc3339(&format!("{text}T00:00:00Z")).ok())??;
    Some(time.into())
}

/// Whether that is too far ahead.
pub(super) fn is_too_far(until: Timestamp, now: Timestamp) -> bool {
    until > now + LONGEST
}

#[cfg(test)]
mod tests {
    use super::{is_too_far, read};
    use crate::base::clock::Timestamp;

    #[test]
    fn only_a_whole_date_is_a_date() {
        assert_eq!(read("2027-03-01"), Some(Timestamp::from_secs(1_803_859_200)));
        for bad in
            ["", "2027-3-1", "2027-13-01", "2027-02-30", "01.03.2027", "2027-03-01T00:00:00Z", "2027-03-01 ", "today"]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
        let now = Timestamp::from_secs(1_803_859_200);
        assert!(!is_too_far(now, now) && !is_too_far(read("2028-04-04").unwrap(), now));
        assert!(is_too_far(read("2028-04-06").unwrap(), now));
    }
}
