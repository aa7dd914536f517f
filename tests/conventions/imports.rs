//! Which file takes names from which other, read with a parser: through `use`, through paths in the code, and through
//! the re-exports on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{Visit, visit_path};
use syn::{Item, ItemMod, ItemUse, Macro, UseTree};

use crate::source::rust_files;

/// A module path, without `crate`.
type Module = Vec<String>;

/// The files of one crate and their modules.
pub(crate) struct Crate {
    /// Where a module is declared to be, and the file that holds it.
    modules: BTreeMap<Module, String>,
    /// What each module calls by another module's name: an import or a re-export.
    aliases: BTreeMap<Module, BTreeMap<String, Module>>,
    /// The paths that each module names, resolved as far as its own place allows.
    named: Vec<(Module, Module)>,
}

impl Crate {
    /// Reads the crate whose sources are below `src`.
    pub(crate) fn read(src: &Path) -> Self {
        let mut read = Self { modules: BTreeMap::new(), aliases: BTreeMap::new(), named: Vec::new() };
        let root = if src.join("lib.rs").exists() { "lib.rs" } else { "main.rs" };
        read.file(src, root, &[]);
        assert!(read.modules.len() <= rust_files(src).len());
        read
    }

    fn file(&mut self, src: &Path, file: &str, module: &[String]) {
        let text = std::fs::read_to_string(src.join(file)).unwrap();
        let parsed = syn::parse_file(&text).unwrap();
        self.modules.insert(module.to_vec(), file.to_owned());
        let children: Vec<(ItemMod, String)> =
            parsed.items.iter().filter_map(|item| child(src, file, module, item)).collect();
        for (declared, file) in &children {
            let mut inner = module.to_vec();
            inner.push(declared.ident.to_string());
            self.file(src, file, &inner);
        }
        let names = children.iter().map(|(declared, _)| declared.ident.to_string()).collect();
        Reader { to: self, module, children: &names }.visit_file(&parsed);
    }

    /// The file in which what `path` names is defined.
    fn defined_in(&self, path: &[String]) -> Option<&str> {
        self.follow(path, 0)
    }

    fn follow(&self, path: &[String], depth: usize) -> Option<&str> {
        let known = (0..=path.len()).rev().find(|most| self.modules.contains_key(&path[..*most]))?;
        let (module, rest) = path.split_at(known);
        let alias = rest.first().and_then(|name| self.aliases.get(module)?.get(name));
        match alias {
            Some(target) if depth < 8 => {
                let mut path = target.clone();
                path.extend(rest.iter().skip(1).cloned());
                self.follow(&path, depth + 1)
            }
            _ => self.modules.get(module).map(String::as_str),
        }
    }

    /// From each file to those it takes names from. A file does not depend on the children that it only declares.
    pub(crate) fn imports(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut imports: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (module, path) in &self.named {
            let (Some(from), Some(to)) = (self.modules.get(module), self.defined_in(path)) else { continue };
            let own_child = self.modules.iter().any(|(at, file)| file == to && at.starts_with(module));
            if from != to && from != "lib.rs" && !own_child {
                imports.entry(from).or_default().insert(to);
            }
        }
        imports
    }
}

/// The file of a module that is declared without a body, unless it is of unit tests.
fn child(src: &Path, file: &str, module: &[String], item: &Item) -> Option<(ItemMod, String)> {
    let Item::Mod(declared) = item else { return None };
    if declared.content.is_some() || is_test(&declared.attrs) {
        return None;
    }
    let directory = Path::new(file).parent().unwrap();
    let below = if file.ends_with("mod.rs") || module.is_empty() {
        directory.to_owned()
    } else {
        directory.join(Path::new(file).file_stem().unwrap())
    };
    let name = declared.ident.to_string();
    let given = declared.attrs.iter().find_map(given_path);
    let choices = match given {
        Some(path) => vec![directory.join(path)],
        None => vec![below.join(format!("{name}.rs")), below.join(name).join("mod.rs")],
    };
    let found = choices.into_iter().find(|choice| src.join(choice).exists())?;
    Some((declared.clone(), found.to_str().unwrap().to_owned()))
}

fn given_path(attribute: &syn::Attribute) -> Option<String> {
    let syn::Meta::NameValue(given) = &attribute.meta else { return None };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) = &given.value else { return None };
    given.path.is_ident("path").then(|| path.value())
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else { return false };
        list.path.is_ident("cfg") && list.tokens.to_string() == "test"
    })
}

struct Reader<'a> {
    to: &'a mut Crate,
    module: &'a [String],
    children: &'a BTreeSet<String>,
}

impl Reader<'_> {
    /// Turns a path into one from the crate's root, if it is of this crate.
    fn absolute(&self, path: &[String]) -> Option<Module> {
        let mut base = self.module.to_vec();
        let mut rest = path.iter();
        let mut first = true;
        let mut rooted = false;
        loop {
            let Some(name) = rest.clone().next() else { return rooted.then_some(base) };
            match name.as_str() {
                "crate" if first => base.clear(),
                "self" if first => {}
                "super" => drop(base.pop()?),
                _ if rooted || (first && self.children.contains(name)) => break,
                _ => return None,
            }
            (first, rooted) = (false, true);
            rest.next();
        }
        base.extend(rest.cloned());
        Some(base)
    }

    fn names(&mut self, path: &[String]) -> Option<Module> {
        let path = self.absolute(path)?;
        self.to.named.push((self.module.to_vec(), path.clone()));
        Some(path)
    }

    fn import(&mut self, tree: &UseTree, before: &[String]) {
        let mut path = before.to_vec();
        let (name, alias) = match tree {
            UseTree::Path(step) => {
                path.push(step.ident.to_string());
                return self.import(&step.tree, &path);
            }
            UseTree::Group(group) => return group.items.iter().for_each(|tree| self.import(tree, before)),
            UseTree::Glob(_) => return drop(self.names(&path)),
            UseTree::Name(name) if name.ident == "self" => (None, before.last().cloned().unwrap_or_default()),
            UseTree::Name(name) => (Some(name.ident.to_string()), name.ident.to_string()),
            UseTree::Rename(name) => (Some(name.ident.to_string()), name.rename.to_string()),
        };
        path.extend(name);
        if let Some(target) = self.names(&path) {
            self.to.aliases.entry(self.module.to_vec()).or_default().insert(alias, target);
        }
    }

    /// What the parser does not read: the arguments of macros.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        for token in tokens {
            match token {
                TokenTree::Ident(name) => path.push(name.to_string()),
                TokenTree::Punct(punct) if punct.as_char() == ':' => {}
                other => {
                    self.names(&std::mem::take(&mut path));
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.names(&path);
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !is_test(&item.attrs) {
            self.import(&item.tree, &[]);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_test(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 {
            self.names(&names);
        }
        visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        self.tokens(called.tokens.clone());
        syn::visit::visit_macro(self, called);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {
        // `pub(in super::super)` takes nothing from there.
    }
}
