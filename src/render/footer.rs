//! Markdown that stands on pages and in no notebook: a site's footer.

use crate::notebook::markdown::page_options;
use comrak::nodes::{Node, NodeValue};
use comrak::{Arena, format_html, parse_document};

/// Where its links lead, each address once.
pub fn links(text: &str) -> Vec<String> {
    let arena = Arena::new();
    let mut urls = Vec::new();
    for node in parse_document(&arena, text, &page_options()).descendants() {
        if let NodeValue::Link(link) = &node.data().value
            && !urls.contains(&link.url)
        {
            urls.push(link.url.clone());
        }
    }
    urls
}

/// As HTML; HTML in it is left out. Links lead where `to` says; of one that leads nowhere, its text is left.
pub fn html(text: &str, to: &dyn Fn(&str) -> Option<String>) -> String {
    let (arena, options) = (Arena::new(), page_options());
    let root = parse_document(&arena, text, &options);
    let all: Vec<Node<'_>> = root.descendants().collect();
    for node in all {
        let led = match &node.data().value {
            NodeValue::Link(link) => to(&link.url),
            _ => continue,
        };
        match (led, &mut node.data_mut().value) {
            (Some(url), NodeValue::Link(link)) => link.url = url,
            _ => {
                while let Some(child) = node.first_child() {
                    node.insert_before(child);
                }
                node.detach();
            }
        }
    }
    let mut html = String::new();
    // Writing to a text cannot fail.
    let _ = format_html(root, &options, &mut html);
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_once_and_lead_where_they_are_led_or_are_text() {
        let text = "[a *b*](a.md) [c](gone.md) [d](a.md) <b>x</b>";
        assert_eq!(links(text), ["a.md", "gone.md"]);
        let to = |url: &str| (url == "a.md").then(|| "../a.html".to_owned());
        let html = html(text, &to);
        assert!(
            html.starts_with("<p><a href=\"../a.html\">a <em>b</em></a> c <a href=\"../a.html\">d</a> <!--"),
            "{html}"
        );
    }
}
