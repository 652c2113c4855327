//! What was done to something shared, in numbers: the table of its picture.

use super::words::{self, Setting};
use crate::render::text::escape;
use crate::render::workers::colour;
use std::fmt::Write;

/// Above this many workers a table shows only the first.
const MAX_TABLE_ROWS: usize = 64;

/// Numbers for each worker.
pub struct Table {
    /// The heads of the columns but the first, which has the workers.
    pub head: &'static [&'static str],
    /// The rows: the worker, and its numbers as text.
    pub rows: Vec<(usize, Vec<String>)>,
}

impl Table {
    /// Appends the table, folded under `summary`, which is HTML.
    pub fn push(&self, out: &mut String, setting: Setting, summary: &str) {
        let Setting { run, words, .. } = setting;
        let head: String = self.head.iter().map(|head| format!("<th>{head}</th>")).collect();
        let _ = writeln!(
            out,
            "<details class=\"numbers\"><summary>{}</summary>\n<div class=\"scroll\" tabindex=\"0\"><table \
             class=\"workers all-numbers\"><thead><tr><th>{}</th>{head}</tr></thead>\n<tbody>",
            summary,
            words.worker_columns()[0]
        );
        for (worker, cells) in self.rows.iter().take(MAX_TABLE_ROWS) {
            let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect();
            let _ = writeln!(
                out,
                "<tr><th><span class=\"chip {}\">{}</span></th>{cells}</tr>",
                colour(*worker),
                escape(&words::worker(run, *worker))
            );
        }
        out.push_str("</tbody></table></div>\n");
        if self.rows.len() > MAX_TABLE_ROWS {
            let more = words.more_workers((self.rows.len() - MAX_TABLE_ROWS) as u64);
            let _ = writeln!(out, "<p class=\"notice\">{more}</p>");
        }
        out.push_str("</details>\n");
    }
}
