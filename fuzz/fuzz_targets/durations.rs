//! Durations in environment variables.
#![no_main]

use auth::parse_duration;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match parse_duration(text) {
        Ok(duration) => {
            assert_eq!(parse_duration(&format!("{}s", duration.as_secs())), Ok(duration));
            let text = text.trim();
            let (number, unit) = text.split_at(text.len() - 1);
            let seconds = match unit {
                "s" => 1,
                "m" => 60,
                "h" => 3600,
                "d" => 86_400,
                "w" => 604_800,
                other => panic!("a unit called {other}"),
            };
            assert!(number.bytes().all(|byte| byte.is_ascii_digit()), "{text:?} is not a whole number and a unit");
            let number: u128 = number.parse().expect("digits");
            assert_eq!(u128::from(duration.as_secs()), number * seconds);
        }
        Err(error) => assert!(error.to_string().contains("`90s`")),
    }
});
