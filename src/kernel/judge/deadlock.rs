//! A deadlock in the author's terms: who held what, who waited for what, and what to try.

use super::Judge;
use crate::diagnostic::{Diagnostic, Note, listed, named};
use crate::model::{ActionKind, WaitCondition};
use crate::plan::Step;
use crate::record::{Deadlock, ExitStatus, Held, RunOutcome, Wait};
use std::fmt::Write;

/// How many waits are told one by one.
const TOLD: usize = 8;

impl Judge<'_> {
    /// What is wrong with a run that ended in a deadlock.
    pub(super) fn deadlock(&self, step: &Step, outcome: &RunOutcome, deadlock: &Deadlock) -> Diagnostic {
        let name = |worker: u32| outcome.workers.get(worker as usize).map_or("?", |worker| worker.name.as_str());
        let mut error = Diagnostic::new(headline(deadlock, &name)).at(self.fence(step));
        // Those in the ring come first, in its order.
        let mut waits: Vec<&Wait> = deadlock.waits.iter().collect();
        waits.sort_by_key(|wait| deadlock.cycle.iter().position(|worker| *worker == wait.worker).unwrap_or(usize::MAX));
        for wait in waits.iter().take(TOLD) {
            let sentence = sentence(wait, deadlock, &name);
            error.notes.push(self.at(wait.position, sentence));
            let held = wait.holds.iter().filter(|held| held.position.is_some());
            error.notes.extend(
                held.map(|held| {
                    self.at(held.position, format!("`{}` had taken `{}` here", name(wait.worker), held.name))
                }),
            );
        }
        if let Some(more @ 1..) = waits.len().checked_sub(TOLD) {
            error = error.note(format!("{more} more workers waited, too"));
        }
        for (worker, held) in &deadlock.lost {
            let how =
                outcome.workers.get(*worker as usize).map_or_else(|| "ended".to_owned(), |worker| worker.exit.deed());
            let here = if held.position.is_some() { ", which it had taken here" } else { "" };
            let sentence = format!("`{}` {how} without releasing its permit of `{}`{here}", name(*worker), held.name);
            error.notes.push(self.at(held.position, sentence));
        }
        if deadlock.waits.iter().all(|wait| wait.worker != 0) {
            error = error.note(format!("`main` waited for {} to end", if waits.len() == 1 { "it" } else { "them" }));
        }
        if waits.iter().any(|wait| !is_of_lock(wait)) {
            error.notes.extend(self.gone(outcome));
        }
        advice(&waits, deadlock, outcome).iter().fold(error, |error, help| error.help(*help))
    }

    /// Who had ended, and so could not end anybody's wait any more.
    fn gone(&self, outcome: &RunOutcome) -> Option<Note> {
        let ended = outcome.workers.iter().skip(1).filter(|worker| !matches!(worker.exit, ExitStatus::Deadlocked));
        let ended: Vec<String> = ended.map(|worker| format!("`{}` {}", worker.name, worker.exit.deed())).collect();
        (!ended.is_empty()).then(|| Note::Note(format!("before that, {}", listed(&ended, TOLD))))
    }
}

fn headline<'a>(deadlock: &'a Deadlock, name: &impl Fn(u32) -> &'a str) -> String {
    let names = |workers: &[u32]| match workers.len() {
        many if many > TOLD => format!("{many} workers"),
        _ => named(workers.iter().map(|worker| name(*worker)), TOLD),
    };
    let same = |a: &Wait, b: &Wait| (a.resource, a.what) == (b.resource, b.what);
    match (deadlock.cycle.as_slice(), deadlock.waits.as_slice()) {
        (_, [only]) => {
            format!(
                "deadlock: `{}` waits for {}, and no worker is left that could end its wait",
                name(only.worker),
                what(only)
            )
        }
        ([], [first, rest @ ..]) if rest.iter().all(|wait| same(wait, first)) => {
            let who = names(&deadlock.waits.iter().map(|wait| wait.worker).collect::<Vec<_>>());
            format!("deadlock: {who} wait for {}, and no other worker is left", what(first))
        }
        ([], waits) => {
            format!("deadlock: all {} remaining workers wait, and no worker is left that could wake one", waits.len())
        }
        ([a, b], _) => format!("deadlock: `{}` and `{}` wait for each other", name(*a), name(*b)),
        (ring, _) => format!("deadlock: {} wait for each other in a cycle", names(ring)),
    }
}

/// What a worker waited for, as it stands behind "waits for".
fn what(wait: &Wait) -> String {
    let what = wait.what.at(&wait.name);
    match (wait.what, wait.parties) {
        (WaitCondition::Item, _) => format!("{what}, which is empty"),
        (WaitCondition::Room, _) => format!("{what}, which is full"),
        (WaitCondition::Parties, Some((come, of))) => format!("{what}, where {come} of {of} have come"),
        _ => what,
    }
}

