//! `replay`: the schedule that the workers of a cell are to follow.

use super::reader::{Fields, Reader};
use super::{Job, Replay};
use crate::diagnostic::Diagnostic;
use crate::model::{Executor, MAX_FOLLOWED, parse_schedule};
use crate::notebook::yaml::{Node, Span};

const HELP: &str = "write who takes each step, by number: `replay: 1,2x3,1` is worker 1, three steps of worker 2, and worker 1 \
                    again; `explore: all` prints such schedules";

impl Reader<'_> {
    /// Reads `replay` among a cell's fields, and sees to it that it goes with the rest of the cell.
    pub(super) fn replay(&mut self, fields: &Fields, executors: &[Executor], jobs: Option<&[Job]>) -> Option<Replay> {
        let entry = fields.entry("replay")?;
        let before = self.errors.len();
        if let Some(explore) = fields.entry("explore") {
            let diagnostic = Diagnostic::new("a cell is either explored or follows one schedule, and this says both");
            let help = "leave one out, or write the cell twice: once with `explore`, once with `replay`";
            self.report(explore.key.span, diagnostic.help(help));
        }
        if let Some(sweep) = fields.entry("sweep") {
            let diagnostic = Diagnostic::new("a schedule is for one number of workers, and this cell sweeps over that");
            self.report(sweep.key.span, diagnostic.help("leave `sweep` out, and give the job a `count`"));
        }
        if executors.contains(&Executor::Normal) {
            let diagnostic =
                Diagnostic::new("under `normal` the jobs run one after another, and can follow no schedule");
            let span = fields.entry("executor").map_or(entry.key.span, |executor| executor.value.span);
            self.report(span, diagnostic.help("write `executor: process`, or `executor: [thread, process]`"));
        }
        let schedule = self.schedule(&entry.value, jobs)?;
        let place = entry.value.span.place(self.file, self.source);
        (self.errors.len() == before).then_some(Replay { schedule, place })
    }

    fn schedule(&mut self, node: &Node, jobs: Option<&[Job]>) -> Option<Vec<u32>> {
        let scalar = self.scalar(node, "a schedule", HELP)?;
        let text = scalar.text.clone();
        // The part that is wrong, where the text stands on the line as it is.
        let part_at = |is_wrong: &dyn Fn(&str) -> bool| {
            let mut column = node.span.column;
            for part in text.split(',') {
                if is_wrong(part) {
                    let blank = part.chars().take_while(|c| c.is_whitespace()).count() as u32;
                    let width = (part.trim().chars().count() as u32).max(1);
                    return Span { column: column + blank, width, ..node.span };
                }
                column += part.chars().count() as u32 + 1;
            }
            node.span
        };
        let is_plain = node.span.width as usize == text.chars().count();
        let span_of = |is_wrong: &dyn Fn(&str) -> bool| if is_plain { part_at(is_wrong) } else { node.span };
        let schedule = match parse_schedule(&text) {
            Ok(schedule) => schedule,
            Err(why) => {
                let span = span_of(&|part| parse_schedule(part).is_err());
                self.report(span, Diagnostic::new(why).help(HELP));
                return None;
            }
        };
        if schedule.len() > MAX_FOLLOWED {
            let message =
                format!("workers follow at most {MAX_FOLLOWED} steps, and this schedule has {}", schedule.len());
            self.report(node.span, Diagnostic::new(message).help("explore the cell with smaller numbers"));
            return None;
        }
        let most = jobs?.len() as u32;
        // Threads that jobs start by themselves have the numbers behind those of the jobs, and how many there are shows in the run.
        let has_threads = self.source.contains("thread::");
        if has_threads {
            return Some(schedule);
        }
        if let Some(worker) = schedule.iter().find(|worker| **worker > most) {
            let of = |part: &str| parse_schedule(part).is_ok_and(|part| part.contains(worker));
            let workers = if most == 1 { "one worker".to_owned() } else { format!("workers 1 to {most}") };
            let message = format!("the schedule names worker {worker}, and this cell has {workers}");
            let help = "workers are numbered in the order of the jobs, each `count` included";
            self.report(span_of(&of), Diagnostic::new(message).help(help));
            return None;
        }
        Some(schedule)
    }
}
