//! What roles grant: permissions of one enum, each named with its type.

use quote::ToTokens;
use syn::Path;

use super::model::RawVariant;
use crate::diagnostics::Diagnostics;

/// Returns what each role grants, and the enum that all granted permissions belong to.
pub(super) fn checked(variants: &[RawVariant], diagnostics: &mut Diagnostics) -> (Vec<Vec<Path>>, Option<Path>) {
    let (mut all, mut of): (_, Option<Path>) = (Vec::new(), None);
    for variant in variants {
        let mut granted: Vec<Path> = Vec::new();
        for path in variant.grants.value().into_iter().flatten() {
            let Some(ty) = without_last(path) else {
                let name = text(path);
                let message = format!("whose `{name}`? write the type, too: `grants(Permission::{name})`");
                diagnostics.error(path, message);
                continue;
            };
            let first = of.get_or_insert_with(|| ty.clone());
            if text(first) != text(&ty) {
                let (ty, first) = (text(&ty), text(first));
                let message = format!(
                    "roles grant permissions of one enum: `{ty}` is not `{first}`, of which one was granted before"
                );
                diagnostics.error(path, message);
            } else if granted.iter().any(|other| text(other) == text(path)) {
                diagnostics.error(path, format_args!("`{}` is granted twice; keep one", text(path)));
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

fn text(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}
