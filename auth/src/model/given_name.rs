//! Names that people give to what they have: a passkey, an API key. They are shown in lists, mails and terminals.

use crate::base::error::FieldError;
use crate::base::misleading::is_misleading;

/// The longest name, in characters.
const MOST_CHARS: usize = 64;

/// Returns the name without blanks at its ends.
pub(crate) fn given_name(name: &str) -> Result<String, FieldError> {
    let name = name.trim();
    if (1..=MOST_CHARS).contains(&name.chars().count()) && !name.chars().any(is_misleading) {
        return Ok(name.to_owned());
    }
    let message = "a name has 1 to 64 characters, and none that breaks a line or reverses its direction";
    Err(FieldError::new("name", "invalid", message))
}
