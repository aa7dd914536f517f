//! Attempts, waits, locks and what is forgiven.

use proptest::prelude::*;

use super::*;

const DELAYS: Delays = Delays {
    from: 5,
    within: Duration::from_mins(15),
    first: Duration::from_secs(1),
    ceiling: Duration::from_hours(1),
};
const CLIENT: AttemptRules = AttemptRules { delays: Some(DELAYS), most: 100, lock: None, in_session: false };
const ONE_DAY: Duration = Duration::from_hours(24);
const ACCOUNT: AttemptRules = AttemptRules { delays: None, lock: Some(Lock::Every(ONE_DAY)), ..CLIENT };

fn at(secs: u64) -> Timestamp {
    Timestamp::from_secs(secs)
}

#[test]
fn login_05_backoff_doubles_from_fifth_failure_to_an_hour() {
    let (mut failures, mut now, mut waits) = (FailureCounter::default(), at(1_000_000), Vec::new());
    for _ in 0..20 {
        match failures.attempt(&CLIENT, now) {
            (Some(next), AttemptOutcome::Admitted { known: false, last: false, .. }) => failures = next,
            other => panic!("{other:?}"),
        }
        let (_, outcome) = failures.attempt(&CLIENT, now);
        if let AttemptOutcome::Refused { retry_after, .. } = outcome {
            waits.push(retry_after.as_secs());
            now = now + retry_after;
        }
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600, 3600]);
}

#[test]
fn login_09_backoff_grows_with_failures_and_resets_when_quiet() {
    let mut failures = FailureCounter::default();
    for _ in 0..5 {
        failures = failures.attempt(&CLIENT, at(1_000)).0.unwrap();
    }
    failures = failures.attempt(&CLIENT, at(1_001)).0.unwrap();
    assert!(matches!(failures.attempt(&CLIENT, at(1_002)).1, AttemptOutcome::Refused { .. }));
    failures = failures.attempt(&CLIENT, at(1_003 + 15 * 60)).0.unwrap();
    assert_eq!((failures.series, failures.run), (1, 7));
}

/// A hundred failures, this many seconds apart.
fn a_hundred_failures(rules: &AttemptRules, apart: u64) -> (FailureCounter, Timestamp) {
    let mut failures = FailureCounter::default();
    for number in 1..=100 {
        let (next, outcome) = failures.attempt(rules, at(number * apart));
        assert_eq!(outcome, AttemptOutcome::Admitted { known: false, last: number == 100, owner: 0 });
        failures = next.unwrap();
    }
    (failures, at(100 * apart))
}

#[test]
fn login_06_hundred_failures_in_a_row_leave_one_daily_attempt() {
    let (mut failures, mut now) = a_hundred_failures(&ACCOUNT, 15);
    for _ in 0..5 {
        let later = now + Duration::from_hours(1);
        let retry_after = Duration::from_hours(23);
        assert_eq!(failures.attempt(&ACCOUNT, later), (None, AttemptOutcome::Refused { retry_after, locked: true }));
        now = now + ONE_DAY;
        let (next, outcome) = failures.attempt(&ACCOUNT, now);
        assert_eq!(outcome, AttemptOutcome::Admitted { known: false, last: true, owner: 0 });
        failures = next.unwrap();
        // Reverting an attempt takes nobody else's.
        assert!(matches!(failures.undone(&ACCOUNT).attempt(&ACCOUNT, now).1, AttemptOutcome::Admitted { .. }));
        assert!(failures.keep_until >= (now + ONE_DAY * 98).as_millis());
    }
}

#[test]
fn login_06_lock_can_be_permanent_at_the_hundredth_failure() {
    let rules = AttemptRules { lock: Some(Lock::UntilReset { retry_after: DELAYS.ceiling }), ..ACCOUNT };
    let (failures, now) = a_hundred_failures(&rules, 86_000);
    let refused = AttemptOutcome::Refused { retry_after: DELAYS.ceiling, locked: true };
    assert_eq!(failures.attempt(&rules, now + ONE_DAY * 365), (None, refused));
    assert!(failures.keep_until > at(9 * 365 * 86_400).as_millis());
}

