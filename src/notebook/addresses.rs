//! The addresses of links and images in a notebook's text, and how they are led elsewhere in the text itself.

use pulldown_cmark::{Event, Options, Parser, Tag};
use std::ops::Range;

/// A link or an image, as it is written.
pub struct Written<'t> {
    /// Its address.
    pub url: &'t str,
    /// Whether it is an image whose address stands beside it, with its text.
    pub image: Option<&'t str>,
}

/// What takes the place of an address.
pub enum Led {
    /// Another address.
    To(String),
    /// Something else than a link or an image.
    Whole(String),
}

/// A text in which the links and images of the markdown from byte `body` on lead where `to` says. An address that is written with
/// entities or backslashes stays as it is.
pub fn lead(text: &str, body: usize, to: &dyn Fn(&Written<'_>) -> Option<Led>) -> String {
    let markdown = &text[body..];
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_TASKLISTS;
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut add = |range: Range<usize>, url: &str, sign: &str, alt: Option<&str>| {
        let written = &markdown[range.clone()];
        let Some(from) = written.rfind(sign) else { return };
        let Some(at) = written[from..].find(url).filter(|_| !url.is_empty()).map(|at| range.start + from + at) else {
            return;
        };
        match to(&Written { url, image: alt }) {
            Some(Led::To(new)) => edits.push((at..at + url.len(), new)),
            Some(Led::Whole(new)) => edits.push((range, new)),
            None => {}
        }
    };
    let mut parser = Parser::new_ext(markdown, options).into_offset_iter();
    for (event, range) in parser.by_ref() {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => add(range, &dest_url, "](", None),
            Event::Start(Tag::Image { dest_url, .. }) => {
                let alt = markdown[range.clone()].strip_prefix("![").and_then(|rest| rest.split("](").next());
                add(range, &dest_url, "](", alt);
            }
            _ => {}
        }
    }
    for (_, definition) in parser.reference_definitions().iter() {
        add(definition.span.clone(), &definition.dest, "]:", None);
    }
    edits.sort_by_key(|(range, _)| range.start);
    let (mut out, mut from) = (text[..body].to_owned(), 0);
    for (range, new) in edits {
        // An image in a link that is replaced as a whole is gone.
        if range.start >= from {
            out.push_str(&markdown[from..range.start]);
            out.push_str(&new);
            from = range.end;
        }
    }
    out + &markdown[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_images_and_definitions_are_led_and_code_stays() {
        let text = "a.md [a](a.md) `[a](a.md)` [![b](b.png)](a.md \"a.md\") [c][c] <d>\n\n```\n[a](a.md)\n```\n\n[c]: <a.md#x> \"t\"\n";
        let to = |written: &Written<'_>| match (written.url, written.image) {
            ("a.md", _) => Some(Led::To("A".into())),
            ("a.md#x", _) => Some(Led::To("X".into())),
            (_, Some(alt)) => Some(Led::Whole(format!("<{alt}>"))),
            _ => None,
        };
        let expected =
            "a.md [a](A) `[a](a.md)` [<b>](A \"a.md\") [c][c] <d>\n\n```\n[a](a.md)\n```\n\n[c]: <X> \"t\"\n";
        assert_eq!(lead(text, 0, &to), expected);
        assert_eq!(lead("[a](a.md) [a](a.md)", 9, &to), "[a](a.md) [a](A)");
    }
}
