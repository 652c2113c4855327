//! The blocks and the lines of a markdown text.

use comrak::nodes::Node;

/// How many lines end in `text`, counted as CommonMark counts them.
pub fn line_breaks(text: &str) -> usize {
    let bytes = text.as_bytes();
    (0..bytes.len()).filter(|&at| bytes[at] == b'\n' || bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n')).count()
}

/// All blocks of a document in their order, and nothing of what stands in a line, which is most of it.
pub fn blocks<'a>(root: Node<'a>) -> impl Iterator<Item = Node<'a>> {
    let mut next = vec![root];
    std::iter::from_fn(move || {
        let node = next.pop()?;
        if !node.data().value.contains_inlines() {
            next.extend(node.reverse_children());
        }
        Some(node)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_as_commonmark_counts_them() {
        assert_eq!(line_breaks("a\nb\r\nc\rd"), 3);
    }
}
