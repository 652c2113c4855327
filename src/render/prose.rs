//! The markdown between the cells as HTML, with the cells in their places.

use super::blocks::blocks;
use super::blocks::line_breaks;
use super::dollars::escape_others;
use super::flow::{is_joint, stands_behind_a_mark, text_of};
use super::headings::{Heading, Headings, headings};
use super::math::Formulas;
use super::options::{RenderContext, RenderOptions};
use super::solution::Folds;
use super::text::{escape, push_escaped, shown};
use super::{clean, highlight, images, references};
use crate::notebook::Notebook;
use crate::notebook::markdown::page_options;
use crate::notebook::results;
use crate::notebook::wide::is_letter;
use comrak::html::{ChildRendering, Context, format_document_with_formatter, format_node_default};
use comrak::nodes::{AlertType, Node, NodeCodeBlock, NodeLink, NodeValue, TableAlignment};
use comrak::options::{AlertStyleType, Plugins};
use comrak::{Arena, Options, parse_document};
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::fmt::{self, Write};

/// About how much stands behind the prose of a page.
const BEHIND: usize = 64 * 1024;

/// What the formatter needs beside the tree.
struct Pass<'a> {
    /// The number and the finished HTML of each cell, by the notebook's line on which its fence opens.
    cells: HashMap<usize, (usize, &'a str)>,
    folds: Folds,
    /// How many lines of the notebook stand before the markdown.
    lines_before: usize,
    headings: std::slice::Iter<'a, Heading>,
    look: &'a RenderOptions,
    context: RenderContext<'a>,
    /// Made when the first formula comes.
    formulas: OnceCell<Formulas>,
    /// The lines of the cells that have been placed.
    placed: HashSet<usize>,
    /// How many links are open: none stands in another.
    links: usize,
    /// The next column of the table's row.
    column: usize,
    /// Room for the code that is being written.
    code: String,
}

/// Renders the notebook's markdown behind what `begin` makes of the headings, so that a long page is never moved to make
/// room for its head. `cells` is the HTML of each cell, in the notebook's order. `title` is the page's own, if it has one.
/// Unless the author is trusted, HTML in the markdown is cleaned.
pub fn render(
    notebook: &Notebook,
    cells: &[String],
    title: Option<&str>,
    look: &RenderOptions,
    context: RenderContext,
    begin: impl FnOnce(&Headings) -> String,
) -> String {
    let arena = Arena::new();
    let options = options(context.trusted);
    let markdown = escape_others(notebook.text.get(notebook.body..).unwrap_or(""));
    let root = parse_document(&arena, &markdown, &options);
    let found: Vec<Node<'_>> = blocks(root).collect();
    let has_notes = found.iter().any(|node| matches!(node.data().value, NodeValue::FootnoteDefinition(_)));
    let headings = headings(root, &found, cells.len(), title, look);
    references::lead(root, look, context.trusted);
    if !context.trusted {
        clean::text(root, &arena, &options);
    }
    let pass = Pass {
        cells: notebook
            .cells
            .iter()
            .zip(cells)
            .map(|(cell, html)| (cell.line as usize, (cell.index, &**html)))
            .collect(),
        folds: Folds::new(notebook, context.trusted, context.words, context.lang),
        lines_before: line_breaks(notebook.text.get(..notebook.body).unwrap_or("")),
        headings: headings.all.iter(),
        look,
        context,
        formulas: OnceCell::new(),
        placed: HashSet::new(),
        links: 0,
        column: 0,
        code: String::new(),
    };
    let mut html = begin(&headings);
    html.reserve(markdown.len() * 2 + cells.iter().map(String::len).sum::<usize>() + BEHIND);
    let done = format_document_with_formatter(root, &options, &mut html, &Plugins::default(), format_node, pass);
    if has_notes {
        name_footnotes(&mut html, context);
    }
    // A cell may stand where markdown shows nothing, as in a footnote that nothing refers to. It ran, so it is shown.
    let placed = done.map(|pass| pass.placed).unwrap_or_default();
    for (cell, text) in notebook.cells.iter().zip(cells) {
        if !placed.contains(&(cell.line as usize)) {
            html.push_str(text);
        }
    }
    html
}

