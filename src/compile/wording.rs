//! Rewrites rustc's sentences, so that they speak of the notebook and not of the generated crate.

use super::source;
use crate::plan::{DeclaredKind, Plan};

/// The sentence in the author's terms: without the modules that the cells became and the names that nbrun made up.
pub(super) fn tidy(text: &str, plan: &Plan) -> String {
    let mut text = name_cells(text);
    // From the last on, so that item 1 does not spoil item 10.
    for resource in plan.resources.iter().rev() {
        if let DeclaredKind::Queue { item, .. } = &resource.kind {
            text = text.replace(&source::item_name(resource.id), item.text().trim());
        }
    }
    let text = text.replace(" of the current crate", "").replace("module cell ", "cell ");
    text.replace("this file contains", "this cell contains")
}

/// Whether a sentence, once tidied, still speaks of what the author has not written.
pub(super) fn leaks(text: &str) -> bool {
    text.contains("__nb_") || text.contains("nbrun::entry") || text.contains("entry::")
}

/// The cell whose module a path in the text leads into, if any: the innermost one of the first such path.
pub(super) fn cell_in(text: &str) -> Option<usize> {
    let starts = text.char_indices().map(|(at, _)| at).filter(|at| is_start(text, *at));
    starts.filter_map(|at| modules(&text[at..])).map(|path| path.cell).next()
}

/// A path through the cells' modules at the start of a text.
struct ModulePath {
    /// How many bytes it has, with the `::` behind it if there is one.
    len: usize,
    /// The innermost cell.
    cell: usize,
    /// Whether something follows that is named relative to it.
    goes_on: bool,
}

fn modules(text: &str) -> Option<ModulePath> {
    let mut len =
        ["crate::", "notebook::", "self::"].iter().find(|root| text.starts_with(**root)).map_or(0, |r| r.len());
    let mut path = None;
    while let Some(rest) = text[len..].strip_prefix("cell_") {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let Ok(cell) = rest[..digits].parse() else { break };
        len += "cell_".len() + digits;
        let goes_on = text[len..].starts_with("::");
        len += if goes_on { 2 } else { 0 };
        path = Some(ModulePath { len, cell, goes_on });
        if !goes_on {
            break;
        }
    }
    // Not a module of ours, but a longer name that begins like one.
    path.filter(|path| path.goes_on || !text[path.len..].starts_with(is_name))
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a name or a path begins at this byte, rather than going on.
fn is_start(text: &str, at: usize) -> bool {
    !text[..at].ends_with(|c: char| is_name(c) || c == ':')
}

/// Drops the modules before a name, and puts the cell's number for a module that is named itself.
fn name_cells(text: &str) -> String {
    let mut out = String::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        // What the prelude has is named in a cell without its path; an import needs it.
        if text[at..].starts_with("nbrun::") && is_start(text, at) && !out.ends_with("use ") {
            at += "nbrun::".len();
            continue;
        }
        match modules(&text[at..]).filter(|_| is_start(text, at)) {
            Some(path) if path.goes_on => at += path.len,
            Some(path) => {
                at += path.len;
                if out.ends_with('`') && text[at..].starts_with('`') {
                    out.pop();
                    at += 1;
                }
                out += &format!("cell {}", path.cell + 1);
            }
            None => {
                out.push(c);
                at += c.len_utf8();
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::testing::read;

    #[test]
    fn modules_of_cells_vanish_from_names_and_alone_become_places() {
        let (_, plan) = read("```rust job\nfn a() {}\n```\n");
        let tidied = |text| tidy(text, &plan);
        assert_eq!(tidied("expected `cell_0::cell_12::Foo<crate::cell_0::A>`"), "expected `Foo<A>`");
        assert_eq!(tidied("`Foo` is defined in module `crate::cell_0`"), "`Foo` is defined in cell 1");
        assert_eq!(tidied("`my_cell_3::x` and `cell_block` and 日本"), "`my_cell_3::x` and `cell_block` and 日本");
        assert_eq!(
            tidied("`nbrun::Queue<my_nbrun::X>`, `use nbrun::Queue;`"),
            "`Queue<my_nbrun::X>`, `use nbrun::Queue;`"
        );
        assert_eq!(cell_in("use crate::cell_0::cell_2::job;"), Some(2));
        assert_eq!(cell_in("use crate::my_cell_2::job;"), None);
    }
}
