//! Images in the prose. A page asks nobody for anything, so local ones are put into it, and those elsewhere become links.

use crate::diagnostic::Place;
use crate::notebook::Notebook;
use crate::notebook::markdown::{page_options, with_plain_line_endings};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use comrak::nodes::NodeValue;
use percent_encoding::percent_decode_str;

/// A local image that a notebook wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its address, as the markdown says it.
    pub url: String,
    /// The path that this is, relative to the notebook.
    pub path: String,
    /// Where it is asked for.
    pub place: Place,
}

/// The local images of a notebook, each once.
pub fn wanted(notebook: &Notebook) -> Vec<Wanted> {
    let markdown = notebook.text.get(notebook.body..).unwrap_or("");
    let mut found: Vec<Wanted> = Vec::new();
    // Most notebooks have no image, and need not be parsed once more.
    if !markdown.contains("![") {
        return found;
    }
    let lines_before = super::prose::line_breaks(notebook.text.get(..notebook.body).unwrap_or("")) as u32;
    let arena = comrak::Arena::new();
    let root = comrak::parse_document(&arena, &with_plain_line_endings(markdown), &page_options());
    for node in root.descendants() {
        let data = node.data();
        let NodeValue::Image(link) = &data.value else { continue };
        if is_elsewhere(&link.url) || link.url.is_empty() || found.iter().any(|other| other.url == link.url) {
            continue;
        }
        let line = data.sourcepos.start.line as u32 + lines_before;
        let whole = Place::in_source(&notebook.file, &notebook.text, line, 1, 1);
        let (column, width) = match whole.text.find(link.url.as_str()) {
            Some(at) => (whole.text[..at].chars().count() as u32 + 1, link.url.chars().count() as u32),
            None => (1, whole.text.chars().count() as u32),
        };
        let path = link.url.split(['?', '#']).next().unwrap_or("");
        found.push(Wanted {
            url: link.url.clone(),
            path: percent_decode_str(path).decode_utf8_lossy().into_owned(),
            place: Place::in_source(&notebook.file, &notebook.text, line, column, width),
        });
    }
    found
}

/// Whether an address leads away from the notebook's own files: it names a scheme or a host.
pub fn is_elsewhere(url: &str) -> bool {
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    is_scheme || url.starts_with("//")
}

/// Whether a link to an address leads to a page of the web, and to nothing else, such as a script.
pub fn is_on_the_web(url: &str) -> bool {
    ["http://", "https://", "//"]
        .iter()
        .any(|start| url.get(..start.len()).is_some_and(|is| is.eq_ignore_ascii_case(start)))
}

/// An image file as a `data:` address; `None` if it is none that browsers show.
pub fn data_url(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
    let head = head.trim_start_matches('\u{feff}').trim_start();
    let kind = match bytes {
        [0x89, b'P', b'N', b'G', ..] => "png",
        [0xff, 0xd8, 0xff, ..] => "jpeg",
        [b'G', b'I', b'F', b'8', ..] => "gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "webp",
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', b'f' | b's', ..] => "avif",
        _ if head.starts_with('<') && head.contains("<svg") => "svg+xml",
        _ => return None,
    };
    Some(format!("data:image/{kind};base64,{}", STANDARD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture::notebook;

    #[test]
    fn local_images_are_wanted_once_each_at_their_place() {
        let text = "---\nx: 1\n---\na\n\nb ![é](img/a%20b.png?x) ![](https://e.org/c.png) ![](img/a%20b.png?x)\n![r][]\n\n[r]: d.svg\n";
        let found = wanted(&notebook(text));
        let found: Vec<_> = found
            .iter()
            .map(|want| (want.path.as_str(), want.place.line, want.place.column, want.place.width))
            .collect();
        assert_eq!(found, [("img/a b.png", 6, 8, 15), ("d.svg", 7, 1, 6)]);
    }

    #[test]
    fn an_address_with_a_scheme_or_a_host_is_elsewhere() {
        for url in ["http://a/b.png", "//a/b.png", "data:image/png;base64,AA", "blob:x", "javascript:x"] {
            assert!(is_elsewhere(url), "{url}");
        }
        for url in ["a.png", "../a/b.png", "/a/b.png", "a/b:c.png"] {
            assert!(!is_elsewhere(url), "{url}");
        }
    }

    #[test]
    fn an_image_is_known_by_its_content() {
        assert_eq!(data_url(b"\x89PNG\r\n").as_deref(), Some("data:image/png;base64,iVBORw0K"));
        assert!(data_url(b"\xef\xbb\xbf<?xml version='1.0'?>\n<svg/>").is_some_and(|url| url.contains("svg+xml")));
        assert_eq!(data_url(b"root:x:0:0"), None);
        assert_eq!(data_url(b""), None);
    }
}
