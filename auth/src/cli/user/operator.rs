//! Who acts.

use super::super::report::one_line;
use crate::model::client_info::ClientInfo;

/// Returns `cli:` and the name that the system has for the user of this terminal.
pub(super) fn operator() -> ClientInfo {
    let names = ["USER", "LOGNAME", "USERNAME"];
    let name = names.iter().find_map(|name| std::env::var(name).ok().filter(|name| !name.is_empty()));
    let name = name.map_or_else(|| "cli".to_owned(), |name| format!("cli:{}", one_line(&name)));
    ClientInfo::default().with_actor(name)
}
