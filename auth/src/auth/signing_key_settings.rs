//! What an application says about its key pairs: checked, and made into a plan.

use std::collections::HashSet;
use std::sync::Arc;

use crate::base::clock::Timestamp;
use crate::keys::{IssuedAs, KeyPlan, ManagedKeys, NamedPair, SigningKey, Signs, TokenType};
use crate::model::config::Settings;
use crate::model::interned_name::Name;
use crate::model::issuer_url::IssuerUrl;

/// The most key pairs that a service may list. Every verifier keeps all of them.
const MOST_KEYS: usize = 8;
/// The client that tokens are issued to, where an application has only one: itself.
const FIRST_PARTY: &str = "first-party";

/// What a builder was told about key pairs.
#[derive(Debug, Default)]
pub(super) struct SigningKeySettings {
    pub(super) signing: Option<SigningKey>,
    pub(super) next: Vec<SigningKey>,
    pub(super) former: Vec<SigningKey>,
    pub(super) former_issuers: Vec<String>,
    pub(super) token_type: TokenType,
    pub(super) client_id: Option<String>,
    pub(super) managed: Option<ManagedKeys>,
    /// Where others ask about tokens.
    pub(super) introspection_url: Option<String>,
}

impl SigningKeySettings {
    /// Whether others can verify tokens now or later.
    pub(super) fn has_pairs(&self) -> bool {
        self.keys().next().is_some() || self.managed.is_some()
    }

    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "for people who deploy the application"))]
    pub(super) fn has_weak_rsa(&self) -> bool {
        self.keys().any(|key| key.pair().weak_rsa_bits().is_some())
    }

    fn keys(&self) -> impl Iterator<Item = &SigningKey> {
        self.signing.iter().chain(&self.next).chain(&self.former)
    }

    /// Lists what is wrong with them.
    pub(super) fn problems(&self, settings: &Settings) -> Vec<String> {
        let mut problems: Vec<String> = self.managed.iter().flat_map(ManagedKeys::problems).collect();
        let own = self.managed.iter().map(|_| (None, None));
        for (issuer, audience) in self.keys().map(SigningKey::names).chain(own) {
            let issuer = issuer.or(settings.issuer.as_deref());
            if issuer.and_then(IssuerUrl::parse).is_none() {
                let found = issuer.map_or_else(String::new, |name| format!(", and not `{}`", name.escape_debug()));
                problems.push(format!(
                    "other services find the keys of a key pair by its issuer: call \
                     `.issuer(\"https://shop.example.org\")` with the URL of this service{found}"
                ));
            }
            if audience.or(settings.audience.as_deref()).is_none() {
                problems.push(
                    "other services accept tokens by their audience: call `.audience(\"https://api.example.org\")` with \
                     what they expect"
                        .to_owned(),
                );
            }
        }
        let mut ids = HashSet::new();
        for key in self.keys().filter(|key| !ids.insert(key.id())) {
            problems.push(format!("the key `{}` is listed twice: a key signs now, later, or did before", key.id()));
        }
        if self.keys().count() > MOST_KEYS {
            problems
                .push(format!("there are more than {MOST_KEYS} key pairs: take out those whose tokens have expired"));
        }
        if self.client_id.as_deref().is_some_and(|id| id.trim().is_empty()) {
            problems.push("`client_id` is empty: leave it out or name it".to_owned());
        }
        problems.sort();
        problems.dedup();
        problems
    }

    /// Tells the operator about keys that are weaker than the others could be.
    pub(super) fn warn(&self, user: &'static str) {
        for (key, bits) in self.keys().filter_map(|key| Some((key.id(), key.pair().weak_rsa_bits()?))) {
            tracing::warn!(target: "auth::build", user, key, bits,
                "an RSA key of fewer than 3,072 bits has a strength of less than 128 bits: replace it by P-256");
        }
    }

    /// Returns which key signs, and what is accepted beside it. When the tokens of the secret end is not known yet.
    pub(super) fn plan(&self, settings: &Settings, of_secret: IssuedAs, user: &'static str) -> KeyPlan {
        let client_id = Name::from(self.client_id.as_deref().unwrap_or(FIRST_PARTY));
        let named = |key: &SigningKey, signs| {
            let (issuer, audience) = key.names();
            let issued_as = IssuedAs {
                issuer: issuer.or(settings.issuer.as_deref()).unwrap_or(user).into(),
                audience: audience.or(settings.audience.as_deref()).unwrap_or(user).into(),
                client_id: Some(client_id.clone()),
            };
            NamedPair { pair: Arc::clone(key.pair()), issued_as, signs }
        };
        let next = self.next.iter().map(|key| named(key, Signs::Later));
        let signing = self.signing.iter().map(|key| named(key, Signs::From(Timestamp::default())));
        let former = self.former.iter().map(|key| named(key, Signs::Before));
        KeyPlan {
            of_secret_before: self.names_before(&of_secret, user),
            pairs: next.chain(signing).chain(former).collect(),
            token_type: self.token_type,
            introspection_endpoint: self.introspection_url.as_deref().map(Name::from),
            ..KeyPlan::secret_only(of_secret)
        }
    }

    /// Returns the names in tokens of the keys that the library makes itself.
    pub(super) fn managed_names(&self, settings: &Settings, user: &'static str) -> IssuedAs {
        IssuedAs {
            issuer: settings.issuer.as_deref().unwrap_or(user).into(),
            audience: settings.audience.as_deref().unwrap_or(user).into(),
            client_id: Some(self.client_id.as_deref().unwrap_or(FIRST_PARTY).into()),
        }
    }

    /// Returns the names that tokens of the secret may have had: whoever adds a key pair also names issuer and audience,
    /// which were the user type until then.
    fn names_before(&self, now: &IssuedAs, user: &'static str) -> Vec<IssuedAs> {
        let defaults = self.has_pairs().then_some(user);
        let issuers = || self.former_issuers.iter().map(String::as_str).chain(defaults).chain([&*now.issuer]);
        let audiences: Vec<Name> = defaults.map(Name::from).into_iter().chain([now.audience.clone()]).collect();
        issuers()
            .flat_map(|issuer| audiences.iter().map(move |audience| (Name::from(issuer), audience.clone())))
            .map(|(issuer, audience)| IssuedAs { issuer, audience, client_id: None })
            .filter(|names| names != now)
            .collect()
    }
}
