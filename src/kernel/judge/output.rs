//! Whether a cell printed what it expects.

use super::Judge;
use crate::diagnostic::Diagnostic;
use crate::kernel::outcome::{OutputLine, RunOutcome};
use crate::plan::{Expect, Step};

impl Judge<'_> {
    /// What is wrong with what was printed, if the cell expects something else.
    pub(super) fn unexpected_output(&self, step: &Step, outcome: &RunOutcome) -> Option<Diagnostic> {
        let lines = |worker: Option<usize>| -> Vec<&str> {
            let of = |line: &&OutputLine| worker.is_none_or(|worker| line.worker as usize == worker);
            outcome.output.iter().filter(of).map(|line| line.text.as_str()).collect()
        };
        match step.options.expect.as_ref()? {
            Expect::Error(_) | Expect::Outcomes(_) => None,
            Expect::Lines(expected) => {
                self.differ(step, "the output is not what the cell expects", expected, &lines(None))
            }
            Expect::Unordered(expected) => {
                let (mut expected, mut actual) = (expected.clone(), lines(None));
                expected.sort_unstable();
                actual.sort_unstable();
                self.differ(step, "the output is not what the cell expects, in any order", &expected, &actual)
            }
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

    fn differ(&self, step: &Step, what: &str, expected: &[String], actual: &[&str]) -> Option<Diagnostic> {
        if expected.iter().eq(actual.iter()) {
            return None;
        }
        let first = expected.iter().zip(actual).take_while(|(a, b)| a == b).count();
        let shown = |line: Option<&str>| line.map_or("nothing".to_owned(), |line| format!("{line:?}"));
        Some(
            Diagnostic::new(what)
                .at(self.fence(step))
                .note(format!(
                    "line {} was to be {}, but is {}",
                    first + 1,
                    shown(expected.get(first).map(String::as_str)),
                    shown(actual.get(first).copied())
                ))
                .note(format!("expected {}, got {}", lines(expected.len()), actual.len())),
        )
    }
}

fn lines(count: usize) -> String {
    if count == 1 { "1 line".to_owned() } else { format!("{count} lines") }
}
