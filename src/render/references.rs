//! What the prose refers to: its images, its links, and the places on its page that links can lead to; and how all of that
//! is led elsewhere before the prose is rendered.

use super::blocks::{blocks, line_breaks};
use super::headings::{OURS, headings, note_anchors};
use super::images::{is_elsewhere, is_on_the_web};
use super::options::RenderOptions;
use super::tags::{Tag, tags};
use super::text::shown;
use crate::diagnostic::Place;
use crate::notebook::Notebook;
use crate::notebook::markdown::{page_options, with_plain_line_endings};
use comrak::nodes::{Node, NodeValue};
use std::collections::HashSet;

/// An address in the prose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The address.
    pub url: String,
    /// The notebook's line, from 1.
    pub line: u32,
}

/// What a notebook's prose refers to.
#[derive(Debug, Clone, Default)]
pub struct References {
    /// Its own images, each once.
    pub images: Vec<Reference>,
    /// Where its links lead, each address once.
    pub links: Vec<Reference>,
    /// The places on its page.
    pub anchors: HashSet<String>,
}

impl Reference {
    /// Where it stands.
    pub fn place(&self, notebook: &Notebook) -> Place {
        let (file, text, line) = (&notebook.file, &notebook.text, self.line);
        let whole = Place::in_source(file, text, line, 1, 1);
        let (column, width) = match whole.text.find(&self.url) {
            Some(at) => (whole.text[..at].chars().count() as u32 + 1, self.url.chars().count() as u32),
            None => (1, whole.text.chars().count() as u32),
        };
        Place { column, width: width.max(1), ..whole }
    }
}

/// What a notebook refers to; `look` has the names of its cells.
pub fn find(notebook: &Notebook, look: &RenderOptions) -> References {
    let markdown = notebook.text.get(notebook.body..).unwrap_or("");
    let lines_before = line_breaks(notebook.text.get(..notebook.body).unwrap_or("")) as u32;
    let arena = comrak::Arena::new();
    let root = comrak::parse_document(&arena, &with_plain_line_endings(markdown), &page_options());
    let (mut images, mut links) = (Once::default(), Once::default());
    let mut anchors: HashSet<String> = OURS.map(str::to_owned).into();
    anchors.extend((0..notebook.cells.len()).map(super::anchor));
    anchors.extend(look.cells.iter().filter_map(|cell| cell.name.clone()));
    for node in root.descendants() {
        let data = node.data();
        let line = lines_before + data.sourcepos.start.line as u32;
        match &data.value {
            NodeValue::Image(link) => images.add(&link.url, line),
            NodeValue::Link(link) => links.add(&link.url, line),
            NodeValue::FootnoteDefinition(note) => anchors.extend(note_anchors(note)),
            NodeValue::HtmlBlock(_) | NodeValue::HtmlInline(_) => {
                let html = html(&data.value);
                let (mut line, mut from) = (line, 0);
                for tag in tags(html) {
                    line += html[from..tag.start].matches('\n').count() as u32;
                    from = tag.start;
                    match tag.name.as_str() {
                        "img" => images.add(tag.get("src").unwrap_or(""), line),
                        "a" => links.add(tag.get("href").unwrap_or(""), line),
                        _ => {}
                    }
                    anchors.extend(["id", "name"].into_iter().filter_map(|name| tag.get(name)).map(str::to_owned));
                }
            }
            _ => {}
        }
    }
    let title = notebook.front_matter.title.as_deref().map(str::trim).filter(|title| !title.is_empty());
    let found: Vec<Node<'_>> = blocks(root).collect();
    let headings = headings(root, &found, notebook.cells.len(), title, look);
    anchors.extend(headings.all.into_iter().map(|heading| heading.id).chain(headings.title));
    images.all.retain(|image| !is_elsewhere(&image.url));
    References { images: images.all, links: links.all, anchors }
}

/// Addresses, each once.
#[derive(Default)]
struct Once {
    all: Vec<Reference>,
    seen: HashSet<String>,
}

impl Once {
    fn add(&mut self, url: &str, line: u32) {
        if !url.is_empty() && self.seen.insert(url.to_owned()) {
            self.all.push(Reference { url: url.to_owned(), line });
        }
    }
}

fn html(value: &NodeValue) -> &str {
    match value {
        NodeValue::HtmlBlock(block) => &block.literal,
        NodeValue::HtmlInline(html) => html,
        _ => "",
    }
}

