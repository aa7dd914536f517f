//! Two user types of one name.

use auth::{Auth, AuthUser, PasswordHash, Secret};
use auth_tests::Database;
use auth_tests::app::{PASSWORD, SECRET, quick_passwords};
