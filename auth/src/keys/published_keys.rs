//! What other services verify tokens with: the public keys (RFC 7517 §5), and where they are (RFC 8414 §3.2). Both are
//! written once for each set of keys.

use serde::Serialize;

use super::key_plan::KeyPlan;
use super::public_jwk::PublicJwk;
use crate::base::document::Document;
use crate::model::issuer_url::IssuerUrl;

/// Where the keys are, at the origin of the issuer.
pub(crate) const KEY_SET_PATH: &str = "/.well-known/jwks.json";

/// The documents of a service.
#[derive(Clone, Debug)]
pub(crate) struct PublishedKeys {
    key_set: Document,
    /// There if a key pair signs, will, or did.
    metadata: Option<Document>,
}

/// One key of the set. Keys of secrets are not among them: they have no public half, and no type here could hold one.
#[derive(Serialize)]
struct PublishedKey<'a> {
    #[serde(flatten)]
    key: &'a PublicJwk,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    kid: &'a str,
}

#[derive(Serialize)]
struct JwkSet<'a> {
    keys: Vec<PublishedKey<'a>>,
}

/// Nobody can ask this issuer for tokens by a standard protocol, so it names no grants, and no endpoint but the one that
/// answers questions about tokens, if there is one.
#[derive(Serialize)]
struct IssuerMetadata<'a> {
    issuer: &'a str,
    jwks_uri: String,
    response_types_supported: [&'a str; 0],
    grant_types_supported: [&'a str; 0],
    subject_types_supported: [&'a str; 1],
    id_token_signing_alg_values_supported: Vec<&'a str>,
    token_endpoint_auth_methods_supported: [&'a str; 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    introspection_endpoint: Option<&'a str>,
    /// An API key is presented as a bearer token is: the name is of the registry of token types, which RFC 8414 §2 allows
    /// here beside that of client authentication methods.
    #[serde(skip_serializing_if = "Option::is_none")]
    introspection_endpoint_auth_methods_supported: Option<[&'a str; 1]>,
}

impl PublishedKeys {
    pub(super) fn of(plan: &KeyPlan) -> Self {
        let pairs = || plan.pairs.iter().map(|named| &named.pair);
        let keys = pairs()
            .map(|pair| PublishedKey { key: pair.public(), usage: "sig", alg: pair.alg(), kid: pair.kid() })
            .collect();
        let mut algorithms: Vec<_> = pairs().map(|pair| pair.alg()).collect();
        algorithms.sort_unstable();
        algorithms.dedup();
        let issuer = plan.published_as().map(|names| &*names.issuer);
        let introspection_endpoint = plan.introspection_endpoint.as_deref();
        let metadata = issuer.and_then(|issuer| {
            let metadata = IssuerMetadata {
                issuer,
                jwks_uri: format!("{}{KEY_SET_PATH}", IssuerUrl::parse(issuer)?.origin()),
                response_types_supported: [],
                grant_types_supported: [],
                subject_types_supported: ["public"],
                id_token_signing_alg_values_supported: algorithms,
                token_endpoint_auth_methods_supported: [],
                introspection_endpoint,
                introspection_endpoint_auth_methods_supported: introspection_endpoint.map(|_| ["Bearer"]),
            };
            Some(Document::of(&metadata))
        });
        Self { key_set: Document::of(&JwkSet { keys }), metadata }
    }

    /// Returns the public keys.
    pub(crate) const fn key_set(&self) -> &Document {
        &self.key_set
    }

    /// Returns the issuer and where its keys are, if others can verify its tokens.
    pub(crate) const fn metadata(&self) -> Option<&Document> {
        self.metadata.as_ref()
    }
}
