//! How text flows where a script has no blanks between words: Chinese and Japanese.

use crate::notebook::wide::{edge, is_wide};
use comrak::nodes::{Node, NodeValue};

/// Whether a line break in the text is nothing to see, as it stands between two wide characters.
pub fn is_joint(line_break: Node<'_>) -> bool {
    beside(line_break, false).is_some_and(is_wide) && beside(line_break, true).is_some_and(is_wide)
}

/// How many nodes are looked at on either side of a line break.
const NEAR: usize = 32;

/// The character before or `behind` a node of a line, wherever in the tree it stands.
fn beside<'a>(node: Node<'a>, behind: bool) -> Option<char> {
    let mut at = node;
    let mut left = NEAR;
    loop {
        left = left.checked_sub(1)?;
        let sibling = if behind { at.next_sibling() } else { at.previous_sibling() };
        let Some(sibling) = sibling else {
            at = at.parent().filter(|parent| !parent.data().value.block())?;
            continue;
        };
        at = sibling;
        while let Some(child) = if behind { at.first_child() } else { at.last_child() } {
            left = left.checked_sub(1)?;
            at = child;
        }
        let found = match &at.data().value {
            NodeValue::Text(text) => edge(text, behind),
            NodeValue::Code(code) => edge(&code.literal, behind),
            NodeValue::FootnoteReference(_) => None,
            NodeValue::HtmlInline(html) if !html.starts_with("<br") && !html.starts_with("<img") => None,
            _ => return None,
        };
        if found.is_some() {
            return found;
        }
    }
}

/// The text of a heading or of an image, without markup.
pub fn text_of(node: Node<'_>) -> String {
    let mut out = String::new();
    for inner in node.descendants() {
        match &inner.data().value {
            NodeValue::Text(text) => out.push_str(text),
            NodeValue::Code(code) => out.push_str(&code.literal),
            NodeValue::Math(math) => out.push_str(&math.literal),
            NodeValue::SoftBreak if is_joint(inner) => {}
            NodeValue::SoftBreak | NodeValue::LineBreak => out.push(' '),
            _ => {}
        }
    }
    out
}

/// Whether emphasis that ends in a wide mark comes before a text. Its author needs a space there for markdown that knows no
/// Chinese; a reader does not, for such a mark has its own.
pub fn stands_behind_a_mark(node: Node<'_>) -> bool {
    node.previous_sibling().is_some_and(|before| {
        let is_emphasis = matches!(before.data().value, NodeValue::Strong | NodeValue::Emph);
        let is_mark = |c: char| matches!(c, '\u{3001}'..='\u{3003}' | '\u{ff01}'..='\u{ff1f}');
        let last = || {
            before.descendants().take(NEAR).filter_map(|inner| match &inner.data().value {
                NodeValue::Text(text) => text.chars().next_back(),
                _ => None,
            })
        };
        is_emphasis && last().last().is_some_and(is_mark)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::markdown::page_options;
    use comrak::{Arena, parse_document};

    fn text(markdown: &str) -> String {
        let arena = Arena::new();
        text_of(parse_document(&arena, markdown, &page_options()))
    }

    #[test]
    fn a_line_break_between_wide_characters_is_nothing() {
        for (markdown, joined) in [
            ("残高が\nおかしく\nなった。", "残高がおかしくなった。"),
            ("**多**\n线程，\n*进程*", "多线程，进程"),
            ("**多\n线程**\n和`共\n享`", "多线程和共 享"),
            ("说“好”\n的…\n人", "说“好”的…人"),
            ("注[^1]\n文<b>字</b>\n。\n\n[^1]: 脚", "注文字。脚"),
            ("𠮷\n野", "𠮷野"),
        ] {
            assert_eq!(text(markdown), joined, "{markdown}");
        }
    }

    #[test]
    fn any_other_line_break_is_a_blank() {
        for (markdown, joined) in [
            ("日本語と\nEnglish\nが", "日本語と English が"),
            ("한국어\n문장", "한국어 문장"),
            ("a “b”\nc", "a “b” c"),
            ("多 \\\n线", "多  线"),
            ("`a`\n线", "a 线"),
        ] {
            assert_eq!(text(markdown), joined, "{markdown}");
        }
    }
}
