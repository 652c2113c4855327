//! The YAML block at the head of a notebook.

use super::wide::joined;
use super::yaml::{self, Entry, Key, Node, Reader, Value};
use super::{DURATION_HELP, Dependency, LIMITS, Limits, Snippet, dependencies, duration};
use crate::diagnostic::{Diagnostic, Place, nearest};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::time::Duration;

/// What the front matter says. Keys that nbrun does not know at the top level are left to other tools, and so is what they
/// make of keys that it does know: an author may be a mapping with a name in it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FrontMatter {
    /// The page's title.
    pub title: Option<String>,
    /// The date, as it was written.
    pub date: Option<String>,
    /// The author, or several joined by `, `.
    pub author: Option<String>,
    /// The tags; a single one may be written without a list.
    pub tags: Vec<String>,
    /// The page's language as a BCP 47 tag, such as `en` or `zh-CN`.
    pub lang: Option<String>,
    /// One sentence for search engines and link previews.
    pub description: Option<String>,
    /// The address of an image for link previews, with its place.
    pub image: Option<(String, Place)>,
    /// The run's own settings, under the key `nbrun`.
    pub nbrun: Settings,
}

/// Settings of a run that a notebook makes for itself.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Settings {
    /// The time limit of each cell that has none of its own.
    pub timeout: Option<Duration>,
    /// The crates that its jobs use, in the order in which they are named.
    pub dependencies: Vec<Dependency>,
    /// Whether what workers do goes unnoted: `trace: off`.
    pub untraced: bool,
    /// Whether its jobs use std as it is, and not nbrun's mirror of it: `std: real`.
    pub real_std: bool,
    /// How much of the machine it asks for.
    pub limits: Limits,
    /// Where it asks for a limit or a time limit, by the name of that.
    pub asked_at: Vec<(String, Place)>,
}

impl Settings {
    /// What decides how a run goes: the same settings at other places in the text are equal.
    pub fn without_places(&self) -> Self {
        let nowhere = || Place { file: String::new(), line: 0, column: 0, width: 0, text: String::new() };
        let dependencies = self.dependencies.iter().cloned().map(|it| Dependency { place: nowhere(), ..it });
        Self { dependencies: dependencies.collect(), asked_at: Vec::new(), ..self.clone() }
    }
}

/// The keys under `nbrun`.
const SETTINGS: [&str; 4] = ["timeout", "dependencies", "trace", "std"];

/// All keys under `nbrun`.
fn keys() -> impl Iterator<Item = &'static str> + Clone {
    SETTINGS.into_iter().chain(LIMITS)
}

/// Reads the front matter of a notebook: `block` holds the bytes of the YAML between its fences in `source`, the whole
/// text of `file`, and `first_line` is the block's first line, from 1.
///
/// # Errors
/// YAML that is broken, or everything in it that is of the wrong shape.
pub fn parse(file: &str, source: &str, block: Range<usize>, first_line: u32) -> Result<FrontMatter, Vec<Diagnostic>> {
    let text = source.get(block).unwrap_or("");
    let mut reader = Reader::new(file, source);
    let mut front_matter = FrontMatter::default();
    match yaml::parse(file, source, &Snippet::of_lines(text, first_line))? {
        None => {}
        Some(root) if root.is_null() => {}
        Some(Node { value: Value::Map { entries, .. }, .. }) => {
            for Entry { key, value } in entries.iter().filter(|entry| !entry.value.is_null()) {
                match key.text.as_str() {
                    "title" => front_matter.title = one_text(value),
                    "date" => front_matter.date = one_text(value),
                    "description" => front_matter.description = one_text(value),
                    "image" => front_matter.image = one_text(value).map(|url| (url, reader.place(value.span))),
                    "author" => front_matter.author = one_text(value),
                    "tags" => front_matter.tags = texts(value),
                    "lang" => front_matter.lang = reader.lang(key, value),
                    "nbrun" => front_matter.nbrun = reader.settings(value),
                    _ => reader.almost_settings(key, value),
                }
            }
        }
        Some(root) => {
            let message = format!("front matter is a mapping, and this is {}", root.what());
            reader.report(root.span, Diagnostic::new(message).help("write for example `title: Threads and processes`"));
        }
    }
    reader.finish(front_matter)
}

