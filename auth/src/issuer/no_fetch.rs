//! A build without an HTTP client.

use super::fetch::DynFetch;

/// Returns the client of this build.
#[expect(clippy::unnecessary_wraps, reason = "a build with a client may fail to start it")]
pub(super) fn default_fetch() -> Result<Option<DynFetch>, String> {
    Ok(None)
}