#[test]
fn login_16_an_attempt_that_was_not_made_leaves_nothing_behind() {
    for rules in [CLIENT, ACCOUNT] {
        let failures = FailureCounter::default().attempt(&rules, at(1_000)).0.unwrap().undone(&rules);
        assert!(failures.keep_until <= at(1_000).as_millis(), "{rules:?}");
    }
}

#[test]
fn known_client_is_forgotten_at_the_failure_limit() {
    let mut failures = FailureCounter::default().succeeded(Some((Duration::from_hours(24 * 90), 7)), at(1));
    let mut now = at(1);
    for number in 1..=101 {
        let (next, outcome) = failures.attempt(&CLIENT, now);
        assert_eq!(outcome, AttemptOutcome::Admitted { known: number <= 100, last: false, owner: 7 }, "{number}");
        failures = next.unwrap();
        now = now + Duration::from_mins(15);
        if let (_, AttemptOutcome::Refused { retry_after, .. }) = failures.attempt(&CLIENT, now) {
            now = now + retry_after;
        }
    }
}

#[test]
fn client_is_known_until_its_expiry_and_no_longer() {
    let failures = FailureCounter::default().succeeded(Some((ONE_DAY, 7)), at(1));
    for (secs, expected) in [(86_400, true), (86_401, false)] {
        let (_, outcome) = failures.attempt(&CLIENT, at(secs));
        assert_eq!(outcome, AttemptOutcome::Admitted { known: expected, last: false, owner: 7 }, "{secs}");
    }
}

#[test]
fn login_16_one_failure_is_remembered_for_as_long_as_needed() {
    let kept_for = |rules: &AttemptRules| {
        let failures = FailureCounter::default().attempt(rules, at(1_000)).0.unwrap();
        Duration::from_millis(failures.keep_until - at(1_000).as_millis())
    };
    let for_good = AttemptRules { lock: Some(Lock::UntilReset { retry_after: DELAYS.ceiling }), ..ACCOUNT };
    assert_eq!(kept_for(&CLIENT), DELAYS.within);
    assert_eq!(kept_for(&AttemptRules { in_session: true, ..CLIENT }), ONE_DAY);
    assert_eq!((kept_for(&ACCOUNT), kept_for(&for_good)), (ONE_DAY, ONE_DAY));
}

#[test]
fn m4_forgiving_no_failures_does_not_use_the_month() {
    let mut failures = FailureCounter::default().attempt(&ACCOUNT, at(0)).0.unwrap().forgiven(&ACCOUNT, at(86_400));
    for _ in 0..99 {
        failures = failures.attempt(&ACCOUNT, at(86_500)).0.unwrap();
    }
    assert_eq!((failures.run, failures.forgiven(&ACCOUNT, at(86_600)).run), (99, 29));
}

