//! The headings of the prose: their levels on the page, their text, and their anchors, which nothing else on the page has.

use super::flow::text_of;
use super::options::RenderOptions;
use comrak::html::Anchorizer;
use comrak::nodes::{Node, NodeFootnoteDefinition, NodeValue};

/// A heading of the notebook.
pub struct Heading {
    /// Its level on the page: 1 to 6.
    pub level: u8,
    /// Its text, without markup.
    pub text: String,
    /// Its anchor, unique on the page.
    pub id: String,
}

/// The headings of a notebook.
pub struct Headings {
    /// Those of the prose, in order.
    pub all: Vec<Heading>,
    /// The anchor of the page's title, where the prose begins with the same words.
    pub title: Option<String>,
}

/// Anchors that the page has by itself.
pub const OURS: [&str; 8] =
    ["top", "theme", "contents", "contents_side", "contents_above", "site_course", "site_search", "site_results"];

/// The headings in `blocks`, the blocks below `root`. Where the page has a `title` of its own, the highest heading becomes
/// level 2, so that no level is skipped; and a heading that opens the prose with the title is taken out of it.
pub fn headings<'a>(
    root: Node<'a>,
    blocks: &[Node<'a>],
    cells: usize,
    title: Option<&str>,
    look: &RenderOptions,
) -> Headings {
    let mut anchors = anchors(blocks, cells, look);
    let level = |node: &Node<'_>| match node.data().value {
        NodeValue::Heading(heading) => Some(heading.level),
        _ => None,
    };
    let mut found: Vec<(u8, Node<'a>)> = blocks.iter().filter_map(|node| Some((level(node)?, *node))).collect();
    let highest = |found: &[(u8, Node<'a>)]| found.iter().map(|(level, _)| *level).min().unwrap_or(1);
    let opening = root.children().find(|node| !matches!(node.data().value, NodeValue::HtmlBlock(_)));
    let said_twice = opening.zip(title).filter(|(node, title)| {
        level(node) == Some(highest(&found)) && text_of(node).trim().to_lowercase() == title.to_lowercase()
    });
    let title_id = said_twice.map(|(node, _)| {
        found.remove(0);
        node.detach();
        anchor(&mut anchors, &text_of(node))
    });
    let shift = if title.is_some() { 2 - i16::from(highest(&found)) } else { 0 };
    let heading = |(level, node): (u8, Node<'a>)| {
        let text = text_of(node);
        let id = anchor(&mut anchors, &text);
        Heading { level: (i16::from(level) + shift).clamp(1, 6) as u8, text, id }
    };
    Headings { all: found.into_iter().map(heading).collect(), title: title_id }
}

/// The anchors that are taken, so that a heading of the same name yields.
fn anchors(blocks: &[Node<'_>], cells: usize, look: &RenderOptions) -> Anchorizer {
    let mut anchors = Anchorizer::new();
    for taken in OURS {
        anchors.anchorize(taken);
    }
    for number in 1..=cells {
        for taken in [super::anchor(number - 1), format!("c{number}-n"), format!("c{number}-k")] {
            anchors.anchorize(&taken);
        }
    }
    for name in look.cells.iter().filter_map(|cell| cell.name.as_deref()) {
        anchors.anchorize(name);
    }
    for node in blocks {
        if let NodeValue::FootnoteDefinition(note) = &node.data().value {
            for taken in note_anchors(note) {
                anchors.anchorize(&taken);
            }
        }
    }
    anchors
}

/// The anchors of a footnote and of all that refer to it.
pub fn note_anchors(note: &NodeFootnoteDefinition) -> impl Iterator<Item = String> {
    let name = note.name.as_str();
    let further = (2..=note.total_references).map(move |number| format!("fnref-{name}-{number}"));
    [format!("fn-{name}"), format!("fnref-{name}")].into_iter().chain(further)
}

/// The anchor of a heading with this text.
fn anchor(anchors: &mut Anchorizer, text: &str) -> String {
    let id = anchors.anchorize(text);
    if id.is_empty() { anchors.anchorize("section") } else { id }
}
