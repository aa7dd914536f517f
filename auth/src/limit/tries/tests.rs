//! Attempts, waits, locks and what is forgiven.

use proptest::prelude::*;

use super::*;

const DELAYS: Delays = Delays {
    from: 5,
    within: Duration::from_mins(15),
    first: Duration::from_secs(1),
    ceiling: Duration::from_hours(1),
};
const PAIR: TryRules = TryRules { delays: Some(DELAYS), most: 100, lock: None, in_session: false };
const ONE_DAY: Duration = Duration::from_hours(24);
const ACCOUNT: TryRules = TryRules { delays: None, lock: Some(Lock::Every(ONE_DAY)), ..PAIR };

fn at(secs: u64) -> Timestamp {
    Timestamp::from_secs(secs)
}

#[test]
fn login_05_backoff_doubles_from_fifth_failure_to_an_hour() {
    let (mut tries, mut now, mut waits) = (Tries::default(), at(1_000_000), Vec::new());
    for _ in 0..20 {
        match tries.attempt(&PAIR, now) {
            (Some(next), Tried::Admitted { known: false, last: false, .. }) => tries = next,
            other => panic!("{other:?}"),
        }
        let (_, tried) = tries.attempt(&PAIR, now);
        if let Tried::Refused { retry_after, .. } = tried {
            waits.push(retry_after.as_secs());
            now = now + retry_after;
        }
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600, 3600]);
}

#[test]
fn login_09_backoff_grows_with_failures_and_resets_when_quiet() {
    let mut tries = Tries::default();
    for _ in 0..5 {
        tries = tries.attempt(&PAIR, at(1_000)).0.unwrap();
    }
    tries = tries.attempt(&PAIR, at(1_001)).0.unwrap();
    assert!(matches!(tries.attempt(&PAIR, at(1_002)).1, Tried::Refused { .. }));
    tries = tries.attempt(&PAIR, at(1_003 + 15 * 60)).0.unwrap();
    assert_eq!((tries.series, tries.run), (1, 7));
}

/// A hundred failures, this many seconds apart.
fn a_hundred_failures(rules: &TryRules, apart: u64) -> (Tries, Timestamp) {
    let mut tries = Tries::default();
    for number in 1..=100 {
        let (next, tried) = tries.attempt(rules, at(number * apart));
        assert_eq!(tried, Tried::Admitted { known: false, last: number == 100, owner: 0 });
        tries = next.unwrap();
    }
    (tries, at(100 * apart))
}

#[test]
fn login_06_hundred_failures_in_a_row_leave_one_daily_attempt() {
    let (mut tries, mut now) = a_hundred_failures(&ACCOUNT, 15);
    for _ in 0..5 {
        let later = now + Duration::from_hours(1);
        let retry_after = Duration::from_hours(23);
        assert_eq!(tries.attempt(&ACCOUNT, later), (None, Tried::Refused { retry_after, locked: true }));
        now = now + ONE_DAY;
        let (next, tried) = tries.attempt(&ACCOUNT, now);
        assert_eq!(tried, Tried::Admitted { known: false, last: true, owner: 0 });
        tries = next.unwrap();
        // Reverting an attempt takes nobody else's.
        assert!(matches!(tries.undone(&ACCOUNT).attempt(&ACCOUNT, now).1, Tried::Admitted { .. }));
        assert!(tries.keep_until >= (now + ONE_DAY * 98).as_millis());
    }
}

#[test]
fn login_06_lock_can_be_permanent_at_the_hundredth_failure() {
    let rules = TryRules { lock: Some(Lock::UntilReset { told: DELAYS.ceiling }), ..ACCOUNT };
    let (tries, now) = a_hundred_failures(&rules, 86_000);
    let refused = Tried::Refused { retry_after: DELAYS.ceiling, locked: true };
    assert_eq!(tries.attempt(&rules, now + ONE_DAY * 365), (None, refused));
    assert!(tries.keep_until > at(9 * 365 * 86_400).as_millis());
}

#[test]
fn login_16_an_attempt_that_was_not_made_leaves_nothing_behind() {
    for rules in [PAIR, ACCOUNT] {
        let tries = Tries::default().attempt(&rules, at(1_000)).0.unwrap().undone(&rules);
        assert!(tries.keep_until <= at(1_000).as_millis(), "{rules:?}");
    }
}

#[test]
fn known_client_is_forgotten_at_the_failure_limit() {
    let mut tries = Tries::default().succeeded(Some((Duration::from_hours(24 * 90), 7)), at(1));
    let mut now = at(1);
    for number in 1..=101 {
        let (next, tried) = tries.attempt(&PAIR, now);
        assert_eq!(tried, Tried::Admitted { known: number <= 100, last: false, owner: 7 }, "{number}");
        tries = next.unwrap();
        now = now + Duration::from_mins(15);
        if let (_, Tried::Refused { retry_after, .. }) = tries.attempt(&PAIR, now) {
            now = now + retry_after;
        }
    }
}

#[test]
fn client_is_known_until_its_expiry_and_no_longer() {
    let tries = Tries::default().succeeded(Some((ONE_DAY, 7)), at(1));
    for (secs, expected) in [(86_400, true), (86_401, false)] {
        let (_, tried) = tries.attempt(&PAIR, at(secs));
        assert_eq!(tried, Tried::Admitted { known: expected, last: false, owner: 7 }, "{secs}");
    }
}

