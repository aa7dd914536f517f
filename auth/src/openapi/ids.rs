//! Operation ids, unique in a document.

use std::collections::HashSet;

use utoipa::openapi::PathItem;
use utoipa::openapi::path::{Operation, PathsMap};

use super::OperationKey;
use super::guard::{METHODS, slot};

/// Gives operations in `ours` an id if they have none, or one that is already in use. Other operations keep theirs.
pub(super) fn make_unique(paths: &mut PathsMap<String, PathItem>, ours: &[OperationKey]) {
    let ours: HashSet<&OperationKey> = ours.iter().collect();
    let mut used = HashSet::new();
    each(paths, |place, operation| {
        if !ours.contains(place) {
            used.extend(operation.operation_id.clone());
        }
    });
    each(paths, |place, operation| {
        if ours.contains(place) {
            operation.operation_id = operation.operation_id.take().filter(|id| used.insert(id.clone()));
        }
    });
    each(paths, |place, operation| {
        if ours.contains(place) && operation.operation_id.is_none() {
            let id = free(&words(place), &used);
            used.insert(id.clone());
            operation.operation_id = Some(id);
        }
    });
}

fn each(paths: &mut PathsMap<String, PathItem>, mut run: impl FnMut(&OperationKey, &mut Operation)) {
    for (path, item) in paths {
        for method in METHODS {
            if let Some(Some(operation)) = slot(item, method) {
                run(&(path.clone(), method), operation);
            }
        }
    }
}

/// `get_posts_id` for `GET /posts/{id}`.
fn words((path, method): &OperationKey) -> String {
    let mut id = method.to_ascii_lowercase();
    for word in path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        id.push('_');
        id.push_str(word);
    }
    id
}

fn free(id: &str, used: &HashSet<String>) -> String {
    let mut free = id.to_owned();
    let mut number = 1;
    while used.contains(&free) {
        number += 1;
        free = format!("{id}_{number}");
    }
    free
}