/// Gives the footnotes a heading, and their links back a name in the page's language; comrak leaves neither to its callers.
fn name_footnotes(html: &mut String, context: RenderContext) {
    const SECTION: &str = "<section class=\"footnotes\" data-footnotes>\n";
    const BACK: &str = "aria-label=\"Back to reference ";
    let Some(start) = html.rfind(SECTION) else { return };
    let notes = html.split_off(start);
    let (words, lang) = (context.words, context.lang);
    let back = format!("{} aria-label=\"{} ", lang, words.back_to_reference());
    let notes = notes[SECTION.len()..].replace(BACK, back.trim_start());
    let _ = write!(html, "{SECTION}<h2{lang}>{}</h2>\n{notes}", words.footnotes());
}

/// GitHub's dialect with its formulas, and with raw HTML where the author is trusted.
fn options(trusted: bool) -> Options<'static> {
    let mut options = page_options();
    options.extension.cjk_friendly_emphasis = true;
    options.extension.math_dollars = true;
    options.render.r#unsafe = trusted;
    options
}

/// Writes one node: what nbrun has its own form for, or else comrak's.
fn format_node<'a>(
    context: &mut Context<Pass<'_>>,
    node: Node<'a>,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    if !context.user.context.trusted
        && let Some(done) = distrust(context, node, entering)
    {
        return done;
    }
    match &node.data().value {
        NodeValue::Heading(_) => return heading(context, entering),
        NodeValue::CodeBlock(block) => {
            if entering && !is_saved_result(context, node, block) {
                let line = node.data().sourcepos.start.line + context.user.lines_before;
                return code_block(context, block, line);
            }
            return Ok(ChildRendering::HTML);
        }
        // A wide table scrolls in a box of its own.
        NodeValue::Table(_) if entering => context.write_str("\n<div class=\"scroll\" tabindex=\"0\">\n")?,
        NodeValue::Table(_) => {
            format_node_default(context, node, entering)?;
            context.write_str("</div>\n")?;
            return Ok(ChildRendering::HTML);
        }
        // Chinese and Japanese have no italics: dots below the characters do the same.
        NodeValue::Emph if entering && is_chinese(node) => {
            context.write_str("<em class=\"cjk\">")?;
            return Ok(ChildRendering::HTML);
        }
        NodeValue::Alert(alert) if entering && alert.title.is_none() => return alert_head(context, alert.alert_type),
        NodeValue::TableRow(_) => context.user.column = 0,
        NodeValue::TableCell => return table_cell(context, node, entering),
        NodeValue::TaskItem(task) => return task_item(context, task.symbol.is_some(), entering),
        NodeValue::Text(text) if entering && text.starts_with(' ') && stands_behind_a_mark(node) => {
            context.escape(text.trim_start_matches(' '))?;
            return Ok(ChildRendering::HTML);
        }
        NodeValue::SoftBreak if is_joint(node) => return Ok(ChildRendering::HTML),
        NodeValue::Link(link) if context.user.look.dead.contains(&link.url) => return Ok(ChildRendering::HTML),
        NodeValue::Link(_) if entering => context.user.links += 1,
        NodeValue::Link(_) => context.user.links -= 1,
        NodeValue::FootnoteReference(note) if context.user.links > 0 => {
            if entering {
                write!(context, "<sup class=\"footnote-ref\">{}</sup>", note.ix)?;
            }
            return Ok(ChildRendering::HTML);
        }
        NodeValue::Math(math) if entering => {
            let html = context.user.formulas.get_or_init(Formulas::new).html(&math.literal, math.display_math);
            context.write_str(&html)?;
            return Ok(ChildRendering::HTML);
        }
        NodeValue::Math(_) => return Ok(ChildRendering::HTML),
        NodeValue::Image(link) => return image(context, node, link, entering),
        _ => {}
    }
    format_node_default(context, node, entering)
}

/// Writes a node by an author who is not trusted, if it could do more than to be read.
fn distrust<'a>(
    context: &mut Context<Pass<'_>>,
    node: Node<'a>,
    entering: bool,
) -> Option<Result<ChildRendering, fmt::Error>> {
    let write = |context: &mut Context<Pass<'_>>, html: &str| {
        let html = if entering { html } else { "" };
        context.write_str(html).map(|()| ChildRendering::HTML)
    };
    match &node.data().value {
        NodeValue::HtmlBlock(block) => {
            let line = node.data().sourcepos.start.line + context.user.lines_before;
            let tag = entering.then(|| context.user.folds.tag(line, &block.literal)).flatten();
            let html = tag.unwrap_or_else(|| clean::block(&block.literal));
            Some(write(context, &format!("\n{html}\n")))
        }
        NodeValue::HtmlInline(_) => Some(write(context, "")),
        NodeValue::Raw(html) => Some(write(context, html)),
        // Of a link that is none, its text is left.
        NodeValue::Link(link) if !clean::is_link(&link.url) => Some(Ok(ChildRendering::HTML)),
        _ => None,
    }
}

