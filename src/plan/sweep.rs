//! `sweep`: a cell that is run with one number of workers after another.

use super::reader::{Fields, Reader, list};
use super::spawn_spec::MAX_WORKERS;
use crate::diagnostic::Diagnostic;
use crate::model::Executor;
use crate::notebook::yaml::{Entry, Value};

/// How many numbers a sweep may have.
const MAX_SWEEP_POINTS: usize = 32;

impl Reader<'_> {
    /// The numbers of workers that a cell sweeps over, ascending; empty without a sweep. `key` is what a cell of this kind
    /// calls the number.
    pub(super) fn sweep(&mut self, fields: &Fields, key: &str) -> Vec<u32> {
        let help = format!("write for example `sweep: {{{key}: [1, 2, 4, 8]}}`");
        let Some(node) = fields.get("sweep") else { return Vec::new() };
        let Some(entries) = self.mapping(node, "`sweep`", &help) else { return Vec::new() };
        if !self.fields(entries, &[key], "`sweep`").all_known {
            return Vec::new();
        }
        let [Entry { value, .. }] = entries else {
            self.report(node.span, Diagnostic::new("`sweep` says nothing").help(help));
            return Vec::new();
        };
        let Value::List { items, .. } = &value.value else {
            let message = format!("`{key}` is a list of numbers here, and this is {}", value.what());
            self.report(value.span, Diagnostic::new(message).help(help));
            return Vec::new();
        };
        if !(2..=MAX_SWEEP_POINTS).contains(&items.len()) {
            let message = format!("a sweep has 2 to {MAX_SWEEP_POINTS} numbers, and this has {}", items.len());
            self.report(value.span, Diagnostic::new(message).help(help));
            return Vec::new();
        }
        let mut numbers: Vec<u32> = Vec::new();
        for item in items {
            let number = self.integer(item, &format!("`{key}`"), 1, MAX_WORKERS.into());
            let Some(number) = number.and_then(|number| u32::try_from(number).ok()) else { continue };
            if numbers.contains(&number) {
                self.report(
                    item.span,
                    Diagnostic::new(format!("{number} stands here twice")).help("leave it out once"),
                );
            }
            numbers.push(number);
        }
        numbers.sort_unstable();
        numbers
    }

    /// Sees to it that a sweep has one executor, whose workers can be more or less.
    pub(super) fn sweep_executors(&mut self, fields: &Fields, executors: Option<&[Executor]>) {
        let (Some(sweep), Some(executors)) = (fields.entry("sweep"), executors) else { return };
        if executors.len() > 1 {
            let names: Vec<&str> = executors.iter().map(|executor| executor.as_str()).collect();
            let message = format!("this cell compares the executors {}, and sweeps over its workers", list(&names));
            self.report(sweep.key.span, Diagnostic::new(message).help("do one of the two, or make it two cells"));
        } else if executors == [Executor::Normal] {
            let message = "under `normal` one worker works at a time, however many there are";
            self.report(sweep.key.span, Diagnostic::new(message).help("sweep under `thread` or `process`"));
        }
    }
}