#[test]
fn login_16_one_failure_is_remembered_for_as_long_as_needed() {
    let kept_for = |rules: &TryRules| {
        let tries = Tries::default().attempt(rules, at(1_000)).0.unwrap();
        Duration::from_millis(tries.keep_until - at(1_000).as_millis())
    };
    let for_good = TryRules { lock: Some(Lock::UntilReset { told: DELAYS.ceiling }), ..ACCOUNT };
    assert_eq!(kept_for(&PAIR), DELAYS.within);
    assert_eq!(kept_for(&TryRules { in_session: true, ..PAIR }), ONE_DAY);
    assert_eq!((kept_for(&ACCOUNT), kept_for(&for_good)), (ONE_DAY, ONE_DAY));
}

#[test]
fn m4_forgiving_no_failures_does_not_use_the_month() {
    let mut tries = Tries::default().attempt(&ACCOUNT, at(0)).0.unwrap().forgiven(&ACCOUNT, at(86_400));
    for _ in 0..99 {
        tries = tries.attempt(&ACCOUNT, at(86_500)).0.unwrap();
    }
    assert_eq!((tries.run, tries.forgiven(&ACCOUNT, at(86_600)).run), (99, 29));
}

#[test]
fn m4_failures_are_forgiven_monthly_and_decay_daily() {
    let mut tries = Tries::default();
    for _ in 0..99 {
        tries = tries.attempt(&ACCOUNT, at(0)).0.unwrap();
    }
    let day = |days: u64| at(days * 86_400);
    let once = tries.forgiven(&ACCOUNT, at(60));
    assert_eq!((once.run, once.forgiven(&ACCOUNT, at(61)).run), (29, 29));
    assert_eq!(once.forgiven(&ACCOUNT, day(10)).run, 19);
    assert_eq!(once.forgiven(&ACCOUNT, day(29)).run, 0);
    assert!(once.forgiven(&ACCOUNT, day(29)).keep_until >= day(30).as_millis(), "it is remembered");
    // The same for whoever comes from nowhere near.
    assert_eq!(tries.forgiven(&ACCOUNT, day(40)).run, 0);
    assert_eq!(tries.attempt(&ACCOUNT, day(40)).0.unwrap().run, 60);
    // A lock is for strangers, and lasts until its time has passed.
    let locked = tries.attempt(&ACCOUNT, at(1)).0.unwrap();
    assert_eq!(locked.forgiven(&ACCOUNT, at(60)).run, 100);
    assert!(matches!(locked.forgiven(&ACCOUNT, at(60)).attempt(&ACCOUNT, at(61)).1, Tried::Refused { .. }));
    let for_good = TryRules { lock: Some(Lock::UntilReset { told: DELAYS.ceiling }), ..ACCOUNT };
    assert_eq!(tries.forgiven(&for_good, at(60)).run, 29);
    let locked = tries.attempt(&for_good, at(1)).0.unwrap();
    assert_eq!(locked.forgiven(&for_good, day(365)).run, 100);
}

#[test]
fn m4_counters_of_the_release_before_are_read() {
    let old = Tries::try_from(vec![0, 99, 86_400_000, 0, 0, 99 * DAY]).unwrap();
    assert_eq!((old.run, old.owner, Vec::from(old).len()), (99, 0, 6));
    let known = Tries::try_from(vec![0, 0, 0, 0, 90 * DAY, 90 * DAY]).unwrap();
    assert!(matches!(known.attempt(&PAIR, at(1)).1, Tried::Admitted { known: true, owner: 0, .. }));
    assert!(Tries::try_from(vec![1, 2, 3]).is_err());
    let owned = known.succeeded(Some((ONE_DAY, 5)), at(1));
    assert_eq!(Tries::try_from(Vec::from(owned)).unwrap(), owned);
}

proptest! {
    #[test]
    fn what_is_undone_leaves_no_wait_and_no_count(failures in 0_u32..30) {
        let mut tries = Tries::default();
        let mut now = at(1_000_000);
        for _ in 0..failures {
            if let (_, Tried::Refused { retry_after, .. }) = tries.attempt(&PAIR, now) {
                now = now + retry_after;
            }
            tries = tries.attempt(&PAIR, now).0.unwrap();
        }
        now = now + Duration::from_hours(1);
        let after = tries.attempt(&PAIR, now).0.unwrap().undone(&PAIR);
        prop_assert_eq!(after.run, tries.run);
        let admitted = matches!(after.attempt(&PAIR, now + DELAYS.ceiling).1, Tried::Admitted { .. });
        prop_assert!(admitted);
    }

    #[test]
    fn concurrent_attempts_are_bounded_by_those_before_backoff(together in 1_usize..500) {
        let (mut tries, mut admitted) = (Tries::default(), 0);
        for _ in 0..together {
            if let (Some(next), Tried::Admitted { .. }) = tries.attempt(&PAIR, at(5)) {
                tries = next;
                admitted += 1;
            }
        }
        prop_assert_eq!(admitted, together.min(5));
    }
}

#[test]
fn lifted_limits_forget_failures_before_and_no_later_ones() {
    let mut tries = Tries::default().succeeded(Some((ONE_DAY, 7)), at(900));
    for _ in 0..5 {
        tries = tries.attempt(&PAIR, at(1_000)).0.unwrap();
    }
    assert!(matches!(tries.attempt(&PAIR, at(1_000)).1, Tried::Refused { .. }));
    let lifted = Tries::lift(ONE_DAY, at(1_000)).lifted_at();
    let admitted = tries.lifted(lifted).attempt(&PAIR, at(1_000));
    assert!(matches!(admitted, (Some(_), Tried::Admitted { known: true, owner: 7, .. })), "{admitted:?}");
    assert_eq!(tries.lifted(at(999)), tries, "it failed again since");
}
