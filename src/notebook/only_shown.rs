//! What is defined in code that is only shown: an author who misses it has most likely forgotten a word of the fence.

use super::fences::blocks;
use super::{Notebook, SpecKind, info};
use crate::model::LockKind;

/// A definition that nothing runs.
#[derive(Debug, PartialEq, Eq)]
pub struct OnlyShown {
    /// The line of the fence, or of the first line of a block that is indented.
    pub line: u32,
    /// Whether the block is code for being indented by four.
    pub indented: bool,
    /// What a fence must say so that it would be run: one thing, or several that fit.
    pub fences: Vec<String>,
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
        let fences = if is_yaml { resource(lines(), &fence.info, name, notebook)? } else { item(lines(), name)? };
        Some(OnlyShown { line: fence.line, indented: false, fences })
    });
    let indented = blocks.indented.iter().filter_map(|block| {
        let lines = || block.iter().map(|line| line.text.as_str());
        let first = block.first()?;
        let info = first.text.trim_start_matches(['`', '~']);
        let is_yaml = info.starts_with("yaml");
        let fences = if is_yaml { resource(lines(), info, name, notebook)? } else { item(lines(), name)? };
        Some(OnlyShown { line: first.number, indented: true, fences })
    });
    fences.chain(indented).max_by_key(|found| found.line)
}

/// The fence for lines of Rust that define an item of this name.
fn item<'a>(mut lines: impl Iterator<Item = &'a str>, name: &str) -> Option<Vec<String>> {
    let words = |line: &'a str| {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '!');
        line.split(move |c| !is_word(c)).filter(|word| !word.is_empty()).collect::<Vec<_>>()
    };
    let defines = |line: &'a str| {
        let words = words(line);
        words.windows(2).any(|pair| KEYWORDS.contains(&pair[0]) && pair[1] == name)
            || words.windows(3).any(|three| three[..2] == ["static", "mut"] && three[2] == name)
    };
    lines.any(defines).then(|| vec!["rust job".to_owned()])
}

/// The methods that only a queue has.
const OF_A_QUEUE: [&str; 8] = ["close", "get_timeout", "iter", "join", "put", "put_timeout", "task_done", "try_get"];
/// The methods of a value; a queue has the first, too, but a spec has little use for it.
const OF_A_VALUE: [&str; 4] = ["get", "set", "fetch_add", "lock"];

/// The fences for lines of YAML that declare a resource of this name: the kind that the fence names, or those of which the
/// declaration can be.
fn resource<'a>(
    mut lines: impl Iterator<Item = &'a str>,
    info: &str,
    name: &str,
    notebook: &Notebook,
) -> Option<Vec<String>> {
    let declared =
        |line: &'a str| line.trim().trim_start_matches(['{', ' ']).strip_prefix(name)?.trim_start().strip_prefix(':');
    let what = lines.find_map(declared)?;
    let named = SpecKind::ALL.into_iter().find(|kind| info.contains(kind.as_str()));
    let kinds = named.map_or_else(|| kinds(what, name, notebook), |kind| vec![kind]);
    Some(kinds.into_iter().map(|kind| format!("yaml {kind}")).collect())
}

/// The kinds of resource that a declaration can be of, by the words in it. What is only a type can be that of a value or of a
/// queue's items, and then the calls in the notebook tell, if there are any.
fn kinds(what: &str, name: &str, notebook: &Notebook) -> Vec<SpecKind> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let what = what.split('#').next().unwrap_or(what);
    let words: Vec<&str> = what.split(|c| !is_word(c)).filter(|word| !word.is_empty()).collect();
    let has = |any: &[&str]| words.iter().any(|word| any.contains(word));
    let is_number = |type_of: &str| {
        let digits = type_of.trim_start_matches(['i', 'u', 'f']);
        type_of.len() == 1 || matches!(digits, "8" | "16" | "32" | "64" | "size") && digits.len() + 1 == type_of.len()
    };
    if has(&LockKind::WORDS) {
        vec![SpecKind::Lock]
    } else if has(&["of", "maxsize"]) {
        vec![SpecKind::Queue]
    } else if has(&["len"]) || has(&["init"]) && what.contains('[') {
        vec![SpecKind::Array]
    } else if has(&["type", "init"]) {
        vec![SpecKind::Value]
    } else if !matches!(*words, [only] if is_number(only)) {
        vec![SpecKind::Queue]
    } else {
        let called = |methods: &[&str]| methods.iter().any(|method| calls(&notebook.text, name, method));
        match (called(&OF_A_QUEUE), called(&OF_A_VALUE)) {
            (true, _) => vec![SpecKind::Queue],
            (false, true) => vec![SpecKind::Value],
            (false, false) => vec![SpecKind::Value, SpecKind::Queue],
        }
    }
}

/// Whether a method of what has this name is called anywhere.
fn calls(text: &str, name: &str, method: &str) -> bool {
    let call = format!("{name}.{method}(");
    text.match_indices(&call)
        .any(|(at, _)| !text[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::parse;

    fn found(text: &str, name: &str) -> Option<(u32, bool, String)> {
        let notebook = parse("a.md", text.to_owned()).expect("a notebook");
        only_shown(&notebook, name).map(|found| (found.line, found.indented, found.fences.join(", ")))
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
    }

    #[test]
    fn a_declaration_whose_fence_names_no_kind_is_known_by_its_words() {
        let fence = |what: &str, behind: &str| {
            let text = format!("```yaml\nx: {what}\n```\n{behind}\n");
            found(&text, "x").map(|(.., fence)| fence)
        };
        for (what, kind) in [
            ("{type: i, init: 5}", "value"),
            ("{init: [1, 2], type: i32}", "array"),
            ("{type: d, len: 3}", "array"),
            ("{of: i32, maxsize: 3}", "queue"),
            ("Vec<i32>", "queue"),
            ("String", "queue"),
            ("lock", "lock"),
            ("{semaphore: 3}  # of: what", "lock"),
        ] {
            assert_eq!(fence(what, "").as_deref(), Some(&*format!("yaml {kind}")), "{what}");
        }
        for number in ["i32", "i", "f64", "usize"] {
            assert_eq!(fence(number, "x.get()").as_deref(), Some("yaml value"), "{number}");
            assert_eq!(fence(number, "x.put(x.get())").as_deref(), Some("yaml queue"), "{number}");
            assert_eq!(fence(number, "a.x.put(1) max.get()").as_deref(), Some("yaml value, yaml queue"), "{number}");
        }
        assert_eq!(fence("i128", "").as_deref(), Some("yaml queue"));
    }

    #[test]
    fn what_a_cell_defines_or_a_line_only_mentions_is_not_only_shown() {
        assert_eq!(found("```rust job\nfn f() {}\n```\n", "f"), None);
        assert_eq!(found("```rust\nlet a = f();\n```\n", "f"), None);
    }
}
