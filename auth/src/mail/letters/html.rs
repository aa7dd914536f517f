//! HTML for mail: a few elements, everything escaped, nothing loaded from elsewhere. No template language would escape
//! more, and images would tell the sender who reads.

use std::fmt::{Arguments, Write as _};

use crate::base::misleading::is_misleading;

/// A small HTML document for a mail. Every text is escaped.
///
/// ```
/// let html = auth::mail::Html::new("en").paragraph("<b>Ada</b> & Eve").finish();
/// assert!(html.contains("&lt;b&gt;Ada&lt;/b&gt; &amp; Eve"));
/// ```
#[derive(Clone, Debug)]
#[must_use = "`finish` returns the document"]
pub struct Html(String);

impl Html {
    /// Begins a document in this language (`en`).
    pub fn new(language: &str) -> Self {
        let language = escaped(language);
        Self(format!(
            "<!doctype html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\"></head>\n\
             <body style=\"font-family:sans-serif;font-size:16px;line-height:1.5;max-width:36em;margin:1em auto\">\n"
        ))
    }

    /// Adds a paragraph.
    pub fn paragraph(mut self, text: &str) -> Self {
        self.push(format_args!("<p>{}</p>\n", escaped(text)));
        self
    }

    /// Adds a code in large digits.
    pub fn code(mut self, code: &str) -> Self {
        let style = "font-family:monospace;font-size:24px;letter-spacing:2px";
        self.push(format_args!("<p style=\"{style}\">{}</p>\n", escaped(code)));
        self
    }

    /// Adds a link that looks like a button, with its address below it. Anything but `https` and `http` is left out.
    pub fn button(mut self, link: &str, text: &str) -> Self {
        if link.starts_with("https://") || link.starts_with("http://") {
            let (link, text) = (escaped(link), escaped(text));
            let style = "display:inline-block;padding:10px 18px;background:#1a4fa3;color:#fff;text-decoration:none;\
                         border-radius:4px";
            self.push(format_args!("<p><a href=\"{link}\" style=\"{style}\">{text}</a></p>\n"));
            self.push(format_args!("<p style=\"font-size:13px;word-break:break-all\">{link}</p>\n"));
        }
        self
    }

    fn push(&mut self, element: Arguments<'_>) {
        // A `String` takes everything.
        let _ = self.0.write_fmt(element);
    }

    /// Returns the document.
    #[must_use]
    pub fn finish(self) -> String {
        self.0 + "</body></html>\n"
    }
}

/// Escapes what means something in HTML, and leaves control characters out.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\t' => safe.push(' '),
            c if is_misleading(c) => {}
            c => safe.push(c),
        }
    }
    safe
}
