//! An event in words: what a reader is told who points at its mark.

use crate::record::{Event, Op, ResourceState, RunOutcome, ScalarType, Shape, number};
use crate::render::text::{escape, shorten, visible};
use crate::render::units::duration;

/// How many columns of a printed line are quoted.
const QUOTED: usize = 60;

/// What must be known to tell an event.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// The run that it is of.
    pub run: &'a RunOutcome,
    /// The names and shapes of what was shared.
    pub resources: &'a [ResourceState],
}

/// When an event was over: a call that waited had its effect then.
pub fn end_ns(event: &Event) -> u64 {
    event.at_ns.saturating_add(event.duration_ns)
}

/// The name of a worker.
pub fn worker(run: &RunOutcome, worker: usize) -> String {
    run.workers.get(worker).map_or_else(|| "?".to_owned(), |worker| visible(&worker.name).into_owned())
}

impl Setting<'_> {
    /// An event in one line: who did what, when, and at which line of the notebook.
    pub fn told(&self, event: &Event) -> String {
        let Self { run, resources } = self;
        let resource = resources.iter().find(|resource| Some(resource.id) == event.resource);
        let name = resource.map_or("something shared".into(), |resource| visible(&resource.name));
        let shape = resource.map(|resource| resource.shape);
        let (of, place) = match shape {
            Some(Shape::Value(of)) => (of, name.to_string()),
            Some(Shape::Array { of, .. }) => (of, format!("{name}[{}]", event.a)),
            _ => (ScalarType::U64, name.to_string()),
        };
        let what = match event.op {
            Op::Sleep => "slept".to_owned(),
            Op::Print => {
                let line = run.output.get(event.a as usize).map(|line| visible(&line.text));
                format!("printed “{}”", shorten(&line.unwrap_or_default(), QUOTED))
            }
            Op::Load => format!("read {} from {place}", number::text(of, event.b)),
            Op::Store => format!("wrote {} to {place}", number::text(of, event.b)),
            Op::FetchAdd => {
                let (from, to) = (number::text(of, event.a), number::text(of, event.b));
                format!("made {to} out of {from} in {name}, in one step")
            }
            Op::Acquire => format!("took {name}"),
            Op::Release => format!("gave {name} back"),
            Op::Put => format!("put item {} into {name}", event.a),
            Op::Get => format!("took item {} out of {name}", event.a),
            Op::Wait => format!("waited for {name}"),
            Op::Notify if matches!(shape, Some(Shape::Queue { .. })) => format!("closed {name}"),
            Op::Notify => format!("gave a signal to {name}"),
            Op::Chunk => format!("took {} tasks from task {} on", event.b, event.a),
            Op::Task => format!("did task {}", event.a),
            Op::Open => "opened the start gate".to_owned(),
            Op::Join => format!("joined {}", worker(run, event.a as usize)),
            Op::GaveUp if event.b == 1 => format!("waited in vain for {name}"),
            Op::GaveUp => format!("gave up on {name}"),
        };
        let waited = match (event.op, event.duration_ns) {
            (_, 0) => String::new(),
            (Op::GaveUp, ns) if event.b == 1 => format!(" for {}", duration(ns)),
            (Op::Sleep | Op::Task, ns) => format!(" for {}", duration(ns)),
            (_, ns) => format!(" after waiting {}", duration(ns)),
        };
        let line = if event.line > 0 { format!(", line {}", event.line) } else { String::new() };
        format!("{} {what}{waited}, at {}{line}", worker(run, event.worker as usize), duration(event.at_ns))
    }

    /// The start of a mark that stands for one event and tells it on hover; `</g>` ends it.
    pub fn open(&self, event: &Event) -> String {
        let print = if event.op == Op::Print { format!(" data-p=\"{}\"", event.a) } else { String::new() };
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
        let told = |event: &Event| Setting { run: &run, resources: &resources }.told(event).replace('\u{a0}', " ");
        assert_eq!(told(&event), "job-1 wrote -3 to v, at 3 ms, line 12");
        (event.op, event.duration_ns, event.line) = (Op::Acquire, 2_000, 0);
        assert_eq!(told(&event), "job-1 took v after waiting 2 µs, at 3 ms");
        event.op = Op::GaveUp;
        assert_eq!(told(&event), "job-1 gave up on v after waiting 2 µs, at 3 ms");
        event.b = 1;
        assert_eq!(told(&event), "job-1 waited in vain for v for 2 µs, at 3 ms");
    }
}
