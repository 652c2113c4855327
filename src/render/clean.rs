//! HTML by an author who is not trusted: what could act, load something, or cover the page is taken out of it.
//!
//! It is cleaned piece by piece, each by itself: a block of HTML, or the text of a paragraph, a heading or a table's cell
//! with HTML in it. So an element ends at the latest where its piece ends, and none can reach into what nbrun writes.

use super::text::escape;
use ammonia::{Builder, UrlRelative};
use comrak::html::{format_document_with_formatter, format_node_default};
use comrak::nodes::{Node, NodeValue};
use comrak::options::Plugins;
use comrak::{Arena, Options};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Elements that may stand within a line of text.
const INLINE: [&str; 32] = [
    "a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "data", "del", "dfn", "em", "i", "img", "ins", "kbd", "mark",
    "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
];

/// Elements that may stand in a block as well.
const BLOCK: [&str; 32] = [
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
    "ul",
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

/// How deep elements may stand in each other, and how many attributes one may have: the time that it takes to clean them
/// grows with the square of both.
const DEEPEST: usize = 100;

/// A block of HTML, cleaned.
pub(super) fn block(html: &str) -> String {
    cleaned(&IN_BLOCK, html)
}

/// HTML, cleaned; shown as it is written where it is too deep to be looked at.
fn cleaned(builder: &Builder<'_>, html: &str) -> String {
    if is_deep(html) { escape(html) } else { builder.clean(html).to_string() }
}

/// Whether more elements are open at a time, or a tag has more parts, than anybody means.
fn is_deep(html: &str) -> bool {
    const ENDS_ITSELF: [&str; 7] = ["dd", "dt", "li", "p", "td", "th", "tr"];
    const VOID: [&str; 6] = ["br", "col", "hr", "img", "input", "wbr"];
    let mut open: Vec<String> = Vec::new();
    for tag in html.split('<').skip(1) {
        let (closes, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
        let name: String =
            tag.chars().take_while(char::is_ascii_alphanumeric).take(32).collect::<String>().to_lowercase();
        let follows = ENDS_ITSELF.contains(&name.as_str()) && open.last() == Some(&name);
        if closes {
            open.pop_if(|last| *last == name);
        } else if !name.is_empty() && !VOID.contains(&name.as_str()) && !follows {
            open.push(name);
        }
        if open.len() > DEEPEST || parts(tag) > DEEPEST {
            return true;
        }
    }
    false
}

/// How many parts a tag has: its name and its attributes.
fn parts(tag: &str) -> usize {
    let mut quote = None;
    let mut parts = 1;
    for c in tag.chars() {
        match (quote, c) {
            (None, '>') => break,
            (None, '"' | '\'') => quote = Some(c),
            (None, '=' | '/') => parts += 1,
            (None, _) if c.is_whitespace() => parts += 1,
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    parts
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
        let clean = NodeValue::Raw(cleaned(&IN_LINE, &html));
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
    fn lists_tables_and_readings_stay_as_they_are_written() {
        for html in [
            "<ul><li>a</li><li>b</li></ul>",
            "<ol start=\"3\"><li>a</li></ol>",
            "<dl><dt>a</dt><dd>b</dd></dl>",
            "<table><thead><tr><th scope=\"col\">a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>",
            "<figure><blockquote>a</blockquote><figcaption>b</figcaption></figure>",
            "<ruby>线程<rp>(</rp><rt>xiànchéng</rt><rp>)</rp></ruby>",
        ] {
            assert_eq!(block(html), html);
        }
    }

    /// Cleaned as they are, these would take minutes.
    #[test]
    fn html_that_is_too_deep_to_be_cleaned_is_shown_as_it_is_written() {
        let attributes: String = (0..100_000).map(|n| format!(" a{n}")).collect();
        for html in ["<div>".repeat(200_000), "<b><p>".repeat(100_000), format!("<a{attributes}>x</a>")] {
            assert!(block(&html).starts_with("&lt;"));
        }
        for html in
            ["<li>a".repeat(300), "<b>a</b>".repeat(300), "<br>".repeat(300), format!("<p title=\"{attributes}\">")]
        {
            assert!(block(&html).starts_with('<'), "{}", &html[..20]);
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
