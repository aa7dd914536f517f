//! jsonwebtoken chooses its cryptography once per process, and panics at the first token if two backends are compiled
//! in and none was chosen. Features unify across a dependency tree, so any crate can cause that. Hence we choose.
//!
//! A build without a provider compiles, but `build()` refuses to start: an application that needs only the types should
//! not need a C compiler.

use jsonwebtoken::crypto::CryptoProvider;

#[cfg(feature = "aws-lc-rs")]
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER as PROVIDER;
#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc-rs")))]
use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER as PROVIDER;
#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
use none::PROVIDER;

/// Returns the backend of this build: AWS-LC if it is enabled, whatever else is.
pub(super) fn provider() -> &'static CryptoProvider {
    &PROVIDER
}

/// Also makes it jsonwebtoken's default, for application code that calls that crate directly. An earlier choice is
/// kept.
pub(crate) fn install() {
    let _ = PROVIDER.install_default();
}

/// Returns why this build cannot sign anything, if it cannot.
pub(crate) fn problem() -> Option<&'static str> {
    let backend = cfg!(any(feature = "aws-lc-rs", feature = "rust-crypto"));
    (!backend).then_some("no token backend: enable the feature `aws-lc-rs` (the default) or `rust-crypto` of `auth`")
}

/// A build without a backend compiles (a library may only want the types), and `build()` refuses to start.
#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod none {
    use jsonwebtoken::crypto::{CryptoProvider, KeyUtils};
    use jsonwebtoken::errors::{ErrorKind, new_error};

    pub(super) static PROVIDER: CryptoProvider = CryptoProvider {
        signer_factory: |_, _| Err(new_error(ErrorKind::InvalidAlgorithm)),
        verifier_factory: |_, _| Err(new_error(ErrorKind::InvalidAlgorithm)),
        // Not `new_unimplemented`, which panics.
        key_utils: KeyUtils {
            rsa_pub_components_from_private_key: |_| Err(new_error(ErrorKind::InvalidAlgorithm)),
            rsa_pub_components_from_public_key: |_| Err(new_error(ErrorKind::InvalidAlgorithm)),
            ec_pub_components_from_private_key: |_, _| Err(new_error(ErrorKind::InvalidAlgorithm)),
            ed_pub_components_from_private_key: |_, _| Err(new_error(ErrorKind::InvalidAlgorithm)),
            compute_digest: |_, _| Err(new_error(ErrorKind::InvalidAlgorithm)),
        },
    };
}
