//! Where the text of a chapter comes from: other preprocessors may have changed it, or put another file in its place.

use super::book::Chapter;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Where a chapter's text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file, from the book's directory.
    pub name: String,
    /// The file itself.
    pub path: PathBuf,
    /// Whether it is not the chapter's own file.
    pub is_elsewhere: bool,
    /// Whether the text is not that of the file, so that its lines are others.
    pub is_changed: bool,
}

/// Where a chapter's text comes from, in a book in the directory `root` with its sources in `sources`. A chapter that is nothing but
/// `{{#include FILE}}` comes from that file.
pub fn origin(root: &Path, sources: &str, chapter: &Chapter) -> Origin {
    let from = |path: PathBuf, is_elsewhere, is_changed| Origin {
        name: path.to_string_lossy().into_owned(),
        path: root.join(&path),
        is_elsewhere,
        is_changed,
    };
    let own = Path::new(sources).join(&chapter.source);
    let text = fs::read_to_string(root.join(&own)).unwrap_or_default();
    if is_same(&text, &chapter.text) {
        return from(own, false, false);
    }
    let included = text.trim().strip_prefix("{{#include ").and_then(|rest| rest.strip_suffix("}}"));
    let included = included.map(|file| plain(&own.parent().unwrap_or(Path::new("")).join(file.trim())));
    match included.filter(|file| fs::read_to_string(root.join(file)).is_ok_and(|text| is_same(&text, &chapter.text))) {
        Some(file) => from(file, true, false),
        None => from(own, false, true),
    }
}

/// Whether two texts are the same but for a byte order mark and empty lines at the end.
fn is_same(one: &str, other: &str) -> bool {
    one.trim_start_matches('\u{feff}').trim_end() == other.trim_end()
}

/// A path without `..` behind a name.
pub fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if out.file_name().is_some() => drop(out.pop()),
            Component::CurDir => {}
            part => out.push(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chapter_is_named_by_the_file_that_holds_its_text() {
        let root = tempfile::tempdir().expect("a directory");
        let write = |name: &str, text: &str| {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().expect("a directory"))
                .and_then(|()| fs::write(path, text))
                .expect("a file");
        };
        write("book/src/a.md", "\u{feff}a\n");
        write("book/src/x/b.md", "{{#include ../../../lessons/b.md}}\n");
        write("lessons/b.md", "b\n\n");
        write("book/src/c.md", "{{#include ../../lessons/b.md:2}} c\n");
        let named = |source: &str, text: &str| {
            let chapter = Chapter { path: source.to_owned(), source: source.to_owned(), text: text.to_owned() };
            let origin = origin(&root.path().join("book"), "src", &chapter);
            (origin.name, origin.is_changed)
        };
        assert_eq!(named("a.md", "a\n"), ("src/a.md".to_owned(), false));
        assert_eq!(named("x/b.md", "b\n"), ("../lessons/b.md".to_owned(), false));
        assert_eq!(named("c.md", "b c\n"), ("src/c.md".to_owned(), true));
    }
}