/// Whether emphasis begins in Chinese or Japanese. Only its beginning is looked at, since emphasis may stand in emphasis.
fn is_chinese(node: Node<'_>) -> bool {
    const NEAR: usize = 64;
    node.descendants().take(NEAR).any(|inner| match &inner.data().value {
        NodeValue::Text(text) => text.chars().take(NEAR).any(is_letter),
        _ => false,
    })
}

fn heading(context: &mut Context<Pass<'_>>, entering: bool) -> Result<ChildRendering, fmt::Error> {
    let headings = &mut context.user.headings;
    // On the way in the heading stays the next one, so that its closing tag finds it again.
    let heading = if entering { headings.as_slice().first() } else { headings.next() };
    let Some(Heading { level, text, id }) = heading else { return Ok(ChildRendering::HTML) };
    if entering {
        write!(context, "\n<h{level} id=\"{}\">", escape(id))?;
    } else {
        let (id, text, page) = (escape(id), escape(text), context.user.context);
        // A label has one language, and that of the heading may have no words here.
        let label =
            if page.lang.is_empty() { page.words.link_to(&format!("“{text}”")) } else { format!("# {text}") };
        writeln!(context, " <a class=\"anchor\" href=\"#{id}\" aria-label=\"{label}\">#</a></h{level}>")?;
    }
    Ok(ChildRendering::HTML)
}

/// Whether a fence holds the result of the cell above it, which the page shows by itself.
fn is_saved_result(context: &Context<Pass<'_>>, node: Node<'_>, block: &NodeCodeBlock) -> bool {
    let is_cell = |above: Node<'_>| {
        let data = above.data();
        let line = data.sourcepos.start.line + context.user.lines_before;
        matches!(&data.value, NodeValue::CodeBlock(block) if block.fenced) && context.user.cells.contains_key(&line)
    };
    block.fenced && results::is_chance(&block.info).is_some() && node.previous_sibling().is_some_and(is_cell)
}

fn code_block(
    context: &mut Context<Pass<'_>>,
    block: &NodeCodeBlock,
    line: usize,
) -> Result<ChildRendering, fmt::Error> {
    let cell = context.user.cells.get(&line).copied().filter(|_| block.fenced);
    context.write_str("\n")?;
    match cell {
        Some((index, html)) => {
            context.user.placed.insert(line);
            let (before, behind) = (context.user.folds.before(index), context.user.folds.behind(index));
            write!(context, "{before}{html}{behind}")?;
        }
        None if block.info.trim() == "math" => {
            let html = context.user.formulas.get_or_init(Formulas::new).html(&block.literal, true);
            context.write_str(&html)?;
        }
        None => {
            let mut html = std::mem::take(&mut context.user.code);
            push_shown(&mut html, &block.info, &block.literal);
            context.write_str(&html)?;
            html.clear();
            context.user.code = html;
        }
    }
    Ok(ChildRendering::HTML)
}

/// Appends code that is only shown.
fn push_shown(html: &mut String, info: &str, code: &str) {
    let language = info.split([' ', '\t', ',', '{']).next().unwrap_or("");
    html.push_str("<div class=\"shown\"><pre class=\"code\"");
    if !language.is_empty() {
        html.push_str(" data-lang=\"");
        push_escaped(html, language);
        html.push('"');
    }
    html.push_str(" tabindex=\"0\"><code>");
    highlight::push_fence(html, info, code.trim_end_matches(['\n', '\r']));
    html.push_str("</code></pre></div>\n");
}

/// An image of the notebook's own, in the page; one from elsewhere is a link, for a page makes no request.
fn image(
    context: &mut Context<Pass<'_>>,
    node: Node<'_>,
    link: &NodeLink,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    if !entering {
        return Ok(ChildRendering::HTML);
    }
    let (url, text) = (link.url.as_str(), text_of(node));
    let held = context.user.look.images.get(url).map(String::as_str).or(url.starts_with("data:image/").then_some(url));
    let title = if link.title.is_empty() { String::new() } else { format!(" title=\"{}\"", shown(&link.title)) };
    match held {
        Some(data) => write!(context, "<img src=\"{}\" alt=\"{}\"{title}>", escape(data), shown(&text))?,
        None if images::is_on_the_web(url) && context.user.links == 0 => {
            let text = if text.is_empty() { url } else { &text };
            context.write_str("<a href=\"")?;
            context.escape_href(url)?;
            write!(context, "\"{title}>{}</a>", shown(text))?;
        }
        None => write!(context, "<em>{}</em>", shown(if text.is_empty() { url } else { &text }))?,
    }
    Ok(ChildRendering::Skip)
}

