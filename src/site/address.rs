//! The way from one file of a site to another.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::path::{Component, Path, PathBuf};

/// What an address cannot hold as it is.
const SIGNS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'(')
    .add(b')')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'\\');

/// The address of a file from a page.
pub fn relative(page: &Path, file: &Path) -> String {
    let way = way(page.parent().unwrap_or(Path::new("")), file);
    let way: Vec<String> = way.components().map(|part| encoded(&part.as_os_str().to_string_lossy())).collect();
    // A colon in the first part would begin the name of a scheme.
    let is_scheme = way.first().is_some_and(|first| first.contains(':'));
    format!("{}{}", if is_scheme { "./" } else { "" }, way.join("/"))
}

/// The path of a file from a directory.
pub fn way(dir: &Path, file: &Path) -> PathBuf {
    let [from, to] = [dir, file].map(|path| path.components().collect::<Vec<_>>());
    let same = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
    let up = from[same..].iter().map(|_| Component::ParentDir);
    up.chain(to[same..].iter().copied()).collect()
}

/// A path as a part of an address.
pub fn encoded(path: &str) -> String {
    utf8_percent_encode(path, SIGNS).to_string()
}

/// The address of a path from a base that ends with `/`. The path may lead upwards.
pub fn joined(base: &str, path: &str) -> String {
    let root = base.find("://").and_then(|at| Some(at + 3 + base[at + 3..].find('/')?)).map_or(0, |at| at + 1);
    let (host, dir) = base.split_at(root);
    let mut parts: Vec<&str> = dir.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            part => parts.push(part),
        }
    }
    format!("{host}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_from_a_page_to_a_file() {
        let way = |page: &str, file: &str| relative(Path::new(page), Path::new(file));
        assert_eq!(way("/a/b/one.html", "/a/b/two.html"), "two.html");
        assert_eq!(way("/a/b/one.html", "/a/c d/two#.html"), "../c%20d/two%23.html");
        assert_eq!(way("/a/one.html", "/a/b/c/two.html"), "b/c/two.html");
        assert_eq!(way("/a/one.html", "/a/b:c.html"), "./b:c.html");
        assert_eq!(way("b/one.html", "index.html"), "../index.html");
    }

    #[test]
    fn a_path_may_lead_out_of_its_base_but_not_out_of_its_host() {
        let base = "https://example.org/blob/main/notebooks/";
        assert_eq!(joined(base, "a.md"), "https://example.org/blob/main/notebooks/a.md");
        assert_eq!(joined(base, "../book/b.md"), "https://example.org/blob/main/book/b.md");
        assert_eq!(joined("https://example.org/", "../../b.md"), "https://example.org/b.md");
    }
}
