//! What was done to something shared, in numbers: the table of its picture.

use super::words::{self, Setting};
use crate::render::text::escape;
use crate::render::words::Words;
use crate::render::workers::colour;
use std::fmt::Write;

/// Above this many workers a table shows only the first.
const MAX_TABLE_ROWS: usize = 64;

/// Numbers for each worker.
pub struct Table {
    /// The heads of the columns but the first, which has the workers.
    pub head: &'static [&'static str],
    /// The rows: the worker, and its numbers.
    pub rows: Vec<(usize, Vec<Cell>)>,
}

/// A number in a table.
pub enum Cell {
    /// As it stands there.
    Text(String),
    /// A time in nanoseconds, or a number of steps: those of a column are written in one way.
    Length(u64),
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
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
        let rows = &self.rows[..self.rows.len().min(MAX_TABLE_ROWS)];
        let columns: Vec<Vec<String>> = (0..self.head.len()).map(|column| self.column(rows, column, words)).collect();
        for (row, (worker, _)) in rows.iter().enumerate() {
            let cells: String = columns.iter().map(|column| format!("<td>{}</td>", escape(&column[row]))).collect();
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

    /// A column as text.
    fn column(&self, rows: &[(usize, Vec<Cell>)], column: usize, words: Words) -> Vec<String> {
        let length = |(_, cells): &(usize, Vec<Cell>)| match cells[column] {
            Cell::Length(ns) => Some(ns),
            Cell::Text(_) => None,
        };
        let mut lengths = words.lengths(&rows.iter().filter_map(length).collect::<Vec<u64>>()).into_iter();
        let text = |(_, cells): &(usize, Vec<Cell>)| match &cells[column] {
            Cell::Text(text) => text.clone(),
            Cell::Length(_) => lengths.next().unwrap_or_default(),
        };
        rows.iter().map(text).collect()
    }
}