/// As comrak's, but with a title in the page's words, where the author gave none.
fn alert_head(context: &mut Context<Pass<'_>>, kind: AlertType) -> Result<ChildRendering, fmt::Error> {
    let RenderContext { words, lang, .. } = context.user.context;
    let (class, title) = (kind.css_class(AlertStyleType::Specific), words.alert(kind));
    context.cr()?;
    write!(context, "<div class=\"markdown-alert {class}\">\n<p class=\"markdown-alert-title\"{lang}>{title}</p>\n")?;
    Ok(ChildRendering::HTML)
}

/// As comrak's, but with a label, without which a screen reader says "checkbox" and no more.
fn task_item(context: &mut Context<Pass<'_>>, done: bool, entering: bool) -> Result<ChildRendering, fmt::Error> {
    if entering {
        let RenderContext { words, lang, .. } = context.user.context;
        let (label, checked) = if done { (words.done(), " checked") } else { (words.to_do(), "") };
        write!(context, "\n<li><input type=\"checkbox\"{lang} aria-label=\"{label}\"{checked} disabled> ")?;
    } else {
        context.write_str("</li>\n")?;
    }
    Ok(ChildRendering::HTML)
}

/// As comrak's, but with a class in place of the `align` that HTML no longer has.
fn table_cell(context: &mut Context<Pass<'_>>, node: Node<'_>, entering: bool) -> Result<ChildRendering, fmt::Error> {
    let row = node.parent();
    let is_head = row.is_some_and(|row| matches!(row.data().value, NodeValue::TableRow(true)));
    let name = if is_head { "th" } else { "td" };
    if !entering {
        writeln!(context, "</{name}>")?;
        return Ok(ChildRendering::HTML);
    }
    let column = context.user.column;
    context.user.column += 1;
    let alignment = row.and_then(|row| row.parent()).map_or(TableAlignment::None, |table| match &table.data().value {
        NodeValue::Table(table) => table.alignments.get(column).copied().unwrap_or(TableAlignment::None),
        _ => TableAlignment::None,
    });
    let class = match alignment {
        TableAlignment::None => "",
        TableAlignment::Left => " class=\"left\"",
        TableAlignment::Center => " class=\"center\"",
        TableAlignment::Right => " class=\"right\"",
    };
    write!(context, "<{name}{class}>")?;
    Ok(ChildRendering::HTML)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture::{context, notebook};
    use crate::render::words::Words;

    fn html(text: &str, titled: bool) -> String {
        let notebook = notebook(text);
        let cells: Vec<String> = (1..=notebook.cells.len()).map(|number| format!("<hr id=\"c{number}\">\n")).collect();
        let title = titled.then_some("A title");
        render(&notebook, &cells, title, &RenderOptions::default(), context(), |_| String::new())
    }

    #[test]
    fn no_space_stands_behind_a_wide_mark_that_ends_emphasis() {
        let html = html("**池子。** 为了 *a* b", false);
        assert!(html.contains("<p><strong>池子。</strong>为了 <em>a</em> b</p>"), "{html}");
    }

    #[test]
    fn cells_stay_in_lists_and_quotations() {
        let html = html("1. a\n\n   ```rust job\n   fn f() {}\n   ```\n\n> ```yaml queue\n> q: i64\n> ```\n", true);
        let (list, quote) = html.split_once("</ol>").unwrap_or_default();
        assert!(list.contains("<hr id=\"c1\">") && quote.contains("<blockquote>\n\n<hr id=\"c2\">"), "{html}");
    }

    #[test]
    fn a_result_that_is_saved_below_its_cell_is_shown_once() {
        let cell = "```yaml queue\nq: i64\n```\n";
        for info in ["text output", "text output chance"] {
            let html = html(&format!("{cell}\n```{info}\nsaved\n```\n\nmore\n"), true);
            assert!(html.contains("<hr id=\"c1\">") && !html.contains("saved") && html.contains("more"), "{html}");
        }
        let shown = |text: String| html(&text, true).contains("saved");
        assert!(shown("```text output\nsaved\n```\n".to_owned()), "it is no cell's");
        assert!(shown(format!("{cell}\na\n\n```text output\nsaved\n```\n")), "it is no cell's");
    }

    #[test]
    fn a_cell_in_a_footnote_that_nothing_refers_to_is_shown() {
        assert!(html("a\n\n[^1]: b\n\n    ```yaml queue\n    q: i64\n    ```\n", true).contains("<hr id=\"c1\">"));
    }

    #[test]
    fn footnotes_have_a_heading_and_ways_back_in_the_pages_language() {
        let notebook = notebook("a[^1]\n\n[^1]: b\n");
        for (words, head, back) in
            [(Words::ENGLISH, "Footnotes", "Back to reference 1"), (Words::CHINESE, "脚注", "回到引用处 1")]
        {
            let context = RenderContext { words, ..context() };
            let html = render(&notebook, &[], None, &RenderOptions::default(), context, |_| String::new());
            assert!(html.contains(&format!(">{head}</h2>\n<ol>")) && html.contains(back), "{html}");
        }
    }

    #[test]
    fn the_highest_heading_follows_the_title() {
        assert!(html("### a\n#### b\n", true).contains("<h2 id=\"a\">a <a"));
        assert!(html("# a\n## b\n", false).contains("<h1 id=\"a\">"));
        assert!(html("# a\n###### b\n", true).contains("<h6 id=\"b\">"));
    }

    #[test]
    fn a_task_says_whether_it_is_done() {
        let html = html("- [ ] a\n- [x] b\n", true);
        assert!(html.contains("aria-label=\"to do\" disabled> a</li>"), "{html}");
        assert!(html.contains("aria-label=\"done\" checked disabled> b</li>"), "{html}");
    }

    #[test]
    fn formulas_stand_in_the_text_and_on_their_own_and_prices_are_none() {
        let html = html("$n$ costs $5 or $6.\n\n$$\nx\n$$\n\n```math\ny\n```\n", true);
        assert!(html.contains("<math><mi>n</mi></math> costs $5 or $6."), "{html}");
        assert_eq!(html.matches("<math display=\"block\">").count(), 2, "{html}");
    }

    #[test]
    fn an_image_is_in_the_page_or_a_link() {
        let notebook = notebook("![a *b*](c.png \"d\") ![e](https://e.org/f.png)\n");
        let images = std::collections::BTreeMap::from([("c.png".to_owned(), "data:image/png;base64,AA==".to_owned())]);
        let look = RenderOptions { images, ..RenderOptions::default() };
        let html = render(&notebook, &[], None, &look, context(), |_| String::new());
        assert!(html.contains("<img src=\"data:image/png;base64,AA==\" alt=\"a b\" title=\"d\">"), "{html}");
        assert!(html.contains("<a href=\"https://e.org/f.png\">e</a>"), "{html}");
    }

    #[test]
    fn no_link_stands_in_another() {
        let badge = html("[![build](https://e.org/ci.svg)](https://e.org/ci) ![a](https://e.org/b.png)", true);
        assert!(badge.contains("<a href=\"https://e.org/ci\"><em>build</em></a> <a href"), "{badge}");
        for text in [
            "## [![a](https://e.org/b)](c) x\n## y",
            "[see https://e.org](a)",
            "[a[^1]](b)\n\n[^1]: c",
            "[*![a](//b/c)*](d)",
        ] {
            let html = html(text, true);
            let mut open = 0;
            for tag in html.split('<').skip(1) {
                open += i32::from(tag.starts_with("a ")) - i32::from(tag.starts_with("/a>"));
                assert!((0..=1).contains(&open), "{html}");
            }
        }
    }

    #[test]
    fn a_line_break_between_wide_characters_leaves_no_gap() {
        let html = html("残高が\n**おかしく**\nなった。\n\n日本語と\nEnglish\n\n多\n线\n===\n", true);
        assert!(html.contains("<p>残高が<strong>おかしく</strong>なった。</p>"), "{html}");
        assert!(html.contains("日本語と\nEnglish") && html.contains("id=\"多线\""), "{html}");
    }

    #[test]
    fn no_heading_has_the_anchor_of_something_else() {
        let text = "a[^a] b[^a]\n\n# Fn a\n# Fnref a\n# Fnref a 2\n# Top\n# Contents_side\n# C1 n\n\n[^a]: b\n";
        let html = html(&format!("{text}\n```yaml queue\nq: i64\n```\n"), true);
        let mut ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{html}");
        for taken in ["top", "contents_side", "c1-n"] {
            assert!(!ids.contains(&taken), "{taken}");
        }
    }

    #[test]
    fn columns_of_a_table_are_aligned_by_class() {
        let html = html("| a | b |\n| :-: | - |\n| 1 | 2 |\n", true);
        assert!(html.contains("<th class=\"center\">a</th>") && html.contains("<td>2</td>"), "{html}");
    }
}
