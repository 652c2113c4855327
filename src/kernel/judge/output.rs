//! Whether a cell printed what it expects.

use super::Judge;
use crate::diagnostic::Diagnostic;
use crate::plan::{Expect, ExpectedLine, Step};
use crate::record::{OutputLine, RunOutcome};

impl Judge<'_> {
    /// What is wrong with what was printed, if the cell expects something else.
    pub(super) fn unexpected_output(&self, step: &Step, outcome: &RunOutcome) -> Option<Diagnostic> {
        let lines = |worker: Option<usize>| -> Vec<&str> {
            let of = |line: &&OutputLine| worker.is_none_or(|worker| line.worker as usize == worker);
            outcome.output.iter().filter(of).map(|line| line.text.as_str()).collect()
        };
        match step.options.expect.as_ref()? {
            Expect::Error(_) | Expect::Outcomes(_) | Expect::CompileError(_) | Expect::Panic | Expect::Fails => None,
            Expect::Lines(expected) => {
                self.differ(step, "the output is not what the cell expects", expected, &lines(None))
            }
            Expect::Unordered(expected) => self.differ_in_any_order(step, expected, lines(None)),
            Expect::Workers(workers) => workers.iter().find_map(|(name, expected)| {
                match outcome.workers.iter().position(|worker| worker.name == *name) {
                    Some(worker) => {
                        let what = format!("the output of `{name}` is not what the cell expects");
                        self.differ(step, &what, expected, &lines(Some(worker)))
                    }
                    None => Some(
                        Diagnostic::new(format!("the cell expects output of `{name}`, but has no such worker"))
                            .at(self.fence(step)),
                    ),
                }
            }),
        }
    }

    fn differ(&self, step: &Step, what: &str, expected: &[ExpectedLine], actual: &[&str]) -> Option<Diagnostic> {
        if expected.iter().map(|line| line.text.as_str()).eq(actual.iter().copied()) {
            return None;
        }
        let first = expected.iter().zip(actual).take_while(|(a, b)| a.text == **b).count();
        let shown = |line: Option<&str>| line.map_or("nothing".to_owned(), |line| format!("{line:?}"));
        Some(
            Diagnostic::new(what)
                .at(expected.get(first).map_or_else(|| self.fence(step), |line| line.place.clone()))
                .note(format!(
                    "line {} was to be {}, but is {}",
                    first + 1,
                    shown(expected.get(first).map(|line| line.text.as_str())),
                    shown(actual.get(first).copied())
                ))
                .note(format!("expected {}, got {}", lines(expected.len()), actual.len())),
        )
    }

    fn differ_in_any_order(&self, step: &Step, expected: &[ExpectedLine], mut more: Vec<&str>) -> Option<Diagnostic> {
        let count = more.len();
        let mut missing = Vec::new();
        for line in expected {
            match more.iter().position(|text| *text == line.text) {
                Some(found) => drop(more.remove(found)),
                None => missing.push(line),
            }
        }
        if missing.is_empty() && more.is_empty() {
            return None;
        }
        let place = missing.first().map_or_else(|| self.fence(step), |line| line.place.clone());
        let error = Diagnostic::new("the output is not what the cell expects, in any order").at(place);
        let error =
            missing.iter().take(TOLD).fold(error, |error, line| error.note(format!("not printed: {:?}", line.text)));
        let error = more
            .iter()
            .take(TOLD)
            .fold(error, |error, text| error.note(format!("printed, and not expected: {text:?}")));
        Some(error.note(format!("expected {}, got {count}", lines(expected.len()))))
    }
}

/// How many lines are told of those that are missing, and of those that are too many.
const TOLD: usize = 3;

fn lines(count: usize) -> String {
    if count == 1 { "1 line".to_owned() } else { format!("{count} lines") }
}
