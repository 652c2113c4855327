//! `nbrun.yaml`: what the author of a site says about all of it.

use crate::diagnostic::{Diagnostic, Place};
use crate::notebook::Snippet;
use crate::notebook::yaml::{self, Entry, Key, Node, Reader, Value};
use crate::render::footer;

/// The name of the file.
pub const CONFIG: &str = "nbrun.yaml";

/// All that a site can be told. Every key may be left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config {
    /// The site's title.
    pub title: Text,
    /// One sentence about it.
    pub description: Text,
    /// The languages by their tags, the main one first, each with the name that the switch has for it.
    pub languages: Vec<(String, Option<String>)>,
    /// The site's address, which ends with `/`.
    pub base: Option<String>,
    /// The address at which the notebooks' directory is to be read, which ends with `/`.
    pub source: Option<String>,
    /// The address at which it is edited, which ends with `/`.
    pub edit: Option<String>,
    /// The address of the image that link previews show of pages without one of their own, with its place.
    pub image: Option<(String, Place)>,
    /// What stands at the end of each page, as markdown.
    pub footer: Text,
    /// The addresses of its links, with their places.
    pub footer_links: Vec<(String, Place)>,
    /// The lessons in their order.
    pub lessons: Vec<ListedPart>,
}

/// A text, perhaps in several languages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text(Vec<(Option<String>, String)>);

/// Lessons under a title, or under none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListedPart {
    /// The title.
    pub title: Text,
    /// The lessons.
    pub lessons: Vec<Listed>,
}

/// A lesson as the configuration names it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Its path.
    pub path: String,
    /// Where it is named.
    pub place: Place,
}

const KEYS: [&str; 9] = ["title", "description", "languages", "base", "source", "edit", "image", "footer", "lessons"];

impl Text {
    /// The text in a language, or else the first that there is.
    pub fn get(&self, lang: &str) -> Option<&str> {
        let found = self.0.iter().find(|(tag, _)| tag.as_deref() == Some(lang)).or(self.0.first());
        found.map(|(_, text)| text.as_str())
    }
}

impl Config {
    /// Reads the text of the file.
    ///
    /// # Errors
    /// YAML that is broken, or everything in it that is unknown or of the wrong shape.
    pub fn parse(file: &str, source: &str) -> Result<Self, Vec<Diagnostic>> {
        let Some(root) = yaml::parse(file, source, &Snippet::of_lines(source, 1))? else { return Ok(Self::default()) };
        let mut reader = Reader::new(file, source);
        let mut config = Self::default();
        let Value::Map { entries, .. } = &root.value else {
            let error = Diagnostic::new(format!("`nbrun.yaml` is a mapping, and this is {}", root.what()));
            reader.report(root.span, error.help("write for example `title: Threads and processes`"));
            return reader.finish(config);
        };
        for Entry { key, value } in entries {
            match key.text.as_str() {
                "title" => config.title = text(&mut reader, key, value),
                "description" => config.description = text(&mut reader, key, value),
                "image" => {
                    config.image = reader.text(key, value).map(|url| (url, reader.place(value.span)));
                }
                "footer" => {
                    config.footer = text(&mut reader, key, value);
                    let urls = config.footer.0.iter().flat_map(|(_, text)| footer::links(text));
                    config.footer_links = urls.map(|url| (url.clone(), reader.place_of(value, &url))).collect();
                }
                "languages" => config.languages = languages(&mut reader, key, value),
                "base" => config.base = address(&mut reader, key, value),
                "source" => config.source = address(&mut reader, key, value),
                "edit" => config.edit = address(&mut reader, key, value),
                "lessons" => config.lessons = lessons(&mut reader, key, value),
                _ => unknown(&mut reader, key, "nbrun.yaml", &KEYS),
            }
        }
        reader.finish(config)
    }

    /// All lessons that are named.
    pub fn listed(&self) -> impl Iterator<Item = &Listed> {
        self.lessons.iter().flat_map(|part| &part.lessons)
    }
}

