//! The pages of the development mailbox: plain HTML without a script. A mail is written by the application, perhaps with
//! words of its users, so everything is escaped, and its HTML is shown in a frame that runs nothing.

use std::fmt::Write as _;
use std::path::Path;

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::response::{Html, IntoResponse as _, Response};

use crate::mail::{Kept, Message, escaped};

/// Letters of the application may have pictures. Nothing else is loaded, nothing runs, and nobody frames these pages.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data: http: https:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";
const STYLE: &str = ":root{color-scheme:light dark}body{font:16px/1.5 sans-serif;max-width:52em;margin:2em auto;\
                     padding:0 1em}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4em .8em .4em 0;\
                     border-bottom:1px solid #8886;vertical-align:top}pre{white-space:pre-wrap;overflow-wrap:anywhere;\
                     font:inherit;border:1px solid #8886;padding:1em}iframe{width:100%;height:28em;border:1px solid #8886;\
                     background:#fff}small{opacity:.7}";
/// The frame can open links, in a tab of their own, and do nothing else.
const SANDBOX: &str = "allow-popups allow-popups-to-escape-sandbox";

/// Lists mails. The page loads itself again, so that the next mail appears by itself.
pub(super) fn list(mails: &[Kept]) -> Response {
    let mut rows = String::new();
    for mail in mails {
        let id = escaped(mail.id.as_str());
        let _ = match &mail.message {
            Some(message) => writeln!(
                rows,
                "<tr><td><a href=\"mail/{id}\">{}</a></td><td>{}</td><td>{}</td></tr>",
                escaped(&message.subject),
                escaped(&message.to),
                escaped(&message.date)
            ),
            None => writeln!(rows, "<tr><td colspan=\"3\">{id}.eml: not a mail of this application</td></tr>"),
        };
    }
    let body = if mails.is_empty() {
        "<p>There is no mail yet. It appears here as soon as the application sends some.</p>\n".to_owned()
    } else {
        format!("<table>\n<tr><th>Subject</th><th>To</th><th>Written</th></tr>\n{rows}</table>\n")
    };
    page("Mail", "<meta http-equiv=\"refresh\" content=\"5\">", &format!("<h1>Mail</h1>\n{body}"))
}

/// Shows one mail: its text, whose links can be followed, and its HTML.
pub(super) fn mail(mail: &Message, file: &Path) -> Response {
    let mut body = format!(
        "<p><a href=\"../mail\">All mail</a></p>\n<h1>{}</h1>\n<p>To <b>{}</b>, {}<br><small>{}</small></p>\n\
         <pre>{}</pre>\n",
        escaped(&mail.subject),
        escaped(&mail.to),
        escaped(&mail.date),
        escaped(&file.display().to_string()),
        with_links(&mail.text)
    );
    if let Some(html) = &mail.html {
        let html = escaped_attribute(&format!("<base target=\"_blank\">{html}"));
        let _ = writeln!(body, "<h2>As HTML</h2>\n<iframe sandbox=\"{SANDBOX}\" srcdoc=\"{html}\"></iframe>");
    }
    page(&mail.subject, "", &body)
}

/// Escapes a text, keeps its lines, and makes links of its addresses.
fn with_links(text: &str) -> String {
    let mut html = String::new();
    for (number, line) in text.lines().enumerate() {
        if number > 0 {
            html.push('\n');
        }
        for word in line.split_inclusive(' ') {
            let link = word.trim_end();
            let word = escaped(word);
            let _ = if link.starts_with("http://") || link.starts_with("https://") {
                write!(html, "<a href=\"{}\">{word}</a>", escaped(link))
            } else {
                write!(html, "{word}")
            };
        }
    }
    html
}

/// Escapes a document for an attribute. It keeps its lines, which `pre` in it may need.
fn escaped_attribute(html: &str) -> String {
    html.replace('&', "&amp;").replace('"', "&quot;")
}

fn page(title: &str, head: &str, body: &str) -> Response {
    let title = escaped(title);
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>{head}\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<style>{STYLE}</style></head>\n<body>\n{body}</body></html>\n"
    );
    let headers = [
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (headers, Html(html)).into_response()
}
