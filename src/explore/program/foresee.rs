//! Which state a step leads to, where a worker's code has come there before by the same events: then no code need run to find that out.

use super::super::engine::Able;
use super::super::semantics::{Effect, Phase};
use super::past::Token;
use super::state::{Frame, Next, State, Worker};
use super::{Program, rules};
use crate::host::Operation;
use crate::shared::WorkerId;

/// What a worker came to by an event, as far as states are told apart by it.
#[derive(Debug, Clone)]
pub struct Foreseen {
    next: Next,
    left: u64,
    at: Token,
}

impl Program {
    /// Remembers what a worker has come to by a step that had one event, and by which nobody else has begun or ended.
    pub(super) fn remember(&mut self, frame: &Frame, me: WorkerId) {
        let Some(worker) = frame.worker(me).filter(|_| frame.resumed.len() == 1) else { return };
        let spawns = frame.step.as_ref().is_some_and(|step| matches!(step.ask.call.operation, Operation::Spawn { .. }));
        if !spawns && (self.is_thread(me) || !worker.is_over()) && worker.phase == Phase::Before {
            let Worker { next, left, at, .. } = worker;
            let known = self
                .foreseen
                .entry(worker.last)
                .or_insert_with(|| Some(Foreseen { next: next.clone(), left: *left, at: *at }));
            // Who drops the last of several handles goes on otherwise than who drops one before: that is seen only when the code runs.
            if known.as_ref().is_some_and(|known| known.at != *at) {
                *known = None;
            }
        }
    }

    /// The key of the state after a worker's step, where that is known.
    pub(super) fn foreseen_step(&self, state: &State, place: usize, able: Able) -> Option<Token> {
        if !self.merges {
            return None;
        }
        let me = place as WorkerId + 1;
        let mut frame = Frame::clone(state);
        let in_time = self.before_step(&mut frame, place, able);
        let ask = frame.worker(me)?.ask()?;
        let leaves = rules::is_reader_leaving(&frame, &ask, me);
        let kinds = &self.kinds[..self.declared];
        let effect = match able.spurious >> place & 1 == 1 {
            true => Ok(rules::wake(&mut frame, me, &ask)),
            false => rules::apply(&mut frame, kinds, me, &ask, in_time),
        };
        let Ok(Effect::Done(answer)) = effect else { return None };
        let with = |mut frame: Frame, bits| {
            rules::note(&mut frame, me, &ask, (Some(answer), leaves), bits);
            let worker = frame.worker_mut(me);
            let Foreseen { next, left, at } = self.foreseen.get(&worker.last)?.as_ref()?;
            (worker.next, worker.left, worker.at, worker.phase) = (next.clone(), *left, *at, Phase::Before);
            Some(frame.mixed())
        };
        // Whether an atomic was changed is known only when its code has run; both are looked for.
        if ask.call.operation == Operation::Update
            && let Some(key) = with(frame.clone(), Some([0, 0]))
        {
            return Some(key);
        }
        with(frame, None)
    }
}