/// The text in a value, whatever form another tool gives it; several texts are joined by `, `.
fn one_text(node: &Node) -> Option<String> {
    Some(texts(node).join(", ")).filter(|text| !text.is_empty())
}

/// The texts in a value: of a list those of its items, of a mapping its name.
fn texts(node: &Node) -> Vec<String> {
    match &node.value {
        Value::Scalar(scalar) => {
            let lines = scalar.text.lines().count();
            // YAML folds the lines of one text with blanks, which Chinese and Japanese do not have.
            let is_folded = lines == 1 && scalar.code.lines.len() > 1;
            let text = match is_folded {
                true => joined(scalar.code.lines.iter().map(|line| line.text.as_str())),
                false => scalar.text.trim().to_owned(),
            };
            Some(text).filter(|text| !text.is_empty()).into_iter().collect()
        }
        Value::List { items, .. } => items.iter().flat_map(texts).collect(),
        Value::Map { entries, .. } => {
            let value = |name: &str| entries.iter().find(|entry| entry.key.text == name).map(|entry| &entry.value);
            match ["name", "literal", "text", "value", "main"].into_iter().find_map(value) {
                Some(name) => one_text(name).into_iter().collect(),
                None => {
                    let parts: Vec<String> =
                        ["given", "family"].into_iter().filter_map(value).filter_map(one_text).collect();
                    Some(parts.join(" ")).filter(|name| !name.is_empty()).into_iter().collect()
                }
            }
        }
    }
}

