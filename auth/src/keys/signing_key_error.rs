//! The reasons a signing key is refused. Each message has the command that mends it, and no part of the key.

use crate::base::error::{debug_with_causes, other_errors};
use crate::base::random::RandomError;
use crate::base::secret::SecretError;

/// The reason a [`SigningKey`](super::SigningKey) was refused. `Debug` prints the message, too, because that is what
/// Rust shows when `main` returns an error.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum SigningKeyError {
    /// The variable is not set.
    #[error(
        "{name} is not set. Make a key: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out signing.pem"
    )]
    Missing {
        /// The environment variable.
        name: String,
    },
    /// The text is no PEM.
    #[error(
        "{name} is not a key in PEM, which begins with -----BEGIN PRIVATE KEY-----. Make one: openssl genpkey -algorithm \
         EC -pkeyopt ec_paramgen_curve:P-256 -out signing.pem"
    )]
    NotPem {
        /// Where the text came from.
        name: String,
    },
    /// It is encrypted with a passphrase, and nobody is there to type it.
    #[error("{name} is encrypted with a passphrase. Decrypt it: openssl pkcs8 -in encrypted.pem -out signing.pem")]
    Encrypted {
        /// Where the key came from.
        name: String,
    },
    /// It is in a form older than PKCS #8 (SEC 1, PKCS #1).
    #[error(
        "{name} is in the older form `{label}`. Convert it: openssl pkcs8 -topk8 -nocrypt -in old.pem -out signing.pem"
    )]
    OlderForm {
        /// Where the key came from.
        name: String,
        /// What the text says it is.
        label: String,
    },
    /// It is no private key: a public key, a certificate.
    #[error("{name} holds `{label}`: signing needs the private key, which begins with -----BEGIN PRIVATE KEY-----")]
    NotPrivate {
        /// Where the key came from.
        name: String,
        /// What the text says it is.
        label: String,
    },
    /// Its algorithm or size is none that tokens are signed with.
    #[error(
        "{name} is a key of {found}. Tokens are signed with ES256 (P-256), EdDSA (Ed25519) or RS256 (RSA of 2,048 to 4,096 \
         bits): openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out signing.pem"
    )]
    Unsupported {
        /// Where the key came from.
        name: String,
        /// What it is a key of.
        found: String,
    },
    /// The key contradicts itself, or was cut off.
    #[error("{name} is damaged: it is not a whole private key, or its parts do not belong together")]
    Broken {
        /// Where the key came from.
        name: String,
    },
    /// The file is missing, unreadable or not secure.
    #[error(transparent)]
    File(#[from] SecretError),
    /// There are no random bytes for a fresh key.
    #[error("a signing key could not be made")]
    Random(#[source] RandomError),
}

debug_with_causes!(SigningKeyError);
other_errors!(SigningKeyError);

impl SigningKeyError {
    pub(super) fn older_form(name: &str, label: &str) -> Self {
        Self::OlderForm { name: name.to_owned(), label: label.to_owned() }
    }

    pub(super) fn not_private(name: &str, label: &str) -> Self {
        Self::NotPrivate { name: name.to_owned(), label: label.to_owned() }
    }

    pub(super) fn unsupported(name: &str, found: impl Into<String>) -> Self {
        Self::Unsupported { name: name.to_owned(), found: found.into() }
    }
}