fn sentence<'a>(wait: &Wait, deadlock: &Deadlock, name: &impl Fn(u32) -> &'a str) -> String {
    let mut text = format!("`{}`", name(wait.worker));
    if !wait.holds.is_empty() {
        let to_read = |held: &Held| if held.is_shared { " to read" } else { "" };
        let held: Vec<String> = wait.holds.iter().map(|held| format!("`{}`{}", held.name, to_read(held))).collect();
        let _ = write!(text, ", which holds {},", listed(&held, usize::MAX));
    }
    let _ = write!(text, " has waited {} for {}", time(deadlock.at_ns.saturating_sub(wait.since_ns)), what(wait));
    let holders = named(wait.holders.iter().map(|worker| name(*worker)), TOLD);
    let is_held = deadlock.waits.iter().any(|other| other.holds.iter().any(|held| held.resource == wait.resource));
    let have = if wait.holders.len() == 1 { "has" } else { "have" };
    match wait.what {
        _ if holders.is_empty() => {}
        WaitCondition::Lock => _ = write!(text, ", which {} holds", holders),
        WaitCondition::Read | WaitCondition::Write => {
            let first = deadlock.waits.iter().find(|other| wait.holders.first() == Some(&other.worker));
            let held = first.and_then(|first| first.holds.iter().find(|held| held.resource == wait.resource));
            let does = match (held, wait.holders.len()) {
                (None, _) => "waits to write",
                (Some(Held { is_shared: false, .. }), _) => "writes",
                (Some(Held { is_shared: true, .. }), 1) => "reads",
                (Some(Held { is_shared: true, .. }), _) => "read",
            };
            let _ = write!(text, ", which {} {does}", holders);
        }
        WaitCondition::Permit if is_held => _ = write!(text, ", and {} {have} not released it", holders),
        _ => _ = write!(text, "; only {} could end this wait", holders),
    }
    text
}

/// Whether it waits for something that has owners.
fn is_of_lock(wait: &Wait) -> bool {
    matches!(wait.what, WaitCondition::Lock | WaitCondition::Read | WaitCondition::Write)
}

/// A length of time as one says it.
fn time(ns: u64) -> String {
    match ns / 1_000_000 {
        ms @ 0..1000 => format!("{ms} ms"),
        ms => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
    }
}

/// What an author can try, for each kind of wait once, and no more than two.
fn advice(waits: &[&Wait], deadlock: &Deadlock, outcome: &RunOutcome) -> Vec<&'static str> {
    let ring = &deadlock.cycle;
    let is_taken = |id: u32| {
        let mut held = waits.iter().flat_map(|wait| &wait.holds).chain(deadlock.lost.iter().map(|(_, held)| held));
        held.any(|held| held.resource == id)
    };
    let was_put =
        |id: u32| outcome.trace.iter().any(|event| event.kind() == ActionKind::Put && event.resource == Some(id));
    let mut in_ring = waits.iter().filter(|wait| ring.contains(&wait.worker));
    let of_locks = ring.len() > 1 && in_ring.all(|wait| is_of_lock(wait));
    let is_of_std = |wait: &Wait| outcome.objects.iter().any(|object| object.id == wait.resource);
    let mut advice = Vec::new();
    for wait in waits {
        let help = match wait.what {
            WaitCondition::Item if is_of_std(wait) => {
                "a receiver waits as long as there is a sender: drop each `Sender` that sends nothing more, the first one, too"
            }
            WaitCondition::Room if is_of_std(wait) => {
                "receive items before waiting for the senders, or give the channel a larger bound"
            }
            WaitCondition::Notification if is_of_std(wait) => {
                "wait with `wait_while(…)`, which checks before it waits: an earlier notification is not kept"
            }
            WaitCondition::Parties if is_of_std(wait) => {
                "as many threads must wait at the barrier as it was made for, and equally often"
            }
            WaitCondition::Lock | WaitCondition::Read | WaitCondition::Write if of_locks => {
                "take the locks in the same order everywhere: then no cycle can form"
            }
            WaitCondition::Lock | WaitCondition::Read | WaitCondition::Write => {
                "release a lock before waiting for a worker that needs it: drop its guard"
            }
            WaitCondition::Permit if !is_taken(wait.resource) => {
                "a worker must call `release()`, also when something else fails"
            }
            WaitCondition::Permit => "release every permit, also on the way out of an error: a guard of `lock()` does",
            WaitCondition::Item if !was_put(wait.resource) => {
                "a worker must put an item, or call `close()`: then `get` reports that none will come"
            }
            WaitCondition::Item => {
                "let the producers call `close()` after the last item: then `get` reports that none will come"
            }
            WaitCondition::Room => {
                "take items out before waiting for the producers, or give the queue a larger `maxsize`"
            }
            WaitCondition::ItemsDone => "a worker that takes an item must call `task_done()` when the item is done",
            WaitCondition::Event => "a worker must call `set()`, also when something else fails",
            WaitCondition::Notification => {
                "wait with `wait_for(…)`, which checks before it waits: an earlier notification is not kept"
            }
            WaitCondition::Time | WaitCondition::Relock | WaitCondition::Change => continue,
            WaitCondition::Ended => {
                "a thread must be able to end before another joins it: drop what it waits for first"
            }
            WaitCondition::Unparked => "a thread must call `unpark()`, also when something else fails",
            WaitCondition::Initialized => {
                "what is initialized once must not need itself, nor a thread that waits for it"
            }
            WaitCondition::Parties => "as many workers must come as the barrier has parties, and equally often",
        };
        if !advice.contains(&help) {
            advice.push(help);
        }
    }
    advice.truncate(2);
    advice
}
