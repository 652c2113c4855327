//! What a declaration declared, at the end of its line.

use super::text::visible;
use super::words::Words;
use crate::notebook::Cell;
use crate::record::Resource;
use std::collections::BTreeMap;
use unicode_width::UnicodeWidthStr;

/// How wide it is at most, in columns of text.
const MAX_WIDTH: usize = 48;

/// By the notebook's lines, what each declares: its type, and what it holds. `None` if anything has no line, or is too long for one.
pub fn at_lines(cell: &Cell, resources: &[Resource], words: Words) -> Option<BTreeMap<u32, String>> {
    let mut ends = BTreeMap::new();
    for resource in resources {
        let is_of =
            |text: &str| text.strip_prefix(&*resource.name).is_some_and(|rest| rest.trim_start().starts_with(':'));
        let line = cell.code.lines.iter().find(|line| is_of(&line.text))?;
        let text = format!("{} · {}", visible(&resource.type_text()), visible(&words.holds(&resource.content)));
        if text.width() > MAX_WIDTH || ends.insert(line.line, text).is_some() {
            return None;
        }
    }
    (!ends.is_empty()).then_some(ends)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture::{notebook, resource};

    fn ends(code: &str, resources: &[Resource]) -> Option<Vec<(u32, String)>> {
        let notebook = notebook(&format!("```yaml value\n{code}\n```\n"));
        at_lines(&notebook.cells[0], resources, Words::ENGLISH).map(|ends| ends.into_iter().collect())
    }

    #[test]
    fn each_thing_stands_at_the_end_of_the_line_that_names_it() {
        let things = [resource(0, "v", "Value<i32>", "0"), resource(1, "vast", "Value<i32>", "7")];
        let found = ends("# v: a comment\nvast: {type: i, init: 7}\nv:\n  type: i", &things);
        assert_eq!(found, Some(vec![(3, "Value<i32> · 7".to_owned()), (4, "Value<i32> · 0".to_owned())]));
    }

    #[test]
    fn what_is_long_or_has_no_line_stands_in_a_table() {
        let long = resource(0, "v", "Value<i32>", &"1, ".repeat(30));
        assert_eq!(ends("v: i32", &[long]), None);
        assert_eq!(ends("v: i32", &[resource(0, "w", "Value<i32>", "0")]), None);
        assert_eq!(ends("v: i32", &[]), None);
    }
}
