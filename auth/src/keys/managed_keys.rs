//! When keys that the library makes itself are published, sign, and go.

use std::time::Duration;

/// How long others keep what [`Auth::well_known`](crate::Auth::well_known) answers.
pub(crate) const MAX_AGE: Duration = Duration::from_mins(5);

const DAY: Duration = Duration::from_hours(24);

/// Key pairs that are made, published, used and retired without anybody's help: for teams without a place for private
/// keys ([`AuthBuilder::managed_keys`](crate::AuthBuilder::managed_keys)).
///
/// They are kept among the records, sealed (XChaCha20-Poly1305) under a key that the [secret](crate::Secret) opens: who
/// reads the database alone cannot sign. All instances use the same keys, and switch at the same stored time.
///
/// ```
/// # use std::time::Duration;
/// # use auth::{AuthBuilder, AuthUser};
/// use auth::keys::ManagedKeys;
///
/// # fn demo<U: AuthUser>(builder: AuthBuilder<U>) -> AuthBuilder<U> {
/// builder
///     .issuer("https://shop.example.org")
///     .audience("https://api.shop.example.org")
///     .managed_keys(ManagedKeys::es256().rotate_every(Duration::from_hours(30 * 24)))
/// # }
/// ```
///
/// The first key of a store that nobody has signed in with signs at once. In any other, the secret (or the
/// [`signing_key`](crate::AuthBuilder::signing_key)) goes on signing for the [`lead`](Self::lead).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedKeys {
    pub(crate) lead: Duration,
    pub(crate) rotate_every: Duration,
}

impl ManagedKeys {
    /// Keys for ES256, a new one every 90 days, published a day before it signs.
    #[must_use]
    pub const fn es256() -> Self {
        Self { lead: DAY, rotate_every: Duration::from_hours(90 * 24) }
    }

    /// Sets how long a key is published before it signs: a day by default, since some verifiers read the keys again only
    /// after that; ten minutes at least, twice the time for which the answer may be kept.
    #[must_use]
    pub const fn lead(mut self, lead: Duration) -> Self {
        self.lead = lead;
        self
    }

    /// Sets how long a key signs: 90 days by default, an hour at least, and longer than the [`lead`](Self::lead).
    #[must_use]
    pub const fn rotate_every(mut self, time: Duration) -> Self {
        self.rotate_every = time;
        self
    }

    /// Lists what is wrong with them.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.lead < 2 * MAX_AGE {
            problems.push(
                "`lead` of managed keys is under 10 minutes: verifiers would meet keys that they do not know"
                    .to_owned(),
            );
        }
        if self.rotate_every < Duration::from_hours(1) || self.rotate_every <= self.lead {
            problems.push("`rotate_every` of managed keys is under an hour, or not longer than `lead`".to_owned());
        }
        problems
    }
}
