//! What must hold for any page: it is well-formed, and holds no script that the theme did not put there. A player's states
//! are data that a browser does not run; they must be whole, or text has got out of them.

use scraper::{Element as _, ElementRef, Html, Node, Selector};

/// The elements of the page that may not come from a notebook or a record.
const ACTIVE: [&str; 12] =
    ["script", "iframe", "object", "embed", "frame", "base", "link", "form", "applet", "portal", "audio", "video"];

/// Attributes that make a browser load something.
const LOADING: [&str; 9] =
    ["src", "srcset", "poster", "data", "action", "formaction", "background", "ping", "manifest"];

/// Checks a page. An author who is trusted may link to whatever they like.
pub fn check(page: &str, trusted: bool) {
    let html = Html::parse_document(page);
    assert!(html.errors.is_empty(), "the page is not well-formed: {:?}\n{page}", html.errors);
    let count = |selector: &str| html.select(&Selector::parse(selector).expect("a selector")).count();
    for element in ACTIVE {
        let meant = if element == "script" { 1 + data(&html, page) } else { 0 };
        assert_eq!(count(element), meant, "<{element}>\n{page}");
    }
    assert_eq!(count("style"), 1, "{page}");
    assert_eq!((count("head > style"), count("body > script:last-child")), (1, 1), "{page}");
    assert_eq!((count("html"), count("head"), count("body"), count("main"), count("head > title")), (1, 1, 1, 1, 1), "{page}");
    for node in html.tree.nodes() {
        if let Node::Element(element) = node.value() {
            for (name, value) in element.attrs() {
                check_attribute(element.name(), name, value, page, trusted);
            }
            check_place(ElementRef::wrap(node).expect("an element"), page);
        }
    }
}

/// Counts the blocks of data, each of which belongs to a player.
fn data(html: &Html, page: &str) -> usize {
    let blocks = Selector::parse(".player > script[type='application/json']:only-child").expect("a selector");
    for block in html.select(&blocks) {
        let json: String = block.text().collect();
        let read: Result<serde_json::Value, _> = serde_json::from_str(&json);
        assert!(read.is_ok_and(|value| value.is_object()), "{json}\n{page}");
    }
    html.select(&blocks).count()
}

fn check_attribute(element: &str, name: &str, value: &str, page: &str, trusted: bool) {
    assert!(!name.starts_with("on"), "{element} {name}={value:?}\n{page}");
    if trusted {
        return;
    }
    if LOADING.contains(&name) {
        assert!(element == "img" && value.starts_with("data:image/"), "{element} {name}={value:?}\n{page}");
    }
    if matches!(name, "href" | "xlink:href") {
        // A browser takes no notice of these characters in a link.
        let plain: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        let scheme = plain.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
        let known = |scheme: &str| !["javascript", "data", "vbscript"].contains(&scheme);
        assert!(scheme.is_none_or(|scheme| known(&scheme)), "{element} {name}={value:?}\n{page}");
    }
    assert!(!(name == "http-equiv" && value.eq_ignore_ascii_case("refresh")), "{page}");
}

/// What a notebook says stays inside of the text.
fn check_place(element: ElementRef<'_>, page: &str) {
    let name = element.value().name();
    if name == "section" || name == "figure" {
        let mut above = element.parent_element();
        while let Some(ancestor) = above {
            if ancestor.value().name() == "main" {
                return;
            }
            above = ancestor.parent_element();
        }
        panic!("<{name}> stands outside of <main>\n{page}");
    }
}