impl Reader<'_> {
    /// A language tag, which goes into the page's markup.
    fn lang(&mut self, key: &Key, node: &Node) -> Option<String> {
        // Other tools write a locale.
        let lang = self.text(key, node)?.replace('_', "-");
        let is_subtag = |part: &str| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric());
        if !lang.split('-').all(is_subtag) {
            let diagnostic = Diagnostic::new(format!("`{lang}` is not a language tag"));
            self.report(node.span, diagnostic.help("write for example `en` or `zh-CN`"));
            return None;
        }
        Some(lang)
    }

    /// Tells of settings under a key that is most likely a misspelled `nbrun`.
    fn almost_settings(&mut self, key: &Key, node: &Node) {
        let name = key.text.to_lowercase();
        let is_near = name.starts_with('n') && nearest(&name, ["nbrun"]).is_some();
        if is_near && matches!(node.value, Value::Map { .. }) {
            let diagnostic = Diagnostic::new(format!("nbrun's own settings do not stand under `{}`", key.text));
            self.report(key.span, diagnostic.label("did you mean `nbrun`?"));
        }
    }

    fn settings(&mut self, node: &Node) -> Settings {
        let mut settings = Settings::default();
        let Value::Map { entries, .. } = &node.value else {
            let message = format!("`nbrun` is a mapping, and this is {}", node.what());
            self.report(node.span, Diagnostic::new(message).help("write for example `nbrun: {timeout: 10s}`"));
            return settings;
        };
        for Entry { key, value } in entries {
            if key.text == "timeout" || LIMITS.contains(&key.text.as_str()) {
                settings.asked_at.push((key.text.clone(), self.place(value.span)));
            }
            match key.text.as_str() {
                "timeout" => settings.timeout = self.timeout(value),
                "dependencies" => settings.dependencies = dependencies::read(self, value),
                "trace" => settings.untraced = self.is_off(value),
                "std" => settings.real_std = self.is_real(value),
                name if LIMITS.contains(&name) => self.limit(&mut settings.limits, name, value),
                _ => {
                    let diagnostic = Diagnostic::new(format!("`nbrun` has no key `{}`", key.text));
                    let diagnostic = diagnostic.did_you_mean(&key.text, keys());
                    let note = format!("its keys are: {}", keys().collect::<Vec<_>>().join(", "));
                    self.report(key.span, diagnostic.note(note));
                }
            }
        }
        settings
    }

    fn limit(&mut self, limits: &mut Limits, name: &str, node: &Node) {
        let text = node.scalar().map_or("", |scalar| scalar.text.trim());
        if text.is_empty() {
            let message = format!("`{name}` is one of the limits, and this is {}", node.what());
            return self.report(node.span, Diagnostic::new(message).help("write for example `memory: 2GiB`"));
        }
        if let Err(wrong) = limits.set(name, text) {
            self.report(node.span, Diagnostic::new(wrong.message).help(wrong.help));
        }
    }

    /// A switch, of which it asks whether it is off.
    fn is_off(&mut self, node: &Node) -> bool {
        match node.scalar().map(|scalar| scalar.text.as_str()) {
            Some("off" | "false") => return true,
            Some("on" | "true") => {}
            _ => {
                let message = format!("`trace` is `on` or `off`, and this is {}", node.what());
                self.report(node.span, Diagnostic::new(message));
            }
        }
        false
    }

    /// Which std it is, of which it asks whether it is the real one.
    fn is_real(&mut self, node: &Node) -> bool {
        match node.scalar().map(|scalar| scalar.text.as_str()) {
            Some("real") => return true,
            Some("mirror") => {}
            _ => {
                let message = format!("`std` is `mirror` or `real`, and this is {}", node.what());
                self.report(node.span, Diagnostic::new(message));
            }
        }
        false
    }

    fn timeout(&mut self, node: &Node) -> Option<Duration> {
        let read = match node.scalar() {
            Some(scalar) if !scalar.text.is_empty() => duration(&scalar.text),
            _ => Err(format!("`timeout` is a duration, and this is {}", node.what())),
        };
        read.map_err(|message| self.report(node.span, Diagnostic::new(message).help(DURATION_HELP))).ok()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What the front matter of this text says, or all that is wrong with it.
    pub(in crate::notebook) fn read(text: &str) -> Result<FrontMatter, String> {
        let source = format!("---\n{text}\n---\n");
        let end = source.len() - "\n---\n".len();
        parse("n.md", &source, 4..end, 2).map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    /// All that is wrong with the front matter of this text.
    pub(in crate::notebook) fn wrong(text: &str) -> String {
        read(text).expect_err("an error")
    }

    #[test]
    fn known_keys_are_read_and_others_left_alone() {
        let text = "title: Threads\n".to_owned()
            + "date: 2026-01-31\nauthor: [A. One, B. Two]\ntags: rust\nlang: zh-CN\ndescription: >\n  one\n  two\n\
               layout: post\nimage: a.png\nmermaid: {on: true}\nnbrun:\n  timeout: 1m 30s\n  processes: 8\n  memory: 1GiB\n";
        let expected = FrontMatter {
            title: Some("Threads".to_owned()),
            date: Some("2026-01-31".to_owned()),
            author: Some("A. One, B. Two".to_owned()),
            tags: vec!["rust".to_owned()],
            lang: Some("zh-CN".to_owned()),
            description: Some("one two".to_owned()),
            image: Some(("a.png".to_owned(), Place::in_source("n.md", &format!("---\n{text}"), 11, 8, 5))),
            nbrun: Settings {
                timeout: Some(Duration::from_secs(90)),
                limits: Limits { processes: Some(8), memory_bytes: Some(1 << 30), ..Limits::default() },
                ..Settings::default()
            },
        };
        let mut found = read(&text).expect("front matter");
        let places: Vec<_> = std::mem::take(&mut found.nbrun.asked_at);
        let places: Vec<_> = places.iter().map(|(name, at)| (name.as_str(), at.line, at.column)).collect();
        assert_eq!(places, [("timeout", 14, 12), ("processes", 15, 14), ("memory", 16, 11)]);
        assert_eq!(found, expected);
    }

    #[test]
    fn the_trace_is_a_switch() {
        let untraced = |text: &str| read(text).map(|front_matter| front_matter.nbrun.untraced);
        for (text, off) in [("title: a", false), ("nbrun: {trace: on}", false), ("nbrun: {trace: off}", true)] {
            assert_eq!(untraced(text), Ok(off), "{text}");
        }
        assert!(wrong("nbrun: {trace: 7}").contains("`trace` is `on` or `off`"));
    }

    #[test]
    fn std_is_the_mirror_or_the_real_one() {
        let real = |text: &str| read(text).map(|front_matter| front_matter.nbrun.real_std);
        for (text, is_real) in [("title: a", false), ("nbrun: {std: mirror}", false), ("nbrun: {std: real}", true)] {
            assert_eq!(real(text), Ok(is_real), "{text}");
        }
        assert!(wrong("nbrun: {std: 1.95}").contains("`std` is `mirror` or `real`"));
    }

    #[test]
    fn tags_may_be_a_list_and_texts_may_be_numbers() {
        let read = read("tags: [a, 1.50, true]\ntitle: 2026\nauthor: \"Me\"\ndate: 2026-01-31 10:00:00 +0800").unwrap();
        assert_eq!(read.tags, ["a", "1.50", "true"]);
        assert_eq!(read.title.as_deref(), Some("2026"));
        assert_eq!(read.author.as_deref(), Some("Me"));
        assert_eq!(read.date.as_deref(), Some("2026-01-31 10:00:00 +0800"));
    }

    #[test]
    fn front_matter_may_be_empty() {
        for text in ["", "# nothing", "title:\ntags:\nnbrun:", "\r"] {
            assert_eq!(read(text), Ok(FrontMatter::default()), "{text:?}");
        }
    }

    #[test]
    fn a_lone_carriage_return_ends_a_line_of_it_as_everywhere() {
        let error = wrong("title: a\rlang: e!\r\ntags: b");
        assert!(error.starts_with("n.md:3:7: error: `e!` is not a language tag"), "{error}");
    }

    #[test]
    fn front_matter_is_a_mapping() {
        insta::assert_snapshot!(wrong("- a\n- b"), @r#"
        n.md:2:1: error: front matter is a mapping, and this is a list
           |
         2 | - a
           | ^
           = help: write for example `title: Threads and processes`
        "#);
        insta::assert_snapshot!(wrong("just text"), @r#"
        n.md:2:1: error: front matter is a mapping, and this is text
           |
         2 | just text
           | ^^^^^^^^^
           = help: write for example `title: Threads and processes`
        "#);
    }

    #[test]
    fn broken_yaml_has_a_place() {
        insta::assert_snapshot!(wrong("date: 2026\ntitle: Threads: a study"), @r#"
        n.md:3:15: error: YAML reads `: ` inside of a value as the start of a mapping
           |
         3 | title: Threads: a study
           |               ^ this colon
           = help: put quotes around it: "Threads: a study"
        "#);
        insta::assert_snapshot!(wrong("title: a\ntitle: b"), @r#"
        n.md:3:1: error: the key `title` stands here twice
           |
         3 | title: b
           | ^^^^^ the second time
           = note: n.md:2:1: the first time
           |
         2 | title: a
           | ^^^^^
        "#);
        insta::assert_snapshot!(wrong("title: \"a"), @r#"
        n.md:2:8: error: this `"` has no partner
           |
         2 | title: "a
           |        ^
        "#);
    }

    #[test]
    fn other_tools_may_write_what_they_like() {
        let head = |text: &str| read(text).map(|front_matter| (front_matter.author, front_matter.title));
        let text = |text: &str| Some(text.to_owned());
        for (front_matter, author, title) in [
            ("author: {name: Ada, url: x}\ntitle: a", text("Ada"), text("a")),
            ("author:\n  - name: Ada\n    affiliations: [{name: x}]\n  - Bob\n", text("Ada, Bob"), None),
            ("author: [{name: {given: Ada, family: Lovelace}}, {family: Wu}]", text("Ada Lovelace, Wu"), None),
            ("title: {main: a}\nauthor: {email: x}", None, text("a")),
            ("title: [{type: main, text: a}]", None, text("a")),
            ("layout: post\ndate: {value: 1}\ndraft: true\npermalink: /a/\ncategories: [a]\ntags: {a: b}", None, None),
            ("format:\n  html: {toc: true, code-fold: show}\nexecute: {echo: false}\nexecutors: 1", None, None),
            ("taxonomies:\n  tags: [a]\nextra: {a: 1}\nmenu: {main: {weight: 1}}\ncover: {image: a.png}", None, None),
            ("nbdev: {a: 1}\nrun: {b: 1}\nnbrn: x", None, None),
        ] {
            assert_eq!(head(front_matter), Ok((author, title)), "{front_matter}");
        }
        assert_eq!(read("lang: en_US").unwrap().lang.as_deref(), Some("en-US"));
        assert_eq!(read("tags:\n  - name: a\n  - [b, 1]").unwrap().tags, ["a", "b", "1"]);
    }

    #[test]
    fn lines_that_yaml_folds_are_one_text() {
        let description = |text: &str| read(text).unwrap().description.unwrap();
        assert_eq!(description("description: >\n  多线程\n  和 one\n  two\n"), "多线程和 one two");
        assert_eq!(description("description: 多线程\n  和"), "多线程和");
        assert_eq!(description("description: \"多\n  线\""), "多线");
        assert_eq!(description("description: |\n  a\n  b"), "a\nb");
    }

    #[test]
    fn everything_of_a_wrong_shape_is_said_at_once() {
        insta::assert_snapshot!(wrong("lang: a b\nnbrun: 5s\nnbrunn: {timeout: 5s}"), @r#"
        n.md:2:7: error: `a b` is not a language tag
           |
         2 | lang: a b
           |       ^^^
           = help: write for example `en` or `zh-CN`
        n.md:3:8: error: `nbrun` is a mapping, and this is text
           |
         3 | nbrun: 5s
           |        ^^
           = help: write for example `nbrun: {timeout: 10s}`
        n.md:4:1: error: nbrun's own settings do not stand under `nbrunn`
           |
         4 | nbrunn: {timeout: 5s}
           | ^^^^^^ did you mean `nbrun`?
        "#);
    }

    #[test]
    fn settings_are_known_and_durations() {
        insta::assert_snapshot!(wrong("nbrun: {timeot: 5s}"), @r#"
        n.md:2:9: error: `nbrun` has no key `timeot`
           |
         2 | nbrun: {timeot: 5s}
           |         ^^^^^^ did you mean `timeout`?
           = note: its keys are: timeout, dependencies, trace, std, total, output, memory, processes, shared
        "#);
        insta::assert_snapshot!(wrong("nbrun: {timeout: soon}"), @r#"
        n.md:2:18: error: `soon` is not a duration
           |
         2 | nbrun: {timeout: soon}
           |                  ^^^^
           = help: write `2s`, `500ms`, `1m 30s`, or a number of seconds
        "#);
        insta::assert_snapshot!(wrong("nbrun: {memory: 1KiB, processes: [1], totl: 5m}"), @r#"
        n.md:2:17: error: `memory` is at least 16 MiB, not 1KiB
           |
         2 | nbrun: {memory: 1KiB, processes: [1], totl: 5m}
           |                 ^^^^
           = help: write a size such as 512KiB, 64MiB or 2GiB
        n.md:2:34: error: `processes` is one of the limits, and this is a list
           |
         2 | nbrun: {memory: 1KiB, processes: [1], totl: 5m}
           |                                  ^
           = help: write for example `memory: 2GiB`
        n.md:2:39: error: `nbrun` has no key `totl`
           |
         2 | nbrun: {memory: 1KiB, processes: [1], totl: 5m}
           |                                       ^^^^ did you mean `total`?
           = note: its keys are: timeout, dependencies, trace, std, total, output, memory, processes, shared
        "#);
        insta::assert_snapshot!(wrong("nbrun: {timeout: }"), @r#"
        n.md:2:18: error: `timeout` is a duration, and this is nothing
           |
         2 | nbrun: {timeout: }
           |                  ^
           = help: write `2s`, `500ms`, `1m 30s`, or a number of seconds
        "#);
    }
}