/// Leads the links below `root` to where `look` says. If the author is `trusted`, the images in their HTML become what images
/// in markdown become: part of the page, or links.
pub fn lead(root: Node<'_>, look: &RenderOptions, trusted: bool) {
    let mut in_link = false;
    for node in root.descendants() {
        let replaced = match &node.data().value {
            NodeValue::Link(link) => look.links.get(&link.url).cloned(),
            value @ (NodeValue::HtmlBlock(_) | NodeValue::HtmlInline(_)) => {
                let is_in_link = || node.ancestors().any(|above| matches!(above.data().value, NodeValue::Link(_)));
                rewritten(html(value), look, trusted, &mut in_link, &is_in_link)
            }
            _ => None,
        };
        let Some(text) = replaced else { continue };
        match &mut node.data_mut().value {
            NodeValue::Link(link) => link.url = text,
            NodeValue::HtmlBlock(block) => block.literal = text,
            NodeValue::HtmlInline(html) => *html = text,
            _ => {}
        }
    }
}

/// HTML with its images and links led elsewhere, if there are any. `in_link` says whether a link of HTML is open.
fn rewritten(
    html: &str,
    look: &RenderOptions,
    trusted: bool,
    in_link: &mut bool,
    is_in_link: &dyn Fn() -> bool,
) -> Option<String> {
    if !html.contains('<') {
        return None;
    }
    let (mut out, mut from) = (String::new(), 0);
    for tag in tags(html) {
        let new = match tag.name.as_str() {
            "a" => {
                *in_link = !tag.closes;
                tag.get("href").and_then(|url| look.links.get(url)).map(|url| tag.with("href", url, &[]))
            }
            "img" if trusted && !tag.closes => image(&tag, look, *in_link || is_in_link()),
            _ => None,
        };
        if let Some(new) = new {
            out.push_str(&html[from..tag.start]);
            out.push_str(&new);
            from = tag.end;
        }
    }
    (from > 0).then(|| out + &html[from..])
}

/// What an image in HTML becomes; `None` if it stays.
fn image(tag: &Tag<'_>, look: &RenderOptions, in_link: bool) -> Option<String> {
    let url = tag.get("src").unwrap_or("");
    if let Some(data) = look.images.get(url) {
        return Some(tag.with("src", data, &["srcset", "sizes", "loading"]));
    }
    if url.starts_with("data:image/") {
        return tag.get("srcset").map(|_| tag.with("src", url, &["srcset", "sizes"]));
    }
    let text = shown(tag.get("alt").filter(|alt| !alt.is_empty()).unwrap_or(url));
    match is_on_the_web(url) && !in_link {
        true => Some(format!("<a href=\"{}\">{text}</a>", shown(url))),
        false => Some(format!("<em>{text}</em>")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture::{context, notebook};
    use crate::render::prose;
    use std::collections::BTreeMap;

    #[test]
    fn what_is_referred_to_is_found_once_each_at_its_place() {
        let text = "---\nx: 1\n---\na\n\nb ![é](img/a%20b.png?x) ![](https://e.org/c.png) ![](img/a%20b.png?x)\n![r][]\n\n\
                    <div>\n<img src='e.svg'><a name=\"here\" href=\"f.md#x\">f</a></div>\n\n## Two\n\n[g](g.md \"h\") <span id=there>\n\n[r]: d.svg\n";
        let notebook = notebook(text);
        let found = find(&notebook, &RenderOptions::default());
        let places = |all: &[Reference]| -> Vec<String> {
            let text = |it: &Reference| {
                format!("{} {}", it.url, it.place(&notebook).to_string().split_once(':').map_or("", |(_, at)| at))
            };
            all.iter().map(text).collect()
        };
        assert_eq!(places(&found.images), ["img/a%20b.png?x 6:8", "d.svg 7:1", "e.svg 10:11"]);
        assert_eq!(places(&found.links), ["f.md#x 10:39", "g.md 14:5"]);
        for anchor in ["top", "two", "here", "there"] {
            assert!(found.anchors.contains(anchor), "{anchor}");
        }
    }

    #[test]
    fn links_and_images_in_html_are_led_like_those_in_markdown() {
        let text = "[a](b.md) <a href=\"b.md\">b <img src=\"c.png\" alt=\"c\" srcset=\"d.png 2x\"></a>\n\n\
                    <p><img src=\"https://e.org/f.png\" alt=\"f\"> <a href=\"g\"><img src=\"https://e.org/h.png\"></a> <img src=i.png></p>\n";
        let images = BTreeMap::from([("c.png".to_owned(), "data:image/png;base64,AA==".to_owned())]);
        let links = BTreeMap::from([("b.md".to_owned(), "../b.html".to_owned())]);
        let look = RenderOptions { images, links, ..RenderOptions::default() };
        let html = prose::render(&notebook(text), &[], None, &look, context(), |_| String::new());
        for part in [
            "<a href=\"../b.html\">a</a> <a href=\"../b.html\">b <img src=\"data:image/png;base64,AA==\" alt=\"c\"></a>",
            "<p><a href=\"https://e.org/f.png\">f</a> <a href=\"g\"><em>https://e.org/h.png</em></a> <em>i.png</em></p>",
        ] {
            assert!(html.contains(part), "{part}\n{html}");
        }
    }
}