#[test]
fn m4_failures_are_forgiven_monthly_and_decay_daily() {
    let mut failures = FailureCounter::default();
    for _ in 0..99 {
        failures = failures.attempt(&ACCOUNT, at(0)).0.unwrap();
    }
    let day = |days: u64| at(days * 86_400);
    let once = failures.forgiven(&ACCOUNT, at(60));
    assert_eq!((once.run, once.forgiven(&ACCOUNT, at(61)).run), (29, 29));
    assert_eq!(once.forgiven(&ACCOUNT, day(10)).run, 19);
    assert_eq!(once.forgiven(&ACCOUNT, day(29)).run, 0);
    assert!(once.forgiven(&ACCOUNT, day(29)).keep_until >= day(30).as_millis(), "it is remembered");
    // The same for whoever comes from nowhere near.
    assert_eq!(failures.forgiven(&ACCOUNT, day(40)).run, 0);
    assert_eq!(failures.attempt(&ACCOUNT, day(40)).0.unwrap().run, 60);
    // A lock is for strangers, and lasts until its time has passed.
    let locked = failures.attempt(&ACCOUNT, at(1)).0.unwrap();
    assert_eq!(locked.forgiven(&ACCOUNT, at(60)).run, 100);
    assert!(matches!(locked.forgiven(&ACCOUNT, at(60)).attempt(&ACCOUNT, at(61)).1, AttemptOutcome::Refused { .. }));
    let for_good = AttemptRules { lock: Some(Lock::UntilReset { retry_after: DELAYS.ceiling }), ..ACCOUNT };
    assert_eq!(failures.forgiven(&for_good, at(60)).run, 29);
    let locked = failures.attempt(&for_good, at(1)).0.unwrap();
    assert_eq!(locked.forgiven(&for_good, day(365)).run, 100);
}

#[test]
fn m4_counters_of_the_release_before_are_read() {
    let old = FailureCounter::try_from(vec![0, 99, 86_400_000, 0, 0, 99 * DAY]).unwrap();
    assert_eq!((old.run, old.owner, Vec::from(old).len()), (99, 0, 6));
    let known = FailureCounter::try_from(vec![0, 0, 0, 0, 90 * DAY, 90 * DAY]).unwrap();
    assert!(matches!(known.attempt(&CLIENT, at(1)).1, AttemptOutcome::Admitted { known: true, owner: 0, .. }));
    assert!(FailureCounter::try_from(vec![1, 2, 3]).is_err());
    let owned = known.succeeded(Some((ONE_DAY, 5)), at(1));
    assert_eq!(FailureCounter::try_from(Vec::from(owned)).unwrap(), owned);
}

proptest! {
    #[test]
    fn what_is_undone_leaves_no_wait_and_no_count(attempts in 0_u32..30) {
        let mut failures = FailureCounter::default();
        let mut now = at(1_000_000);
        for _ in 0..attempts {
            if let (_, AttemptOutcome::Refused { retry_after, .. }) = failures.attempt(&CLIENT, now) {
                now = now + retry_after;
            }
            failures = failures.attempt(&CLIENT, now).0.unwrap();
        }
        now = now + Duration::from_hours(1);
        let after = failures.attempt(&CLIENT, now).0.unwrap().undone(&CLIENT);
        prop_assert_eq!(after.run, failures.run);
        let admitted = matches!(after.attempt(&CLIENT, now + DELAYS.ceiling).1, AttemptOutcome::Admitted { .. });
        prop_assert!(admitted);
    }

    #[test]
    fn concurrent_attempts_are_bounded_by_those_before_backoff(together in 1_usize..500) {
        let (mut failures, mut admitted) = (FailureCounter::default(), 0);
        for _ in 0..together {
            if let (Some(next), AttemptOutcome::Admitted { .. }) = failures.attempt(&CLIENT, at(5)) {
                failures = next;
                admitted += 1;
            }
        }
        prop_assert_eq!(admitted, together.min(5));
    }
}

#[test]
fn lifted_limits_forget_failures_before_and_no_later_ones() {
    let mut failures = FailureCounter::default().succeeded(Some((ONE_DAY, 7)), at(900));
    for _ in 0..5 {
        failures = failures.attempt(&CLIENT, at(1_000)).0.unwrap();
    }
    assert!(matches!(failures.attempt(&CLIENT, at(1_000)).1, AttemptOutcome::Refused { .. }));
    let lifted = FailureCounter::lift(ONE_DAY, at(1_000)).lifted_at();
    let admitted = failures.lifted(lifted).attempt(&CLIENT, at(1_000));
    assert!(matches!(admitted, (Some(_), AttemptOutcome::Admitted { known: true, owner: 7, .. })), "{admitted:?}");
    assert_eq!(failures.lifted(at(999)), failures, "it failed again since");
}
