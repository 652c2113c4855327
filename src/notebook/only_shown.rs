//! What is defined in code that is only shown: an author who misses it has most likely forgotten a word of the fence.

use super::fences::blocks;
use super::{Notebook, SpecKind, info};

/// A definition that nothing runs.
#[derive(Debug, PartialEq, Eq)]
pub struct OnlyShown {
    /// The line of the fence, or of the first line of a block that is indented.
    pub line: u32,
    /// Whether the block is code for being indented by four.
    pub indented: bool,
    /// What a fence must say so that it would be run.
    pub fence: String,
}

/// Words of Rust behind which a name is defined.
const KEYWORDS: [&str; 10] =
    ["fn", "struct", "enum", "union", "trait", "type", "const", "static", "mod", "macro_rules!"];

/// The last definition of `name`, a Rust item or a resource, in a block that is only shown.
pub fn only_shown(notebook: &Notebook, name: &str) -> Option<OnlyShown> {
    let blocks = blocks(&notebook.text, notebook.body);
    let fences = blocks.fences.iter().filter(|fence| matches!(info::kind(&fence.info), Ok(None))).filter_map(|fence| {
        let lines = || fence.code.lines.iter().map(|line| line.text.as_str());
        let is_yaml = fence.info.to_lowercase().starts_with('y');
        let kind = if is_yaml { resource(lines(), &fence.info, name)? } else { item(lines(), name)? };
        Some(OnlyShown { line: fence.line, indented: false, fence: kind })
    });
    let indented = blocks.indented.iter().filter_map(|block| {
        let lines = || block.iter().map(|line| line.text.as_str());
        let first = block.first()?;
        let info = first.text.trim_start_matches(['`', '~']);
        let kind = if info.starts_with("yaml") { resource(lines(), info, name)? } else { item(lines(), name)? };
        Some(OnlyShown { line: first.number, indented: true, fence: kind })
    });
    fences.chain(indented).max_by_key(|found| found.line)
}

/// The fence for lines of Rust that define an item of this name.
fn item<'a>(mut lines: impl Iterator<Item = &'a str>, name: &str) -> Option<String> {
    let words = |line: &'a str| {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '!');
        line.split(move |c| !is_word(c)).filter(|word| !word.is_empty()).collect::<Vec<_>>()
    };
    let defines = |line: &'a str| {
        let words = words(line);
        words.windows(2).any(|pair| KEYWORDS.contains(&pair[0]) && pair[1] == name)
            || words.windows(3).any(|three| three[..2] == ["static", "mut"] && three[2] == name)
    };
    lines.any(defines).then(|| "rust job".to_owned())
}

/// The fence for lines of YAML that declare a resource of this name.
fn resource<'a>(mut lines: impl Iterator<Item = &'a str>, info: &str, name: &str) -> Option<String> {
    let declares =
        |line: &'a str| line.trim_start_matches('{').strip_prefix(name).is_some_and(|rest| rest.starts_with(':'));
    let kind = SpecKind::ALL.into_iter().find(|kind| info.contains(kind.as_str()));
    lines.any(declares).then(|| format!("yaml {}", kind.map_or("queue", SpecKind::as_str)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::parse;

    fn found(text: &str, name: &str) -> Option<(u32, bool, String)> {
        let notebook = parse("a.md", text.to_owned()).expect("a notebook");
        only_shown(&notebook, name).map(|found| (found.line, found.indented, found.fence))
    }

    #[test]
    fn an_item_or_a_resource_is_found_in_every_block_that_is_only_shown() {
        for info in ["rust", "", "rust,ignore,job", "rust {job}", "text"] {
            let text = format!("a\n\n```{info}\npub fn f() {{}}\nstatic mut S: i32 = 1;\n```\n");
            let rust = Some((3, false, "rust job".to_owned()));
            assert_eq!((found(&text, "f"), found(&text, "S")), (rust.clone(), rust), "{info}");
            assert_eq!(found(&text, "g"), None);
        }
        assert_eq!(found("    ```rust job\n    struct A;\n    ```\n", "A"), Some((1, true, "rust job".to_owned())));
        assert_eq!(found("```yaml {value}\nv: i\n```\n", "v"), Some((1, false, "yaml value".to_owned())));
        assert_eq!(found("```yaml\nq: i64\n```\n", "q"), Some((1, false, "yaml queue".to_owned())));
    }

    #[test]
    fn what_a_cell_defines_or_a_line_only_mentions_is_not_only_shown() {
        assert_eq!(found("```rust job\nfn f() {}\n```\n", "f"), None);
        assert_eq!(found("```rust\nlet a = f();\n```\n", "f"), None);
    }
}
