//! What every worker of a run does at a moment, in sentences: for a run that did not end in time.

use super::protocol::Activity;
use super::std_objects::StdObjects;
use super::threads::{self, Thread};
use crate::executor::context::Context;
use crate::model::{Position, WaitCondition};
use crate::shared::run::{Run, Waiting, stage};
use crate::shared::std_table::StdEntry;
use crate::shared::trace::NO_RESOURCE;
use crate::shared::{WorkerId, clock};
use std::sync::atomic::Ordering::SeqCst;

/// What every worker of a run does at this moment.
pub fn activities(context: &Context) -> Vec<Activity> {
    let run = &context.run;
    let mut all = Vec::new();
    let at = |sentence: String, line: u32| {
        let position = Position::from_packed(line);
        Activity { sentence, position, may_go_on: false }
    };
    let unseen = |worker: &u32| {
        let is_running = run.slot(*worker).stage.load(SeqCst) == stage::RUNNING;
        *worker > 0 && is_running && run.waiting(*worker).is_none()
    };
    let objects = StdObjects::of(context);
    let workers = 0..run.slots.len() as u32;
    let blocked = threads::blocked(workers.clone().filter(unseen).map(|worker| (worker, threads_of(run, worker))));
    for worker in workers {
        let name = context.name(worker);
        match run.slot(worker).stage.load(SeqCst) {
            stage::NEW | stage::ENDED => {}
            stage::RUNNING => match run.waiting(worker) {
                Some(Waiting { resource: NO_RESOURCE, line, .. }) => {
                    all.push(at(format!("`{name}` was sleeping"), line))
                }
                Some(Waiting { condition: WaitCondition::Ended, resource: other, line, since, .. }) => {
                    let ms = clock::now().saturating_sub(since) / 1_000_000;
                    all.push(at(format!("`{name}` had waited {ms} ms for `{}` to end", context.name(other)), line));
                }
                Some(Waiting { condition: WaitCondition::Unparked, line, since, .. }) => {
                    let ms = clock::now().saturating_sub(since) / 1_000_000;
                    all.push(at(format!("`{name}` had been parked for {ms} ms"), line));
                }
                Some(Waiting { resource: id, line, since, .. }) => {
                    let what = context.resource_names.get(id as usize).map(String::as_str);
                    let what = what.or(objects.name(id)).unwrap_or("?");
                    let held = context.resource(id).map(|resource| resource.primitive().holders());
                    let held = held.or_else(|| objects.entry(id).map(StdEntry::holders));
                    let (holders, _) = held.unwrap_or_default();
                    let holder = holders.first().map(|(owner, line)| (context.name(*owner), *line));
                    let held = holder.as_ref().map_or(String::new(), |(owner, _)| format!(", held by `{owner}`,"));
                    let ms = clock::now().saturating_sub(since) / 1_000_000;
                    all.push(at(format!("`{name}` had waited for `{what}`{held} for {ms} ms"), line));
                    if let Some((owner, line)) = holder.filter(|(_, line)| *line > 0) {
                        all.push(at(format!("`{owner}` had taken `{what}` here"), line));
                    }
                }
                // Main has no word of its own while it waits for its workers.
                None if worker == 0 => {}
                None if run.gate.as_ref().is_some_and(|gate| gate.awaits(worker)) => {
                    all.push(at(format!("`{name}` waited for its turn"), 0));
                }
                None => {
                    let sentence = match blocked.contains(&worker) {
                        true => {
                            format!(
                                "`{name}` was blocked in a call that nbrun does not follow, such as `lock()` of a mutex of `std`"
                            )
                        }
                        false => format!("`{name}` was computing"),
                    };
                    all.push(Activity { may_go_on: true, ..at(sentence, 0) });
                }
            },
            _ => all.push(at(format!("`{name}` was still starting"), 0)),
        }
    }
    all
}

/// The threads of a worker, as far as they can be told from those of others: all of a process, or the one that it is.
fn threads_of(run: &Run, worker: WorkerId) -> Vec<Thread> {
    let slot = |worker| (run.slot(worker).pid.load(SeqCst), run.slot(worker).tid.load(SeqCst));
    let (process, thread) = slot(worker);
    if process == slot(0).0 { vec![(process, thread)] } else { threads::all_of(process) }
}
