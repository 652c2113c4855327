//! HTML by an author who is not trusted: what could act, load something, or cover the page is taken out of it.
//!
//! It is cleaned piece by piece, each by itself: a block of HTML, or the text of a paragraph, a heading or a table's cell
//! with HTML in it. So an element ends at the latest where its piece ends, and none can reach into what nbrun writes.

use ammonia::{Builder, UrlRelative};
use comrak::html::{format_document_with_formatter, format_node_default};
use comrak::nodes::{Node, NodeValue};
use comrak::options::Plugins;
use comrak::{Arena, Options};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Elements that may stand within a line of text.
const INLINE: [&str; 29] = [
    "a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "data", "del", "dfn", "em", "i", "img", "ins", "kbd", "mark",
    "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
];

/// Elements that may stand in a block as well.
const BLOCK: [&str; 31] = [
    "blockquote",
    "caption",
    "center",
    "col",
    "colgroup",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
];

/// The kinds of picture that an `img` may hold, in the page itself.
const PICTURES: [&str; 5] =
    ["data:image/png;", "data:image/jpeg;", "data:image/gif;", "data:image/webp;", "data:image/avif;"];

static IN_LINE: LazyLock<Builder<'static>> = LazyLock::new(|| builder(INLINE.into()));
static IN_BLOCK: LazyLock<Builder<'static>> = LazyLock::new(|| builder(INLINE.into_iter().chain(BLOCK).collect()));

fn builder(tags: HashSet<&'static str>) -> Builder<'static> {
    let attributes: [(&str, &[&str]); 12] = [
        // Those with `data-` and `id` are what footnotes are linked by.
        ("a", &["href", "id", "data-footnote-ref"]),
        ("bdo", &["dir"]),
        ("col", &["span"]),
        ("colgroup", &["span"]),
        ("data", &["value"]),
        ("details", &["open"]),
        ("img", &["src", "alt", "width", "height"]),
        ("ol", &["start", "reversed"]),
        ("sup", &["class"]),
        ("td", &["colspan", "rowspan"]),
        ("th", &["colspan", "rowspan", "scope"]),
        ("time", &["datetime"]),
    ];
    let attributes = attributes.map(|(tag, names)| (tag, names.iter().copied().collect::<HashSet<_>>()));
    let mut builder = Builder::empty();
    builder
        .tags(tags)
        .clean_content_tags(["script", "style"].into())
        .tag_attributes(attributes.into_iter().collect::<HashMap<_, _>>())
        .generic_attributes(["lang", "title", "dir"].into())
        .url_schemes(["http", "https", "mailto", "data"].into())
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer"))
        .attribute_filter(attribute);
    builder
}

/// The value that an attribute keeps.
fn attribute<'v>(tag: &str, name: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let kept = match (tag, name) {
        ("a", "id") => value.starts_with("fnref-"),
        ("a", "href") => is_link(value),
        ("sup", "class") => value == "footnote-ref",
        ("img", "src") => is_picture(value),
        _ => true,
    };
    kept.then_some(Cow::Borrowed(value))
}

/// Whether this leads to another page and no further: there is no scheme but those of the web and of letters.
pub(super) fn is_link(url: &str) -> bool {
    // Browsers take no notice of such characters, wherever they stand.
    let plain: String = url.chars().filter(|c| !c.is_whitespace() && !c.is_control()).take(32).collect();
    let colon = plain.find([':', '/', '?', '#']).filter(|at| plain[*at..].starts_with(':'));
    let scheme = colon.map(|at| plain[..at].to_ascii_lowercase());
    scheme.is_none_or(|scheme| ["http", "https", "mailto"].contains(&scheme.as_str()))
}

/// Whether this is a picture that is in the page itself.
pub(super) fn is_picture(url: &str) -> bool {
    PICTURES.iter().any(|start| url.starts_with(start))
}

/// A block of HTML, cleaned.
pub(super) fn block(html: &str) -> String {
    IN_BLOCK.clean(html).to_string()
}

/// Cleans every piece of text in `root` that has HTML in it. It is one node then, whose HTML needs no further care.
pub(super) fn text<'a>(root: Node<'a>, arena: &'a Arena<'a>, options: &Options<'_>) {
    let mut options = options.clone();
    options.render.r#unsafe = true;
    let has_html = |node: &Node<'a>| matches!(node.data().value, NodeValue::HtmlInline(_));
    let holders: Vec<Node<'a>> = root
        .descendants()
        .filter(|node| node.data().value.contains_inlines() && node.descendants().any(|inner| has_html(&inner)))
        .collect();
    for holder in holders {
        let children: Vec<Node<'a>> = holder.children().collect();
        let mut html = String::new();
        for child in children {
            // Writing to a string does not fail.
            let _ = format_document_with_formatter(
                child,
                &options,
                &mut html,
                &Plugins::default(),
                format_node_default,
                (),
            );
            child.detach();
        }
        let clean = NodeValue::Raw(IN_LINE.clean(&html).to_string());
        holder.append(arena.alloc(clean.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_or_loads_is_taken_out() {
        for (html, clean) in [
            ("<b onclick=\"x()\">b</b>", "<b>b</b>"),
            ("<script>alert(1)</script>t", "t"),
            ("<style>body { display: none }</style>t", "t"),
            ("<div style=\"position: fixed; inset: 0\" class=\"side\" id=\"top\">x</div>", "<div>x</div>"),
            ("<img src=\"https://example.org/x.png\" alt=\"a\">", "<img alt=\"a\">"),
            ("<img src=\"//example.org/x.png\">", "<img>"),
            ("<img src=\"x.png\" srcset=\"y.png 2x\">", "<img>"),
            ("<iframe src=\"https://example.org\"></iframe>t", "t"),
            ("<svg><script>x</script></svg>t", "t"),
            ("<form action=\"https://example.org\"><input name=\"a\"></form>t", "t"),
            ("<meta http-equiv=\"refresh\" content=\"0\">t", "t"),
            ("</div></main></body>t", "t"),
            ("<details><summary>s</summary>t", "<details><summary>s</summary>t</details>"),
        ] {
            assert_eq!(block(html), clean, "{html}");
        }
    }

    #[test]
    fn a_link_leads_to_a_page_and_runs_nothing() {
        for link in ["https://example.org", "x.html", "#top", "/a?b:c", "mailto:a@example.org", "HTTP://x"] {
            assert!(is_link(link), "{link}");
        }
        for link in
            ["javascript:x", " java\nscript:x", "\u{1}javascript:x", "JAVASCRIPT:x", "data:text/html,x", "vbscript:x"]
        {
            assert!(!is_link(link), "{link}");
            assert!(!block(&format!("<a href=\"{link}\">a</a>")).contains("href"), "{link}");
        }
    }
}
