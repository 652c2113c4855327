//! What came out of a cell, in plain text: what it printed and what it shows.

use crate::notebook::{CellKind, Notebook, SpecKind};
use crate::record::explored::{Outcome, many};
use crate::record::{CellOutcome, Explored, OutputLine, RunOutcome};
use crate::render::{by_steps, visible};
use std::collections::BTreeSet;
use unicode_width::UnicodeWidthStr as _;

/// How many lines of a cell are kept.
const MAX_LINES: usize = 400;
/// Stands before what came out of interleavings.
const SIGN: &str = "=> ";
/// Stands behind what a run printed before its output met the limit.
const AND_MORE: &str = "… and more";

/// What came out of a cell of a notebook: its errors, and what it printed and shows. If `stable`, what was printed stands in the order
/// of the cell's steps, as far as they have one that is the same in each run.
pub fn of_cell(notebook: &Notebook, outcome: &CellOutcome, stable: bool) -> Vec<String> {
    let errors = outcome.errors.iter().map(|error| notebook.diagnostic(error).to_string());
    let mut lines: Vec<String> = errors.flat_map(|error| behind("", error.trim_end())).collect();
    if let Some(explored) = &outcome.explored {
        lines.extend(counted(explored));
    } else {
        let kind = notebook.cells.get(outcome.cell).map(|cell| cell.kind);
        let is_pool = kind == Some(CellKind::Spec(SpecKind::Pool));
        let printed = |run: &RunOutcome| -> Vec<OutputLine> {
            let steps = stable.then(|| by_steps(run, &outcome.resources, is_pool)).flatten();
            let steps = steps.filter(|steps| !steps.is_unsure && steps.run.output.len() == run.output.len());
            steps.map_or_else(|| run.output.clone(), |steps| steps.run.output)
        };
        lines.extend(together(outcome.runs.iter().map(|run| (run, of_run(run, &printed(run)))).collect()).0);
    }
    cut(lines)
}

/// At most so many lines as are kept.
pub fn cut(mut lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(MAX_LINES);
    if more > 0 {
        // Where the output met its limit, nobody knows how many.
        let is_cut = lines[MAX_LINES..].iter().any(|line| line == AND_MORE);
        lines.truncate(MAX_LINES);
        lines.push(if is_cut { format!("… at least {more} more lines") } else { format!("… {more} more lines") });
    }
    lines
}

/// What can come out of an exploration.
pub fn of_exploration(explored: &Explored) -> Vec<String> {
    explored.outcomes.iter().flat_map(|found| behind(SIGN, &came(found, explored))).collect()
}

/// The same, each behind the number of interleavings that come to it.
fn counted(explored: &Explored) -> Vec<String> {
    if explored.interleavings <= 1.0 {
        return of_exploration(explored);
    }
    let counts: Vec<String> = explored.outcomes.iter().map(|found| many(found.count)).collect();
    let width = counts.iter().map(String::len).max().unwrap_or(0);
    let rows = explored.outcomes.iter().zip(&counts);
    let rows = rows.flat_map(|(found, count)| behind(&format!("  {count:>width$} {SIGN}"), &came(found, explored)));
    std::iter::once(format!("{}:", explored.of_what())).chain(rows).collect()
}

fn came(found: &Outcome, explored: &Explored) -> String {
    let text = found.text(&explored.workers);
    if text.is_empty() { "all workers ended well".to_owned() } else { text }
}

/// What a run printed, each line with its worker's name if there are several, and what it shows.
pub fn of_run(run: &RunOutcome, printed: &[OutputLine]) -> Vec<String> {
    let name = |worker: u32| visible(run.workers.get(worker as usize).map_or("?", |worker| worker.name.as_str()));
    let workers: BTreeSet<u32> = printed.iter().map(|line| line.worker).collect();
    let width = workers.iter().map(|worker| name(*worker).width()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for line in printed {
        let name = name(line.worker);
        let head = match workers.len() {
            1 => String::new(),
            _ => format!("{name}{} | ", " ".repeat(width - name.width())),
        };
        lines.extend(behind(&head, &line.text));
    }
    if run.output_cut_bytes > 0 {
        lines.push(AND_MORE.to_owned());
    }
    for result in &run.results {
        let what = result.label.as_ref().unwrap_or(&result.expression);
        lines.extend(behind(&format!("{} = ", visible(what).replace('\n', " ")), &result.text));
    }
    lines
}

/// Lines that some runs gave, and how many.
type Repeated = (Vec<String>, usize);

/// The lines of all runs of a cell, and whether those that should be alike are not. What is the same for all is said once, and else
/// under a head for each executor or number of workers, and how many runs came to it.
pub fn together(runs: Vec<(&RunOutcome, Vec<String>)>) -> (Vec<String>, bool) {
    let mut groups: Vec<(String, Vec<Repeated>)> = Vec::new();
    for (run, lines) in runs {
        let head = head(run);
        let at = groups.iter().position(|(other, _)| *other == head).unwrap_or_else(|| {
            groups.push((head, Vec::new()));
            groups.len() - 1
        });
        let results = &mut groups[at].1;
        match results.iter_mut().find(|(other, _)| *other == lines) {
            Some((_, times)) => *times += 1,
            None => results.push((lines, 1)),
        }
    }
    let vary = groups.iter().any(|(_, results)| results.len() > 1);
    let mut all = groups.iter().flat_map(|(_, results)| results).map(|(lines, _)| lines);
    if let Some(first) = all.next()
        && all.all(|lines| lines == first)
    {
        return (first.clone(), false);
    }
    let mut out = Vec::new();
    for (head, results) in &groups {
        let total: usize = results.iter().map(|(_, times)| times).sum();
        for (lines, times) in results {
            let often = if results.len() > 1 { format!("{times} of {total} runs") } else { String::new() };
            let parts: Vec<&str> = [head.as_str(), &often].into_iter().filter(|part| !part.is_empty()).collect();
            out.push(parts.join(", ") + ":");
            out.extend(lines.iter().map(|line| format!("  {line}")));
        }
    }
    (out, vary)
}

/// What tells a run from the others of its cell, apart from repetitions.
fn head(run: &RunOutcome) -> String {
    let executor = run.executor.map(|executor| executor.as_str().to_owned());
    let swept = run.swept.map(|workers| format!("{workers} workers"));
    [executor, swept].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A text behind what it is about. If it has several lines, they stand below each other.
pub fn behind(head: &str, text: &str) -> Vec<String> {
    let gap = " ".repeat(head.width());
    let heads = std::iter::once(head).chain(std::iter::repeat(gap.as_str()));
    // An empty text has no line, and is one all the same.
    let lines = text.lines().chain(text.is_empty().then_some(""));
    heads.zip(lines).map(|(head, line)| format!("{head}{}", visible(line)).trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_only_where_the_output_was_kept_whole() {
        let mut lines = vec![String::new(); MAX_LINES + 3];
        assert_eq!(cut(lines.clone()).last().map(String::as_str), Some("… 3 more lines"));
        lines[MAX_LINES + 2] = AND_MORE.to_owned();
        assert_eq!(cut(lines).last().map(String::as_str), Some("… at least 3 more lines"));
    }
}
