//! `secret new`: a fresh secret, for the environment or a file.

use base64ct::{Base64, Encoding as _};
use serde_json::json;

use super::failure::Failure;
use super::report::Report;
use crate::base::secret::Secret;

/// Prints nothing but the secret, so that a script can take the line as it is.
pub(super) fn new() -> Result<Report, Failure> {
    let secret = format!("base64:{}", Base64::encode_string(Secret::generate()?.expose()));
    Ok(Report::new(secret.clone(), json!({ "secret": secret })))
}
