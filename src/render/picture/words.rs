//! An event in words: what a reader is told who points at its mark.

use crate::model::{Action, Event, ResourceKind, ScalarType};
use crate::record::{OutputLine, Resource, RunOutcome};
use crate::render::text::{escape, shorten, visible};
use crate::render::words::{Did, Words};

/// How many columns of a printed line are quoted.
const QUOTED: usize = 60;

/// What must be known to tell an event.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// The run that it is of.
    pub run: &'a RunOutcome,
    /// The names and kinds of what was shared.
    pub resources: &'a [Resource],
    /// The page's words.
    pub words: Words<'a>,
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
        let kind = resource.map(|resource| resource.kind);
        let of = kind.and_then(ResourceKind::number_type).unwrap_or(ScalarType::U64);
        let place = match (kind, event.action) {
            (Some(ResourceKind::Array { .. }), Action::Load { index, .. } | Action::Store { index, .. }) => {
                format!("{name}[{index}]")
            }
            _ => name.to_string(),
        };
        let mut did = Did { name: &name, place: &place, of, printed: "", joined: "" };
        let (printed, joined);
        match event.action {
            Action::Print { .. } => {
                let line = self.printed(event).map(|line| visible(&line.text)).unwrap_or_default();
                printed = shorten(&line, QUOTED).into_owned();
                did.printed = &printed;
            }
            Action::Join { worker: number } => {
                joined = worker(run, number as usize);
                did.joined = &joined;
            }
            _ => {}
        }
        let (who, what) = (worker(run, event.worker as usize), words.did(event.action, &did));
        let took = words.took(event.action, event.duration_ns);
        let line = event.position.map_or_else(String::new, |position| words.at_line(words.line(Some(position))));
        format!("{who} {what}{took}{}{line}", words.at_time(event.at_ns))
    }

    /// The line that was printed, if the event is that.
    pub fn printed(&self, event: &Event) -> Option<&OutputLine> {
        let Action::Print { line } = event.action else { return None };
        self.run.output.get(line as usize)
    }

    /// The start of a mark that stands for one event and tells it on hover; `</g>` ends it.
    pub fn open(&self, event: &Event) -> String {
        let print = match event.action {
            Action::Print { line } if !self.words.is_by_steps() => format!(" data-p=\"{line}\""),
            _ => String::new(),
        };
        format!("<g class=\"e\"{print}><title>{}</title>", escape(&self.told(event)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Position, SyncError};
    use crate::render::fixture;

    #[test]
    fn an_event_is_told_with_worker_call_value_time_and_line() {
        let resources = [fixture::resource(7, "v", "Value<i32>", "3")];
        let store = Action::Store { index: 0, bits: u64::from(-3_i32 as u32) };
        let mut event = fixture::event(1, 3_000_000, 0, store, Some(7));
        event.position = Position::new(0, 12);
        let run = fixture::two_workers();
        let told = |event: &Event| {
            Setting { run: &run, resources: &resources, words: Words::ENGLISH }.told(event).replace('\u{a0}', " ")
        };
        assert_eq!(told(&event), "job-1 wrote -3 to v, at 3 ms, line 12");
        (event.action, event.duration_ns, event.position) = (Action::Acquire, 2_000, None);
        assert_eq!(told(&event), "job-1 acquired v after waiting 2 µs, at 3 ms");
        event.action = Action::StoreMany { start: 3, count: 4 };
        assert_eq!(told(&event), "job-1 wrote elements 3 to 6 of v after waiting 2 µs, at 3 ms");
        event.action = Action::GiveUp { reason: SyncError::TimedOut };
        assert_eq!(told(&event), "job-1 gave up on v after waiting 2 µs, at 3 ms");
        event.action = Action::GiveUp { reason: SyncError::Cancelled };
        assert_eq!(told(&event), "job-1 waited without success for v for 2 µs, at 3 ms");
    }
}
