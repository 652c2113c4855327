//! An event in words: what a reader is told who points at its mark.

use crate::model::{Event, Op, ScalarType, Shape};
use crate::record::{ResourceState, RunOutcome, number};
use crate::render::text::{escape, shorten, visible};
use crate::render::words::{Did, Words};

/// How many columns of a printed line are quoted.
const QUOTED: usize = 60;

/// What must be known to tell an event.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// The run that it is of.
    pub run: &'a RunOutcome,
    /// The names and shapes of what was shared.
    pub resources: &'a [ResourceState],
    /// The page's words.
    pub words: Words,
}

/// The name of a worker.
pub fn worker(run: &RunOutcome, worker: usize) -> String {
    run.workers.get(worker).map_or_else(|| "?".to_owned(), |worker| visible(&worker.name).into_owned())
}

impl Setting<'_> {
    /// An event in one line: who did what, when, and at which line of the notebook.
    pub fn told(&self, event: &Event) -> String {
        let Self { run, resources, words } = *self;
        let resource = resources.iter().find(|resource| Some(resource.id) == event.resource);
        let name = resource.map_or(words.something_shared().into(), |resource| visible(&resource.name));
        let shape = resource.map(|resource| resource.shape);
        let (of, place) = match shape {
            Some(Shape::Value(of)) => (of, name.to_string()),
            Some(Shape::Array { of, .. }) => (of, format!("{name}[{}]", event.a)),
            _ => (ScalarType::U64, name.to_string()),
        };
        let mut did = Did { name: &name, place: &place, item: event.a, many: event.b, ..Did::default() };
        did.of_queue = matches!(shape, Some(Shape::Queue { .. }));
        did.was_cut = event.is_cut();
        let (number, old, printed, joined);
        match event.op {
            Op::Load | Op::Store | Op::FetchAdd => {
                (number, old) = (number::text(of, event.b), number::text(of, event.a));
                (did.number, did.old) = (&number, &old);
            }
            Op::Print => {
                let line = run.output.get(event.a as usize).map(|line| visible(&line.text)).unwrap_or_default();
                printed = shorten(&line, QUOTED).into_owned();
                did.printed = &printed;
            }
            Op::Join => {
                joined = worker(run, event.a as usize);
                did.joined = &joined;
            }
            _ => {}
        }
        let (who, what) = (worker(run, event.worker as usize), words.did(event.op, &did));
        let took = words.took(event.op, event.duration_ns, !did.was_cut && (event.op != Op::Task || event.b == 0));
        let line = if event.line > 0 { words.at_line(event.line) } else { String::new() };
        format!("{who} {what}{took}{}{line}", words.at_time(event.at_ns))
    }

    /// The start of a mark that stands for one event and tells it on hover; `</g>` ends it.
    pub fn open(&self, event: &Event) -> String {
        let print = if event.op == Op::Print && !self.words.is_by_steps() {
            format!(" data-p=\"{}\"", event.a)
        } else {
            String::new()
        };
        format!("<g class=\"e\"{print}><title>{}</title>", escape(&self.told(event)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture;

    #[test]
    fn an_event_is_told_with_worker_call_value_time_and_line() {
        let resources = [fixture::resource(7, "v", "Value<i32>", "3")];
        let mut event = fixture::event(1, 3_000_000, 0, Op::Store, Some(7), 0, u64::from(-3_i32 as u32));
        event.line = 12;
        let run = fixture::two_workers();
        let told = |event: &Event| {
            Setting { run: &run, resources: &resources, words: Words::ENGLISH }.told(event).replace('\u{a0}', " ")
        };
        assert_eq!(told(&event), "job-1 wrote -3 to v, at 3 ms, line 12");
        (event.op, event.duration_ns, event.line) = (Op::Acquire, 2_000, 0);
        assert_eq!(told(&event), "job-1 acquired v after waiting 2 µs, at 3 ms");
        (event.op, event.a, event.b) = (Op::StoreMany, 3, 4);
        assert_eq!(told(&event), "job-1 wrote elements 3 to 6 of v after waiting 2 µs, at 3 ms");
        (event.op, event.b) = (Op::GaveUp, 0);
        assert_eq!(told(&event), "job-1 gave up on v after waiting 2 µs, at 3 ms");
        event.b = 1;
        assert_eq!(told(&event), "job-1 waited without success for v for 2 µs, at 3 ms");
    }
}
