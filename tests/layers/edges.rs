//! No module names one of a layer above its own.

use std::collections::HashMap;

use crate::source::{Source, root, sources};

/// From the ground up; the list in `auth/src/lib.rs` has the same order.
const LAYERS: [(&str, &[&str]); 14] = [
    ("ground", &["base64url", "caught", "clock", "error", "random", "secret", "step_up", "sync"]),
    (
        "vocabulary",
        &[
            "address",
            "authority",
            "canonical",
            "claims",
            "client_info",
            "config",
            "event",
            "fields",
            "hash",
            "hooks",
            "ids",
            "login_rules",
            "name",
            "name_enum",
            "permission",
            "profile",
            "reflect",
            "role",
            "schema",
            "shape",
            "user",
        ],
    ),
    ("mechanisms", &["broadcast", "keys", "limit", "password", "policy", "store"]),
    ("tokens", &["proof", "token"]),
    ("what subsystems share", &["context"]),
    ("revocation", &["revocation"]),
    ("limits", &["rate_limits"]),
    ("sessions", &["session"]),
    ("sign-in", &["sign_in"]),
    ("accounts", &["account"]),
    ("settings of the HTTP edge", &["http_settings"]),
    ("handle", &["auth"]),
    ("HTTP edge", &["extract", "rejection", "routes", "routing", "serve", "state", "transport"]),
    ("plug-ins", &["fuzzing", "guide", "openapi", "redis", "testing"]),
];

/// The place of "mechanisms": these know neither each other nor axum.
const MECHANISMS: usize = 2;
/// The place of "settings of the HTTP edge": from here on axum may be named.
const HANDLE: usize = 10;

/// Edges that go up, each with its reason. Take a line away when its edge is gone: a line without an edge fails.
const KNOWN: [(&str, &str, &str); 0] = [];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|(_, modules)| modules.contains(&module))
}

/// Names that `lib.rs` exports, and the module each comes from: `crate::PasswordHash` is `hash`.
fn exports() -> HashMap<String, String> {
    let text = std::fs::read_to_string(root().join("auth/src/lib.rs")).unwrap();
    let mut exports = HashMap::new();
    for item in text.split("pub use ").skip(1) {
        let item = item.split(';').next().unwrap();
        let module = item.split("::").next().unwrap().trim();
        let names = item.rsplit_once("::").map_or(item, |(_, names)| names);
        for name in names.split(['{', '}', ',']).map(str::trim).filter(|name| !name.is_empty()) {
            exports.insert(name.to_owned(), module.to_owned());
        }
    }
    exports
}

/// The modules that a line names by `crate::`, and those it names in `use crate::{a, b}`.
fn named(line: &str, exports: &HashMap<String, String>) -> Vec<String> {
    let mut words = Vec::new();
    for (place, _) in line.match_indices("crate::") {
        let before = line[..place].chars().last();
        if before.is_some_and(|c| c == '$' || c == '_' || c.is_alphanumeric()) {
            continue; // `$crate::` is expanded elsewhere
        }
        let rest = &line[place + "crate::".len()..];
        let list = rest.strip_prefix('{').map_or(rest, |list| list);
        let many = if rest.starts_with('{') { list.split(',').collect() } else { vec![list] };
        for name in many {
            words.push(name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>());
        }
    }
    let known = words.into_iter().filter(|word| !word.is_empty() && !word.starts_with("__"));
    known.map(|word| exports.get(&word).cloned().unwrap_or(word)).collect()
}

fn is_exempt(source: &Source) -> bool {
    matches!(source.path.as_str(), "lib.rs" | "__private.rs")
}

#[test]
fn every_module_has_a_layer_and_lib_lists_them_in_that_order() {
    let text = std::fs::read_to_string(root().join("auth/src/lib.rs")).unwrap();
    let declared: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'))
        .filter(|module| *module != "__private")
        .collect();
    let layers: Vec<usize> =
        declared.iter().map(|module| layer(module).unwrap_or_else(|| panic!("`{module}` has no layer"))).collect();
    assert!(layers.is_sorted(), "{declared:?}");
    assert_eq!(declared.len(), LAYERS.iter().map(|(_, modules)| modules.len()).sum::<usize>());
}

#[test]
fn no_edge_goes_up() {
    let exports = exports();
    let (mut wrong, mut known, mut edges) = (Vec::new(), Vec::new(), 0);
    for source in sources().iter().filter(|source| !is_exempt(source)) {
        let own = layer(&source.module).unwrap_or_else(|| panic!("`{}` has no layer", source.module));
        for (number, line) in &source.code {
            for module in named(line, &exports) {
                let Some(other) = layer(&module) else { panic!("{}:{number}: who is `{module}`?", source.path) };
                edges += 1;
                let sideways = own == MECHANISMS && other == own && module != source.module;
                if other <= own && !sideways {
                    continue;
                }
                if let Some(edge) = KNOWN.iter().find(|(path, to, _)| *path == source.path && *to == module) {
                    known.push(edge);
                } else {
                    let (from, to) = (LAYERS[own].0, LAYERS[other].0);
                    wrong.push(format!("{}:{number}: {from} names `{module}` of {to}", source.path));
                }
            }
        }
    }
    assert!(edges > 200, "{edges} edges: the reader is blind");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for edge in &KNOWN {
        assert!(known.contains(&edge), "{} names {} no more: take the line away", edge.0, edge.1);
    }
}

#[test]
fn axum_begins_at_the_handle() {
    for source in sources().iter().filter(|source| layer(&source.module).is_some_and(|layer| layer < HANDLE)) {
        for (number, line) in &source.code {
            for crate_name in ["axum", "tower", "hyper", "http"] {
                let named = line.contains(&format!("{crate_name}::")) && !line.contains(&format!("_{crate_name}::"));
                assert!(!named, "{}:{number} names {crate_name}", source.path);
            }
        }
    }
}

/// The handle passes calls on. A part that adds methods to it instead of owning its state could reach every other part.
#[test]
fn only_handle_and_http_edge_add_methods_to_the_handle() {
    let (mut methods, mut wrong) = (0, Vec::new());
    for source in sources() {
        for (number, line) in &source.code {
            if !(line.starts_with("impl") && line.contains(" Auth<")) || line.contains(" for ") {
                continue;
            }
            methods += 1;
            if layer(&source.module).is_some_and(|layer| layer < HANDLE) {
                wrong.push(format!("{}:{number}", source.path));
            }
        }
    }
    println!("{methods} impl blocks of the handle");
    assert!(methods > 5, "{methods} impl blocks: the reader is blind");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
