//! What a cell's workers printed and what it shows, for the terminal.

use crate::export::text::behind;
use crate::record::{CellOutcome, RunOutcome};
use crate::render::visible;
use unicode_width::UnicodeWidthStr as _;

/// How far the lines are indented: as far as the kinds of cells above them.
const MARGIN: &str = "             ";

/// The lines about a cell.
pub fn of(outcome: &CellOutcome) -> Vec<String> {
    let mut lines = Vec::new();
    let several = outcome.runs.len() > 1;
    let repeated = outcome.runs.iter().any(|run| run.repetition > 0);
    for run in &outcome.runs {
        if several {
            lines.push(format!("{MARGIN}{}", head(run, repeated)));
        }
        push_run(&mut lines, run);
    }
    if let Some(explored) = &outcome.explored {
        explored.outcomes.iter().for_each(|found| push(&mut lines, "=> ", &found.text(&explored.workers)));
    }
    lines
}

/// What tells a run from the others of its cell.
fn head(run: &RunOutcome, repeated: bool) -> String {
    let executor = run.executor.map(|executor| executor.as_str().to_owned());
    let swept = run.swept.map(|workers| format!("{workers} workers"));
    let number = repeated.then(|| format!("run {}", u64::from(run.repetition) + 1));
    let parts: Vec<String> = [executor, swept, number].into_iter().flatten().collect();
    parts.join(", ") + ":"
}

fn push_run(lines: &mut Vec<String>, run: &RunOutcome) {
    let name = |worker: u32| visible(run.workers.get(worker as usize).map_or("?", |worker| worker.name.as_str()));
    let width = run.output.iter().map(|line| name(line.worker).width()).max().unwrap_or(0);
    for line in &run.output {
        let name = name(line.worker);
        let gap = " ".repeat(width - name.width());
        push(lines, &format!("{name}{gap} | "), &line.text);
    }
    if run.output_cut_bytes > 0 {
        lines.push(format!("{MARGIN}{} bytes more are left out", run.output_cut_bytes));
    }
    for result in &run.results {
        let what = result.label.as_ref().unwrap_or(&result.expression);
        push(lines, &format!("{} = ", visible(what).replace('\n', " ")), &result.text);
    }
}

/// Adds a text behind what it is about, with a margin.
fn push(lines: &mut Vec<String>, head: &str, text: &str) {
    lines.extend(behind(head, text).into_iter().map(|line| format!("{MARGIN}{line}").trim_end().to_owned()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Executor, OutputLine, ShownValue, Status, Stream, WorkerOutcome};

    #[test]
    fn what_was_printed_stands_behind_its_worker_and_cannot_harm_a_terminal() {
        let printed =
            |worker, text: &str| OutputLine { worker, stream: Stream::Stdout, at_ns: 0, text: text.to_owned() };
        let result = ShownValue { label: None, expression: "v.get()".to_owned(), text: "[\n    1,\n]".to_owned() };
        let run = RunOutcome {
            workers: ["main", "a", "first"].map(|name| WorkerOutcome::made_up(name, Executor::Thread)).to_vec(),
            output: vec![printed(2, "one\u{1b}[2J"), printed(1, ""), printed(9, "::error::x")],
            results: vec![result],
            ..RunOutcome::default()
        };
        let again = RunOutcome { repetition: 1, executor: Some(Executor::Thread), ..RunOutcome::default() };
        let (status, errors, runs) = (Status::Passed, Vec::new(), vec![run, again]);
        let outcome =
            CellOutcome { cell: 0, status, errors, notes: Vec::new(), runs, explored: None, resources: Vec::new() };
        let lines: Vec<String> = of(&outcome).iter().map(|line| line.replacen(MARGIN, "", 1)).collect();
        let expected = [
            "run 1:",
            "first | one",
            "a     |",
            "?     | ::error::x",
            "v.get() = [",
            "              1,",
            "          ]",
            "thread, run 2:",
        ];
        assert_eq!(lines, expected);
    }
}
