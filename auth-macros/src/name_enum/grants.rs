//! What roles grant: permissions of one enum, each named with its type.

use syn::Path;

use super::model::RawVariant;
use crate::diagnostics::Diagnostics;
use crate::types::path_text;

/// Returns what each role grants, and the enum that all granted permissions belong to.
pub(super) fn checked(variants: &[RawVariant], diagnostics: &mut Diagnostics) -> (Vec<Vec<Path>>, Option<Path>) {
    let (mut all, mut of): (_, Option<Path>) = (Vec::new(), None);
    for variant in variants {
        let mut granted: Vec<Path> = Vec::new();
        for path in variant.grants.value().into_iter().flatten() {
            let Some(ty) = without_last(path) else {
                let name = path_text(path);
                let message = format!("whose `{name}`? write the type, too: `grants(Permission::{name})`");
                diagnostics.error(path, message);
                continue;
            };
            let first = of.get_or_insert_with(|| ty.clone());
            if path_text(first) != path_text(&ty) {
                let (ty, first) = (path_text(&ty), path_text(first));
                let message = format!(
                    "roles grant permissions of one enum: `{ty}` is not `{first}`, of which one was granted before"
                );
                diagnostics.error(path, message);
            } else if granted.iter().any(|other| path_text(other) == path_text(path)) {
                diagnostics.error(path, format_args!("`{}` is granted twice; keep one", path_text(path)));
            } else {
                granted.push(path.clone());
            }
        }
        all.push(granted);
    }
    (all, of)
}

/// Returns `app::Permission` for `app::Permission::PostsWrite`.
fn without_last(path: &Path) -> Option<Path> {
    let mut segments: Vec<_> = path.segments.iter().cloned().collect();
    segments.pop();
    (!segments.is_empty()).then(|| Path { leading_colon: path.leading_colon, segments: segments.into_iter().collect() })
}
