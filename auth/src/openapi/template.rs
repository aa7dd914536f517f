//! Paths in axum's notation and in that of a document.

/// A path as a document writes it: `/files/{rest}` for `/files/{*rest}`.
pub(super) struct Template {
    pub(super) text: String,
    /// The names of its parameters.
    pub(super) parameters: Vec<String>,
    /// The same with nameless parameters. Paths that differ only in names are the same path.
    pub(super) form: String,
}

impl Template {
    pub(super) fn of(path: &str) -> Self {
        let (mut text, mut form, mut parameters) = (String::new(), String::new(), Vec::new());
        let mut rest = path;
        while let Some(place) = rest.find(['{', '}']) {
            let (before, found) = rest.split_at(place);
            text.push_str(before);
            form.push_str(before);
            let (literal, left) = match (found.strip_prefix("{{"), found.strip_prefix("}}")) {
                (Some(left), _) => (Some("%7B"), left),
                (_, Some(left)) => (Some("%7D"), left),
                // `{name}`; axum refuses a brace that is not a parameter.
                (None, None) => match found.strip_prefix('{').and_then(|name| name.split_once('}')) {
                    Some((name, left)) => {
                        let name = name.strip_prefix('*').unwrap_or(name);
                        text.push('{');
                        text.push_str(name);
                        text.push('}');
                        form.push_str("{}");
                        parameters.push(name.to_owned());
                        (None, left)
                    }
                    None => (None, found.get(1..).unwrap_or_default()),
                },
            };
            text.push_str(literal.unwrap_or_default());
            form.push_str(literal.unwrap_or_default());
            rest = left;
        }
        text.push_str(rest);
        form.push_str(rest);
        Self { text, parameters, form }
    }
}

#[cfg(test)]
mod tests {
    use super::Template;

    #[test]
    fn wildcards_are_parameters_and_doubled_braces_are_braces() {
        for (path, text, form, parameters) in [
            ("/", "/", "/", vec![]),
            ("/posts/{id}", "/posts/{id}", "/posts/{}", vec!["id"]),
            ("/t/{tenant}/{*rest}", "/t/{tenant}/{rest}", "/t/{}/{}", vec!["tenant", "rest"]),
            ("/{{id}}/{id}.txt", "/%7Bid%7D/{id}.txt", "/%7Bid%7D/{}.txt", vec!["id"]),
        ] {
            let template = Template::of(path);
            assert_eq!(
                (&*template.text, &*template.form, template.parameters),
                (text, form, parameters.into_iter().map(str::to_owned).collect())
            );
        }
    }
}
