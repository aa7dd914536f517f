//! jsonwebtoken chooses its cryptography once per process, and panics at the first token when two backends are
//! compiled in and none was chosen. Features unify across a dependency tree, so any crate can cause that: we choose.

#[cfg(feature = "aws-lc-rs")]
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER as PROVIDER;
#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc-rs")))]
use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER as PROVIDER;

#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
compile_error!("`auth` needs a token backend: enable the feature `aws-lc-rs` (the default) or `rust-crypto`");

use jsonwebtoken::crypto::CryptoProvider;

/// The backend of this build: AWS-LC where it is on.
pub(super) fn provider() -> &'static CryptoProvider {
    &PROVIDER
}

/// Makes it jsonwebtoken's default too, for application code that calls that crate itself. Whoever chose before us
/// keeps their choice.
pub(crate) fn install() {
    let _ = PROVIDER.install_default();
}
