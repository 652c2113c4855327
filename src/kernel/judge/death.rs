//! A killed worker in the author's terms: what its signal means, and the last that was seen of it.

use super::Judge;
use crate::diagnostic::{Diagnostic, Note, Place};
use crate::model::{Action, Event};
use crate::notebook::Size;
use crate::record::RunOutcome;

impl Judge<'_> {
    /// What is wrong with a worker that was killed by the signal of this name, or overflowed its stack. `place` is its call.
    pub(super) fn killed(&self, outcome: &RunOutcome, number: usize, signal: Option<&str>, place: Place) -> Diagnostic {
        let name = outcome.workers.get(number).map_or("?", |worker| worker.name.as_str());
        let error = match signal {
            Some(signal) if STOPPING.contains(&signal) => {
                Diagnostic::new(format!("`{name}` was stopped by {signal}, and not continued"))
            }
            Some(signal) => Diagnostic::new(format!("`{name}` was killed by {signal}")),
            None => Diagnostic::new(format!("`{name}` overflowed its stack")),
        };
        let mut error = error.at(place);
        error.notes.extend(self.last_seen(outcome, number));
        match meaning(signal) {
            Some(meaning) => error.help(meaning),
            None => error,
        }
    }

    /// What is wrong with a worker that got no more memory.
    pub(super) fn out_of_memory(&self, name: &str, place: Place) -> Diagnostic {
        let most = Size(self.limits.memory_bytes);
        let help = format!(
            "a worker may have {most} for itself; if it needs more, say `nbrun: {{memory: 8GiB}}` in the front matter, or \
             `--limit memory=8GiB`"
        );
        Diagnostic::new(format!("`{name}` ran out of memory")).at(place).help(help)
    }

    /// The last call of a worker that was noted, unless there were too many to note all.
    fn last_seen(&self, outcome: &RunOutcome, number: usize) -> Option<Note> {
        let of_worker = |event: &&Event| event.worker as usize == number && event.position.is_some();
        let event = outcome.trace.iter().rfind(of_worker).filter(|_| outcome.trace_dropped == 0)?;
        let resource = event.resource.and_then(|id| self.plan.resources.get(id as usize));
        let name = resource.map_or("something shared", |resource| resource.name.as_str());
        let did = match event.action {
            Action::Sleep => "slept".to_owned(),
            Action::Load { .. } | Action::LoadMany { .. } => format!("read `{name}`"),
            Action::Store { .. } | Action::StoreMany { .. } => format!("wrote to `{name}`"),
            Action::Update { .. } => format!("changed `{name}`"),
            Action::Acquire => format!("took `{name}`"),
            Action::AcquireShared => format!("took `{name}` to read"),
            Action::Release => format!("gave `{name}` back"),
            Action::Put { .. } => format!("put an item into `{name}`"),
            Action::Get { .. } => format!("took an item from `{name}`"),
            Action::JoinQueue
            | Action::WaitEvent
            | Action::WaitNotified
            | Action::Meet { .. }
            | Action::WaitOnce
            | Action::GiveUp { .. } => format!("waited for `{name}`"),
            Action::Set | Action::Notify { .. } | Action::Close => format!("signalled `{name}`"),
            Action::Clear => format!("cleared `{name}`"),
            Action::Spawn { .. } => "started a thread".to_owned(),
            Action::Park => "parked".to_owned(),
            Action::Unpark { .. } => "unparked a thread".to_owned(),
            Action::Print { .. }
            | Action::TakeTasks { .. }
            | Action::Task { .. }
            | Action::Open
            | Action::Join { .. }
            | Action::Prepare => return None,
        };
        Some(Note::Also(self.notebook.line_place(event.position?), format!("its last recorded action: it {did} here")))
    }
}

/// The signals that stop a process and do not end it.
const STOPPING: [&str; 4] = ["SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU"];

/// What mostly leads to such an end.
pub(in crate::kernel) fn meaning(signal: Option<&str>) -> Option<&'static str> {
    Some(match signal {
        None => "a function that calls itself without end does that, and so does a very large local array",
        Some("SIGABRT") => {
            "`std::process::abort()` does that, and so does a panic in a destructor while another panic is under way"
        }
        Some("SIGSEGV" | "SIGBUS") => {
            "in safe Rust only a stack that is used up does that: else look for `unsafe`, in the job or in a crate that it \
             uses"
        }
        Some("SIGKILL") => "another process killed it; the system does that, too, when memory runs out",
        Some(_) => return None,
    })
}