fn unknown(reader: &mut Reader<'_>, key: &Key, of: &str, keys: &[&str]) {
    let error = Diagnostic::new(format!("`{of}` has no key `{}`", key.text));
    let error = error.did_you_mean(&key.text, keys.iter().copied());
    reader.report(key.span, error.note(format!("its keys are: {}", keys.join(", "))));
}

/// A text, or a mapping from languages to texts.
fn text(reader: &mut Reader<'_>, key: &Key, node: &Node) -> Text {
    match &node.value {
        Value::Map { entries, .. } => {
            let read = |Entry { key, value }: &Entry| Some((Some(key.text.clone()), reader.text(key, value)?));
            Text(entries.iter().filter_map(read).collect())
        }
        _ => Text(reader.text(key, node).map(|text| (None, text)).into_iter().collect()),
    }
}

/// A list of tags, or a mapping from tags to names.
fn languages(reader: &mut Reader<'_>, key: &Key, node: &Node) -> Vec<(String, Option<String>)> {
    let is_tag = |text: &str| {
        let is_part = |part: &str| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric());
        text.split('-').all(is_part)
    };
    let found: Vec<_> = match &node.value {
        Value::Map { entries, .. } => {
            let read = |Entry { key, value }: &Entry| (key.span, key.text.clone(), reader.text(key, value));
            entries.iter().map(read).collect()
        }
        Value::List { items, .. } => {
            items.iter().filter_map(|item| Some((item.span, reader.text(key, item)?, None))).collect()
        }
        Value::Scalar(_) => reader.text(key, node).map(|tag| (node.span, tag, None)).into_iter().collect(),
    };
    let mut languages = Vec::new();
    for (span, tag, name) in found {
        if is_tag(&tag) {
            languages.push((tag, name));
        } else {
            let error = Diagnostic::new(format!("`{tag}` is not a language tag"));
            reader.report(span, error.help("write for example `en` or `zh-CN`"));
        }
    }
    languages
}

/// An address on the web, with a `/` at its end.
fn address(reader: &mut Reader<'_>, key: &Key, node: &Node) -> Option<String> {
    let text = reader.text(key, node)?;
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_plain =
        |rest: &&str| !rest.is_empty() && !rest.contains(|c: char| c.is_whitespace() || "?#\"<>".contains(c));
    if rest.filter(is_plain).is_none() {
        let error = Diagnostic::new(format!("`{}` is an address on the web, and `{text}` is none", key.text));
        reader.report(node.span, error.help("write for example `https://example.org/course/`"));
        return None;
    }
    Some(format!("{}/", text.trim_end_matches('/')))
}

/// A list of paths and of parts.
fn lessons(reader: &mut Reader<'_>, key: &Key, node: &Node) -> Vec<ListedPart> {
    let Value::List { items, .. } = &node.value else {
        let error = Diagnostic::new(format!("`{}` is a list, and this is {}", key.text, node.what()));
        reader.report(node.span, error.help("write `- first.md`, or `- part: A title` and `  lessons: [first.md]`"));
        return Vec::new();
    };
    let mut parts: Vec<ListedPart> = Vec::new();
    // Whether the last part is one that lessons without a part belong to.
    let mut is_open = false;
    for item in items {
        let Value::Map { entries, .. } = &item.value else {
            if !is_open {
                parts.push(ListedPart::default());
                is_open = true;
            }
            let found = listed(reader, key, item);
            if let Some(part) = parts.last_mut() {
                part.lessons.extend(found);
            }
            continue;
        };
        is_open = false;
        let mut part = ListedPart::default();
        for Entry { key, value } in entries {
            match (key.text.as_str(), &value.value) {
                ("part", _) => part.title = text(reader, key, value),
                ("lessons", Value::List { items, .. }) => {
                    part.lessons = items.iter().filter_map(|item| listed(reader, key, item)).collect();
                }
                ("lessons", _) => {
                    let error = Diagnostic::new(format!("`lessons` is a list of paths, and this is {}", value.what()));
                    reader.report(value.span, error);
                }
                _ => unknown(reader, key, "part", &["part", "lessons"]),
            }
        }
        parts.push(part);
    }
    parts
}

