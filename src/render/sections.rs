//! A notebook as sections of plain text, for a search.

use super::blocks::blocks;
use super::flow::text_of;
use super::headings::{Heading, headings};
use super::options::RenderOptions;
use crate::notebook::Notebook;
use crate::notebook::markdown::{page_options, with_plain_line_endings};
use comrak::nodes::{Node, NodeValue};

/// What stands between two headings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Section {
    /// The anchor of its heading on the page; empty for what stands before the first.
    pub id: String,
    /// The heading.
    pub title: String,
    /// The text: prose, and code with its line breaks as blanks.
    pub text: String,
}

/// A notebook's text without markup.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sections {
    /// The title that the notebook has, from its front matter or its first heading.
    pub title: Option<String>,
    /// Its sections.
    pub all: Vec<Section>,
}

/// The sections of a notebook; `look` has the names of its cells.
pub fn sections(notebook: &Notebook, look: &RenderOptions) -> Sections {
    let markdown = notebook.text.get(notebook.body..).unwrap_or("");
    let arena = comrak::Arena::new();
    let root = comrak::parse_document(&arena, &with_plain_line_endings(markdown), &page_options());
    let found: Vec<Node<'_>> = blocks(root).collect();
    let title = notebook.front_matter.title.as_deref().map(str::trim).filter(|title| !title.is_empty());
    let headings = headings(root, &found, notebook.cells.len(), title, look);
    let first = headings.all.iter().find(|heading| heading.level == 1).map(|heading| heading.text.trim().to_owned());
    let mut sections = Sections { title: title.map(str::to_owned).or(first), all: vec![Section::default()] };
    let mut headings = headings.all.into_iter();
    for node in found {
        let text = match &node.data().value {
            // One that repeats the title has been taken out.
            NodeValue::Heading(_) if node.parent().is_none() => continue,
            NodeValue::Heading(_) => {
                let Some(Heading { id, text, .. }) = headings.next() else { continue };
                sections.all.push(Section { id, title: text.trim().to_owned(), text: String::new() });
                continue;
            }
            NodeValue::CodeBlock(block) => block.literal.clone(),
            value if value.contains_inlines() => text_of(node),
            _ => continue,
        };
        if let Some(section) = sections.all.last_mut() {
            for word in text.split_whitespace() {
                if !section.text.is_empty() {
                    section.text.push(' ');
                }
                section.text.push_str(word);
            }
        }
    }
    sections.all.retain(|section| !section.title.is_empty() || !section.text.is_empty());
    sections
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture::notebook;

    #[test]
    fn a_section_is_the_text_between_two_headings() {
        let text =
            "Before *it*\nall.\n\n## One `x`\n\n- a\n- b\n\n```rust job\nfn f() {\n    g();\n}\n```\n\n## One `x`\n";
        let section =
            |id: &str, title: &str, text: &str| Section { id: id.into(), title: title.into(), text: text.into() };
        let found = sections(&notebook(text), &RenderOptions::default());
        assert_eq!(
            found.all,
            [
                section("", "", "Before it all."),
                section("one-x", "One x", "a b fn f() { g(); }"),
                section("one-x-1", "One x", ""),
            ]
        );
    }
}
