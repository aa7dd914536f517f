//! What an application gives as a signing key.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::key_pair::KeyPair;
use super::signing_key_error::SigningKeyError;
use crate::base::random::OsRandom;
use crate::base::secret::key_file;

/// A private key that signs access tokens, so that others can verify them with its public half
/// ([`AuthBuilder::signing_key`](crate::AuthBuilder::signing_key)).
///
/// | key | algorithm | make one |
/// |---|---|---|
/// | P-256 | `ES256`, which every verifier knows | `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out signing.pem` |
/// | Ed25519 | `EdDSA`; Spring and some others do not know it | `openssl genpkey -algorithm ED25519 -out signing.pem` |
/// | RSA, 2,048 to 4,096 bits | `RS256`: tokens are three times as long, and signing is slow | `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out signing.pem` |
///
/// The algorithm is that of the key; no setting and no token chooses another. Keys are read as PKCS #8 in PEM (RFC 5958,
/// RFC 7468), checked, and never printed.
///
/// ```
/// use auth::keys::SigningKey;
///
/// # fn main() -> Result<(), auth::keys::SigningKeyError> {
/// let key = SigningKey::generate()?;
/// assert_eq!(key.algorithm(), "ES256");
/// assert_eq!(key.id().len(), 43); // its thumbprint (RFC 7638), the `kid` of tokens
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SigningKey {
    pair: Arc<KeyPair>,
    issuer: Option<String>,
    audience: Option<String>,
}

impl SigningKey {
    /// Reads a private key in PEM. A text on one line may have `\n` for its line ends, as in files of variables.
    ///
    /// # Errors
    /// [`SigningKeyError`] with the command that mends it: another form, a passphrase, a public key, another algorithm,
    /// an RSA key that is too small.
    pub fn from_pem(pem: &str) -> Result<Self, SigningKeyError> {
        KeyPair::from_pem("the signing key", pem).map(Self::of)
    }

    /// Reads the environment variable `name`, which holds the key itself.
    ///
    /// # Errors
    /// [`SigningKeyError`] as for [`from_pem`](Self::from_pem), or if it is not set.
    pub fn env(name: &str) -> Result<Self, SigningKeyError> {
        match std::env::var(name).map(Zeroizing::new) {
            Ok(text) => KeyPair::from_pem(name, &text).map(Self::of),
            Err(std::env::VarError::NotPresent) => Err(SigningKeyError::Missing { name: name.to_owned() }),
            Err(std::env::VarError::NotUnicode(_)) => Err(SigningKeyError::NotPem { name: name.to_owned() }),
        }
    }

    /// Reads a file. One that others can write or replace is refused on Unix, as for
    /// [`Secret::env_or_file`](crate::Secret::env_or_file); one that others can read is a warning.
    ///
    /// # Errors
    /// [`SigningKeyError`] as for [`from_pem`](Self::from_pem), or if the file cannot be read or trusted.
    pub fn file(path: impl AsRef<Path>) -> Result<Self, SigningKeyError> {
        let path = path.as_ref();
        let text = key_file::read_existing(path)?;
        KeyPair::from_pem(&path.display().to_string(), &text).map(Self::of)
    }

    /// Reads the environment variable `name` or, if it is **not set at all**, the file `path`. If that file does not
    /// exist, creates it with a fresh key for ES256 (mode 0600 on Unix). Instances that do not share the file would sign
    /// with keys of their own: give them the variable.
    ///
    /// # Errors
    /// [`SigningKeyError`] as for [`env`](Self::env) and [`file`](Self::file).
    pub fn es256_env_or_file(name: &str, path: impl AsRef<Path>) -> Result<Self, SigningKeyError> {
        let path = path.as_ref();
        match Self::env(name) {
            Err(SigningKeyError::Missing { .. }) => {}
            found => return found,
        }
        let text = key_file::read_or_create_text(path, || {
            let pair = KeyPair::generate_es256(&OsRandom)?;
            pair.to_pem().ok_or_else(|| SigningKeyError::Broken { name: "the new key".to_owned() })
        })?;
        KeyPair::from_pem(&path.display().to_string(), &text).map(Self::of)
    }

    /// Makes a fresh key for ES256: for tests, and for programs that keep it themselves ([`to_pem`](Self::to_pem)).
    ///
    /// # Errors
    /// [`SigningKeyError::Random`] if the operating system has no random bytes.
    pub fn generate() -> Result<Self, SigningKeyError> {
        KeyPair::generate_es256(&OsRandom).map(Self::of)
    }

    pub(crate) fn of(pair: KeyPair) -> Self {
        Self { pair: Arc::new(pair), issuer: None, audience: None }
    }

    /// Sets the issuer of this key's tokens, if it is another one than that of the service
    /// ([`AuthBuilder::issuer`](crate::AuthBuilder::issuer)): a former key, whose tokens name the issuer of that time.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets the audience of this key's tokens, if it is another one than that of the service
    /// ([`AuthBuilder::audience`](crate::AuthBuilder::audience)).
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Returns the thumbprint of the public key (RFC 7638): the `kid` of tokens and of the key set.
    #[must_use]
    pub fn id(&self) -> &str {
        self.pair.kid()
    }

    /// Returns the algorithm: `ES256`, `EdDSA` or `RS256`.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        self.pair.alg()
    }

    /// Returns the private key in PEM, for a file or a secret store: never for a log. `None` for RSA, whose keys come
    /// from outside.
    #[must_use]
    pub fn to_pem(&self) -> Option<Zeroizing<String>> {
        self.pair.to_pem()
    }

    pub(crate) const fn pair(&self) -> &Arc<KeyPair> {
        &self.pair
    }

    /// Returns the names that its tokens have, as far as they are its own.
    pub(crate) fn names(&self) -> (Option<&str>, Option<&str>) {
        (self.issuer.as_deref(), self.audience.as_deref())
    }
}

/// Algorithm and id; never the key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} {})", self.algorithm(), self.id())
    }
}