fn listed(reader: &mut Reader<'_>, key: &Key, node: &Node) -> Option<Listed> {
    let Value::Scalar(_) = &node.value else {
        let error = Diagnostic::new(format!("a lesson is a path, and this is {}", node.what()));
        reader.report(node.span, error.help("write for example `first.md`; a part holds lessons, and no other parts"));
        return None;
    };
    let path = reader.text(key, node)?;
    let path = path.strip_prefix("./").unwrap_or(&path).to_owned();
    Some(Listed { path, place: reader.place(node.span) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        let errors = Config::parse("nbrun.yaml", text).expect_err("an error");
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn everything_that_can_be_said_is_read() {
        let text = "title: {en: Threads, zh: 线程}\ndescription: All of it\nlanguages: {en: English, zh-CN: 简体}\n\
                    base: https://e.org/x\nedit: http://e.org/edit/\nfooter: '*(c)*'\nlessons:\n  - ./a.md\n  - b.md\n  \
                    - part: More\n    lessons: [c.md]\n  - d.md\n";
        let config = Config::parse("nbrun.yaml", text).expect("a configuration");
        assert_eq!([config.title.get("zh"), config.title.get("fr")], [Some("线程"), Some("Threads")]);
        assert_eq!(config.description.get("zh"), Some("All of it"));
        assert_eq!(config.languages[1], ("zh-CN".to_owned(), Some("简体".to_owned())));
        assert_eq!(
            (config.base.as_deref(), config.edit.as_deref()),
            (Some("https://e.org/x/"), Some("http://e.org/edit/"))
        );
        let parts: Vec<(Option<&str>, usize)> =
            config.lessons.iter().map(|part| (part.title.get("en"), part.lessons.len())).collect();
        assert_eq!(parts, [(None, 2), (Some("More"), 1), (None, 1)]);
        assert_eq!(config.listed().map(|it| it.path.as_str()).collect::<String>(), "a.mdb.mdc.mdd.md");
        assert_eq!(Config::parse("nbrun.yaml", "# nothing\n"), Ok(Config::default()));
    }

    #[test]
    fn what_is_unknown_or_of_the_wrong_shape_is_told_at_its_place() {
        insta::assert_snapshot!(wrong("titel: a\nbase: e.org\nlanguages: [e!]\nlessons:\n  - parts: b\n"), @r#"
        nbrun.yaml:1:1: error: `nbrun.yaml` has no key `titel`
           |
         1 | titel: a
           | ^^^^^ did you mean `title`?
           = note: its keys are: title, description, languages, base, source, edit, image, footer, lessons
        nbrun.yaml:2:7: error: `base` is an address on the web, and `e.org` is none
           |
         2 | base: e.org
           |       ^^^^^
           = help: write for example `https://example.org/course/`
        nbrun.yaml:3:13: error: `e!` is not a language tag
           |
         3 | languages: [e!]
           |             ^^
           = help: write for example `en` or `zh-CN`
        nbrun.yaml:5:5: error: `part` has no key `parts`
           |
         5 |   - parts: b
           |     ^^^^^ did you mean `part`?
           = note: its keys are: part, lessons
        "#);
        assert!(wrong("lessons: a.md").contains("nbrun.yaml:1:10: error: `lessons` is a list, and this is text"));
        let nested = wrong("lessons:\n  - part: a\n    lessons:\n      - part: b\n        lessons: [a.md]");
        assert!(nested.contains("nbrun.yaml:4:9: error: a lesson is a path, and this is a mapping"), "{nested}");
        assert!(wrong("- a").contains("`nbrun.yaml` is a mapping, and this is a list"));
    }
}
