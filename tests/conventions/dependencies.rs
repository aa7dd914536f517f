//! No module names one of a layer above its own.

use std::collections::HashMap;

use crate::source::{Source, root, sources};

/// The layers from the ground up, as `auth/src/lib.rs` lists them: under a comment with its number, each has its modules.
struct Layers(Vec<(String, Vec<String>)>);

impl Layers {
    fn read() -> Self {
        let text = std::fs::read_to_string(root().join("auth/src/lib.rs")).unwrap();
        let mut layers: Vec<(String, Vec<String>)> = Vec::new();
        for line in text.lines() {
            let title = line.strip_prefix("// ").and_then(|line| line.split_once(' '));
            if let Some((number, title)) = title.filter(|(number, _)| number.parse() == Ok(layers.len() + 1)) {
                layers.push((format!("{number} {title}"), Vec::new()));
            } else if let Some(module) =
                line.trim_start_matches("pub ").strip_prefix("mod ").and_then(|line| line.strip_suffix(';'))
                && let Some((_, modules)) = layers.last_mut()
            {
                modules.push(module.to_owned());
            }
        }
        assert!(layers.len() > 10 && layers.iter().all(|(_, modules)| !modules.is_empty()), "{layers:?}");
        Self(layers)
    }

    fn of(&self, module: &str) -> Option<usize> {
        self.0.iter().position(|(_, modules)| modules.iter().any(|name| name == module))
    }

    /// The layer that has this module.
    fn with(&self, module: &str) -> usize {
        self.of(module).unwrap_or_else(|| panic!("`{module}` has no layer"))
    }
}

/// Of the layer with this module, none knows another of its layer.
const MECHANISM: &str = "store";
/// The first layer in which axum may be named, and methods may be added to the handle.
const HANDLE: &str = "http_settings";

/// Edges that go up, each with its reason. Take a line away when its edge is gone: a line without an edge fails.
const KNOWN: [(&str, &str, &str); 0] = [];

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
fn every_file_belongs_to_a_module_of_a_layer() {
    let layers = Layers::read();
    for source in sources().iter().filter(|source| !is_exempt(source)) {
        assert!(layers.of(&source.module).is_some(), "{} is of `{}`, which has no layer", source.path, source.module);
    }
}

#[test]
fn no_edge_goes_up() {
    let (exports, layers) = (exports(), Layers::read());
    let mechanisms = layers.with(MECHANISM);
    let (mut wrong, mut known, mut edges) = (Vec::new(), Vec::new(), 0);
    for source in sources().iter().filter(|source| !is_exempt(source)) {
        let own = layers.with(&source.module);
        for (number, line) in &source.code {
            for module in named(line, &exports) {
                let Some(other) = layers.of(&module) else { panic!("{}:{number}: who is `{module}`?", source.path) };
                edges += 1;
                let sideways = own == mechanisms && other == own && module != source.module;
                if other <= own && !sideways {
                    continue;
                }
                if let Some(edge) = KNOWN.iter().find(|(path, to, _)| *path == source.path && *to == module) {
                    known.push(edge);
                } else {
                    let (from, to) = (&layers.0[own].0, &layers.0[other].0);
                    wrong.push(format!("{}:{number}: {from} names `{module}` of {to}", source.path));
                }
            }
        }
    }
    println!("{} layers, {edges} imports between modules, {} upward", layers.0.len(), wrong.len());
    assert!(edges > 200, "{edges} edges: the reader is blind");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for edge in &KNOWN {
        assert!(known.contains(&edge), "{} names {} no more: take the line away", edge.0, edge.1);
    }
}

#[test]
fn axum_begins_at_the_handle() {
    let layers = Layers::read();
    let handle = layers.with(HANDLE);
    for source in sources().iter().filter(|source| layers.of(&source.module).is_some_and(|layer| layer < handle)) {
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
fn only_auth_and_http_add_methods_to_the_handle() {
    let layers = Layers::read();
    let (mut methods, mut wrong) = (0, Vec::new());
    for source in sources() {
        for (number, line) in &source.code {
            if !(line.starts_with("impl") && line.contains(" Auth<")) || line.contains(" for ") {
                continue;
            }
            methods += 1;
            if layers.of(&source.module).is_some_and(|layer| layer < layers.with(HANDLE)) {
                wrong.push(format!("{}:{number}", source.path));
            }
        }
    }
    println!("{methods} impl blocks of the handle");
    assert!(methods > 5, "{methods} impl blocks: the reader is blind");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
