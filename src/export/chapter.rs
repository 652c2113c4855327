//! A chapter of an mdBook, with each cell in HTML in its place. Headings and prose stay markdown, which mdBook renders.

use crate::notebook::addresses::{Led, Written, lead};
use crate::notebook::{FrontMatter, Notebook, results};
use crate::record::Record;
use crate::render::theme::{Host, embedded_definitions, embedded_style};
use crate::render::{self, RenderOptions, embed};
use std::collections::BTreeMap;

/// The text of a chapter for mdBook's HTML. Ids of its cells begin with `prefix`, which no other chapter of the book has: all stand on
/// one page in the end. The links of `look` are led where it says.
pub fn html(notebook: &Notebook, record: &Record, look: &RenderOptions, prefix: &str) -> String {
    let (text, class) = (notebook.text.as_str(), format!("nbrun nbrun-{prefix}"));
    let foot = render::foot(notebook, record, look);
    let (definitions, led) = embedded_definitions(prefix);
    let style = format!("<style>\n{}.nbrun-{prefix} {{ {led} }}\n</style>\n", embedded_style(Host::MdBook));
    let (mut out, mut from) = (String::new(), notebook.body);
    let cells = render::cells(notebook, record, look);
    let folds = render::folds(notebook);
    for (index, (spot, html)) in results::spots(notebook).into_iter().zip(&cells).enumerate() {
        out.push_str(&text[from..spot.cell.start]);
        from = spot.end;
        let style = if index == 0 { style.as_str() } else { "" };
        let html = embed::with_ids(html, prefix);
        let (before, behind) = (folds.before(index), folds.behind(index));
        let block = format!("{before}<div class=\"{class}\">{style}{html}</div>\n{behind}");
        let block = embed::without_empty_lines(&block);
        // The first line stands behind what its list or quotation begins with.
        let placed = spot.placed(&block);
        let placed = placed.split_once(spot.line_ending()).map(|(_, rest)| rest).unwrap_or_default();
        let first = block.split('\n').next().unwrap_or("");
        out.push_str(&format!("{first}{0}{placed}{0}{1}", spot.line_ending(), spot.placed("")));
    }
    out.push_str(&text[from..]);
    let script = render::script(notebook, &cells);
    let end = format!("<div class=\"{class}\">\n{definitions}{foot}<script>\n{script}</script>\n</div>");
    out = format!("{}\n\n{}\n", out.trim_end(), embed::without_empty_lines(&end));
    titled(&notebook.front_matter, &led_to(&out, &look.links))
}

/// A text with its links led elsewhere.
pub fn led_to(text: &str, links: &BTreeMap<String, String>) -> String {
    lead(text, 0, &|written: &Written<'_>| links.get(written.url).cloned().map(Led::To))
}

/// The text of a chapter behind what its front matter says for readers. A book has its chapters begin with a heading.
pub fn titled(front: &FrontMatter, text: &str) -> String {
    let has_title = text.trim_start().starts_with("# ");
    let title = front.title.iter().filter(|_| !has_title).map(|title| format!("# {}\n\n", title.trim()));
    let about = front.description.iter().filter(|_| !has_title).map(|about| format!("*{}*\n\n", about.trim()));
    title.chain(about).chain([text.trim_start().to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::tests::ran;

    fn made(text: &str) -> String {
        let (notebook, record) = ran(text, &["one", "", "two"]);
        html(&notebook, &record, &RenderOptions::default(), "a-b-")
    }

    #[test]
    fn a_cell_is_one_block_of_html_without_empty_lines() {
        let made =
            made("---\ntitle: T\n---\n\nbefore\n```yaml spawn\njobs: [f()]\n```\n```text output\nx\n```\nbehind\n");
        let (before, rest) = made.split_once("<div class=\"nbrun nbrun-a-b-\"><style>").expect("the cell");
        assert_eq!(before, "# T\n\nbefore\n");
        let (block, behind) = rest.split_once("\n\n").expect("an end");
        assert!(
            block.contains("id=\"a-b-cell-1\"") && block.ends_with("</div>") && !block.contains("\nbehind"),
            "{block}"
        );
        assert!(behind.trim_start().starts_with("behind\n\n<div class"), "{behind}");
        assert!(made.ends_with("</script>\n</div>\n"));
    }

    #[test]
    fn a_cell_in_a_list_stays_there() {
        let made = made("1. a\n\n   ```yaml spawn\n   jobs: [f()]\n   ```\n   b\n");
        let (list, _) = made.split_once("\n   b\n").expect("the rest of the item");
        assert!(list.lines().skip(3).all(|line| line.is_empty() || line.starts_with("   ")), "{list}");
    }

    #[test]
    fn links_lead_where_they_are_led_and_the_style_stands_there_once() {
        let (notebook, record) =
            ran("[a](#cell-1) [b](b.md)\n\n```yaml value\nv: i64\n```\n\n```yaml value\nw: i64\n```\n", &[]);
        let links = BTreeMap::from([("#cell-1".to_owned(), "#p-cell-1".to_owned())]);
        let made = html(&notebook, &record, &RenderOptions { links, ..RenderOptions::default() }, "p-");
        assert!(made.starts_with("[a](#p-cell-1) [b](b.md)\n"), "{made}");
        assert_eq!((made.matches("<style>").count(), made.matches("<script>").count()), (1, 1));
    }
}
