//! Pages: a title, paragraphs and forms. What is put into them is escaped, but for pictures.

use std::fmt::Write as _;

use auth::AuthError;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};

/// Nothing is loaded and nobody frames these pages. Forms go to this origin, and so do the requests of the one script.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const SCRIPTED: &str = "; script-src 'self'; connect-src 'self'";
const STYLE: &str = "body{font:16px/1.5 sans-serif;max-width:32em;margin:2em auto;padding:0 1em}label{display:block;margin:1em 0}\
                     input{display:block;width:100%;font:inherit}.error{color:#a00}";

/// A page under construction.
pub(crate) struct Page {
    title: &'static str,
    body: String,
    status: StatusCode,
    /// Whether the script for passkeys is loaded.
    scripted: bool,
}

impl Page {
    pub(crate) fn new(title: &'static str) -> Self {
        Self { title, body: String::new(), status: StatusCode::OK, scripted: false }
    }

    fn push(mut self, html: std::fmt::Arguments<'_>) -> Self {
        // A `String` takes everything.
        let _ = self.body.write_fmt(html);
        self
    }

    pub(crate) fn text(self, id: &str, text: &str) -> Self {
        self.push(format_args!("<p id=\"{id}\">{}</p>\n", escaped(text)))
    }

    /// Adds an SVG, which is not escaped.
    pub(crate) fn picture(self, svg: &str) -> Self {
        let (_, svg) = svg.split_once("?>").unwrap_or(("", svg));
        self.push(format_args!("<p>{svg}</p>\n"))
    }

    pub(crate) fn link(self, to: &str, text: &str) -> Self {
        self.push(format_args!("<p><a href=\"{}\">{}</a></p>\n", escaped(to), escaped(text)))
    }

    /// Adds a form; its id is its address without the slash.
    pub(crate) fn form(self, to: &str, fields: &[Field<'_>], button: &str) -> Self {
        let id = to.trim_start_matches('/').replace('/', "-");
        let page =
            self.push(format_args!("<form method=\"post\" action=\"{}\" id=\"{}\">\n", escaped(to), escaped(&id)));
        let page = fields.iter().fold(page, |page, field| match field {
            Field::Hidden(name, value) => {
                page.push(format_args!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n", escaped(value)))
            }
            Field::Shown(name, label, kind) => page.push(format_args!(
                "<label>{}<input name=\"{name}\" type=\"{kind}\" autocomplete=\"{}\" required></label>\n",
                escaped(label),
                match (*name, to) {
                    ("code", _) => "one-time-code",
                    // Browsers offer passkeys in this field.
                    ("email", "/sign-in") => "username webauthn",
                    _ => "on",
                }
            )),
        });
        page.push(format_args!("<button>{}</button>\n</form>\n", escaped(button)))
    }

    /// Adds a button that uses a passkey. It is hidden where there is no script, or there are no passkeys.
    pub(crate) fn passkey(self, what: &str, button: &str, next: &str) -> Self {
        let page = self.push(format_args!(
            "<p><button type=\"button\" id=\"passkey\" data-passkey=\"{what}\" data-next=\"{next}\" hidden>{}</button></p>\n",
            escaped(button)
        ));
        page.scripted()
    }

    /// Adds a form that makes a passkey, and then opens `next`. A sign-in that is too old for it is renewed at `again`. The
    /// browser is told which passkeys there are, so that it does not offer those that were removed.
    pub(crate) fn add_passkey(self, next: &str, again: &str) -> Self {
        let page = self.push(format_args!(
            "<div data-passkey=\"accepted\"></div>\n<form id=\"passkey-add\" data-passkey=\"add\" data-next=\"{next}\" data-again=\"{again}\" hidden>\n\
             <label>Name<input name=\"name\" maxlength=\"64\" required></label>\n<button>Add a passkey</button>\n</form>\n\
             <noscript><p>Adding one takes a script.</p></noscript>\n"
        ));
        page.scripted()
    }

    fn scripted(mut self) -> Self {
        self.scripted = true;
        self.push(format_args!("<p class=\"error\" id=\"passkey-error\" data-passkey-error hidden></p>\n"))
    }

    /// Says what was wrong with the last try.
    pub(crate) fn error(mut self, error: Option<&AuthError>) -> Self {
        let Some(error) = error else { return self };
        self.status = error.status();
        let text = match error {
            AuthError::InvalidFields(errors) => {
                errors.iter().map(|error| error.message.clone()).collect::<Vec<_>>().join("; ")
            }
            error => error.to_string(),
        };
        self.push(format_args!("<p class=\"error\">{}</p>\n", escaped(&text)))
    }
}

/// A field of a form: name and value, or name, label and type.
pub(crate) enum Field<'a> {
    Hidden(&'static str, &'a str),
    Shown(&'static str, &'static str, &'static str),
}

/// Not cached: after signing out, the back button must not show the page again. And no address of these pages, which may
/// have a token in it, is told to anybody.
impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let Self { title, body, status, scripted } = self;
        let (script, policy) = if scripted {
            ("<script src=\"/auth/passkeys.js\" defer></script>", format!("{POLICY}{SCRIPTED}"))
        } else {
            ("", POLICY.to_owned())
        };
        let html = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style>{script}</head>\n\
             <body>\n<h1>{title}</h1>\n{body}</body></html>\n"
        );
        let headers =
            [(CONTENT_SECURITY_POLICY, &*policy), (CACHE_CONTROL, "no-store"), (REFERRER_POLICY, "no-referrer")];
        (status, headers, Html(html)).into_response()
    }
}

/// Sends the browser to another page, with the cookies of `response`.
pub(crate) fn redirect(path: &'static str, response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::SEE_OTHER;
    parts.headers.insert(LOCATION, HeaderValue::from_static(path));
    (parts, ()).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
