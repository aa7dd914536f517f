//! The file in which a macro is used. A macro sees only its own tokens, and some mistakes are beside them. What is read
//! here decides which words an error has, or which of two expansions with the same meaning is generated, and never
//! whether a right program compiles.

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::PathBuf;
use std::rc::Rc;

use syn::Path;
use syn::ext::IdentExt;

use crate::enclosing_item::EnclosingItem;
use crate::types::is_word;

/// A file, and where its lines begin.
struct Source {
    text: String,
    lines: Vec<usize>,
}

/// What surrounds the macro that is being expanded, as far as it is known.
#[derive(Default)]
pub(crate) struct CallSite {
    /// What the function under an attribute belongs to.
    pub(crate) enclosing: EnclosingItem,
    /// Whether the function is the copy that axum's `#[debug_handler]` makes of what is below it, and calls without the
    /// guard.
    pub(crate) is_debug_copy: bool,
    source: Option<Rc<Source>>,
}

thread_local! {
    /// The last file that was read: most macros of a file are expanded one after another.
    static LAST: RefCell<Option<(PathBuf, Rc<Source>)>> = const { RefCell::new(None) };
    /// The attributes below a `#[debug_handler]` that were expanded: the second time it is the copy. (In a release build
    /// there is none.)
    static BELOW_DEBUG: RefCell<HashSet<(PathBuf, usize)>> = RefCell::new(HashSet::new());
}

impl CallSite {
    /// Looks around the attribute that is being expanded.
    pub(crate) fn of_attribute() -> Self {
        let attribute = proc_macro::Span::call_site();
        let Some((path, source)) = Source::of(attribute) else { return Self::default() };
        let mut call_site = Self { source: Some(Rc::clone(&source)), ..Self::default() };
        let Some(offset) = source.offset(attribute.line(), attribute.column()) else { return call_site };
        let before = source.text.get(..offset).unwrap_or_default();
        // Nothing surrounds what begins at the edge, as nearly every handler does.
        let indented = attribute.column() > 1;
        let debug = attributes_above(before).any(|name| name == "debug_handler");
        // The file may have changed since the compiler read it.
        let from_here = source.text.get(offset..).unwrap_or_default();
        let unchanged = || attribute.source_text().is_some_and(|text| from_here.starts_with(&text));
        if (indented || debug) && unchanged() {
            if indented {
                call_site.enclosing = EnclosingItem::of(before);
            }
            if debug {
                call_site.is_debug_copy = !BELOW_DEBUG.with_borrow_mut(|expanded| expanded.insert((path, offset)));
            }
        }
        call_site
    }

    /// Looks around the `macro!(…)` that is being expanded.
    pub(crate) fn of_macro() -> Self {
        let source = Source::of(proc_macro::Span::call_site()).map(|(_, source)| source);
        Self { source, ..Self::default() }
    }

    /// Takes a text for the file.
    #[cfg(test)]
    pub(crate) fn within(text: &str) -> Self {
        Self { source: Some(Rc::new(Source::new(text.to_owned()))), ..Self::default() }
    }

    /// Returns whether the path seems to lead to a function without `#[check]` in this file, or into another file, of
    /// which this one cannot say that.
    pub(crate) fn may_lack_check(&self, path: &Path) -> bool {
        let Some(source) = &self.source else { return false };
        let names = path.segments.iter().map(|segment| segment.ident.unraw().to_string());
        let names: Vec<String> = names.skip_while(|name| name == "self").collect();
        let (Some(first), Some(name)) = (names.first(), names.last()) else { return false };
        let mut found = source.functions(name).peekable();
        match found.peek() {
            Some(_) => !found.any(|before| attributes_above(before).any(|name| name == "check")),
            None if names.len() == 1 => source.imports(name),
            None => !source.has_inline_module(first),
        }
    }
}

impl Source {
    fn new(text: String) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(end, _)| end + 1)).collect();
        Self { text, lines }
    }

    fn of(span: proc_macro::Span) -> Option<(PathBuf, Rc<Self>)> {
        let path = span.local_file()?;
        LAST.with_borrow_mut(|last| {
            if let Some((_, source)) = last.as_ref().filter(|(read, _)| *read == path) {
                return Some((path, Rc::clone(source)));
            }
            let source = Rc::new(Self::new(std::fs::read_to_string(&path).ok()?));
            *last = Some((path.clone(), Rc::clone(&source)));
            Some((path, source))
        })
    }

    /// Lines and columns are counted from one, columns in characters.
    fn offset(&self, line: usize, column: usize) -> Option<usize> {
        let start = *self.lines.get(line.checked_sub(1)?)?;
        let rest = self.text.get(start..)?;
        rest.char_indices().nth(column.checked_sub(1)?).map(|(inside, _)| start + inside)
    }

    /// Returns whether a `use` names it. One that ends in `*` does not say.
    fn imports(&self, name: &str) -> bool {
        let uses = self.text.match_indices("use ").filter_map(|(start, _)| {
            let line = self.text.get(..start)?.rsplit('\n').next()?.trim();
            let begins = line.is_empty() || (line.starts_with("pub") && !line.contains(char::is_whitespace));
            self.text.get(start..)?.split(';').next().filter(|_| begins)
        });
        let mut names = uses.flat_map(|item| item.split(|c| !is_word(c)));
        names.any(|imported| imported == name)
    }

    /// Returns whether `mod name {` is in it.
    fn has_inline_module(&self, name: &str) -> bool {
        self.text.match_indices("mod ").any(|(start, keyword)| {
            let after = self.text.get(start + keyword.len()..).and_then(|after| after.trim_start().strip_prefix(name));
            after.is_some_and(|after| after.trim_start().starts_with('{'))
        })
    }

    /// Returns what stands before each line with `fn name`.
    fn functions<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.text.match_indices(name).filter_map(move |(start, _)| {
            let (before, after) = (self.text.get(..start)?, self.text.get(start + name.len()..)?);
            let word = before.trim_end().strip_suffix("fn")?;
            let whole = before.ends_with(char::is_whitespace) && word.ends_with(char::is_whitespace);
            let line = word.rfind('\n').map_or(0, |end| end + 1);
            (whole && !after.starts_with(is_word)).then(|| self.text.get(..line).unwrap_or_default())
        })
    }
}

/// Returns the names of the attributes at the end of `before`, without their paths, the last one first.
pub(crate) fn attributes_above(before: &str) -> impl Iterator<Item = &str> {
    let mut rest = before;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_end();
            let line = rest.rfind('\n').map_or(0, |end| end + 1);
            let comment = rest.get(line..)?.trim_start().starts_with("//");
            if !comment {
                break;
            }
            rest = rest.get(..line)?;
        }
        let inside = rest.strip_suffix(']')?;
        let start = inside.rfind("#[")?;
        rest = inside.get(..start)?;
        let path = inside.get(start + 2..)?.split(['(', '=']).next()?.trim();
        Some(path.rsplit("::").next().unwrap_or(path))
    })
}
