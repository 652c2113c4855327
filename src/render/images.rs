//! Images in the prose. A page asks nobody for anything, so local ones are put into it, and those elsewhere become links.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

/// The path of a file that an address within the notebook's own files means.
pub fn path(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or("");
    percent_decode_str(path).decode_utf8_lossy().into_owned()
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
    Some(format!("data:image/{};base64,{}", kind(bytes)?, STANDARD.encode(bytes)))
}

/// The kind of an image file, as its MIME type says it; `None` if it is none that browsers show.
pub fn kind(bytes: &[u8]) -> Option<&'static str> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
    let head = head.trim_start_matches('\u{feff}').trim_start();
    Some(match bytes {
        [0x89, b'P', b'N', b'G', ..] => "png",
        [0xff, 0xd8, 0xff, ..] => "jpeg",
        [b'G', b'I', b'F', b'8', ..] => "gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "webp",
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', b'f' | b's', ..] => "avif",
        _ if head.starts_with('<') && head.contains("<svg") => "svg+xml",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_path_without_its_query_and_its_signs() {
        assert_eq!(["img/a%20b.png?x", "a.md#b", "#b", "é.svg"].map(path), ["img/a b.png", "a.md", "", "é.svg"]);
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
