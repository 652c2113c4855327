//! A step of a program: what comes of it for all that is known, and what its worker's code does then.

use super::super::ExploreError;
use super::super::current;
use super::super::engine::Able;
use super::super::semantics::{Effect, Ready};
use super::execution::Piece;
use super::past::Mixer;
use super::state::{Ask, Frame, State, Taken, Worker};
use super::{Program, limit_of, rules};
use crate::host::{Answer, Operation, StdModel};
use crate::shared::WorkerId;

impl Program {
    /// Prepares a copy of a state for a worker's step, and says whether that can be taken only because its time is over.
    pub(super) fn before_step(&self, frame: &mut Frame, place: usize, able: Able) -> bool {
        let me = place as WorkerId + 1;
        let in_time = able.in_time >> place & 1 == 1;
        let idle = able.idle || frame.idle > 0 && self.asks_again(frame, me).is_some();
        if in_time {
            let passed = frame.worker_mut(me).left;
            for worker in &mut frame.workers {
                worker.left = worker.left.saturating_sub(passed);
            }
        }
        frame.idle = if idle { frame.idle + 1 } else { 0 };
        if !self.merges {
            frame.order = Mixer::new(frame.order).and(me.into()).token();
        }
        in_time
    }

    /// Lets a worker that can take a step do so.
    pub(super) fn take_step(&mut self, state: &State, place: usize, able: Able) -> Result<State, ExploreError> {
        let was_at = self.execution.has_come_to(state);
        let mut frame = Frame::after(state);
        self.advance(&mut frame, Some(state), place, able)?;
        if self.merges {
            self.remember(&frame, place as WorkerId + 1);
        }
        let has_run = !frame.resumed.is_empty();
        let next = frame.finish();
        // Who has begun to wait has run no code.
        if was_at || has_run {
            self.execution.is_at(&next);
        }
        Ok(next)
    }

    /// The same on a way to whose states nobody wants to come back.
    pub(super) fn go_on_from(&mut self, state: &mut State, place: usize, able: Able) -> Result<(), ExploreError> {
        self.come_to(state)?;
        if state.is(&self.start) {
            self.walked.clear();
        }
        self.execution.leave();
        self.advance(state.anew(), None, place, able)?;
        self.execution.is_at(state);
        Ok(())
    }

    /// Brings the code to a state.
    pub(super) fn come_to(&mut self, state: &State) -> Result<(), ExploreError> {
        match state.before.is_some() || state.is(&self.start) || self.execution.has_come_to(state) {
            true => self.execution.come_to(state),
            false => self.execution.come_along(&self.walked, state),
        }
    }

    /// Lets a worker take a step in a copy of a state to which the code is to be brought before, or where it is.
    fn advance(
        &mut self,
        frame: &mut Frame,
        from: Option<&State>,
        place: usize,
        able: Able,
    ) -> Result<(), ExploreError> {
        let me = place as WorkerId + 1;
        let mut in_time = self.before_step(frame, place, able);
        let mut spuriously = able.spurious >> place & 1 == 1;
        while let Some(ask) = frame.worker(me).and_then(Worker::ask) {
            let goes_further = !frame.resumed.is_empty();
            if goes_further && (!ask.belongs_to_the_step() || self.ready(frame, me, &ask) != Ready::Now) {
                break;
            }
            let leaves = rules::is_reader_leaving(frame, &ask, me);
            let effect = match spuriously {
                true => rules::wake(frame, me, &ask),
                false => rules::apply(frame, &self.kinds[..self.declared], me, &ask, in_time)?,
            };
            match effect {
                Effect::Waits(phase) => {
                    rules::note(frame, me, &ask, (None, false), None);
                    let worker = frame.worker_mut(me);
                    (worker.phase, worker.left) = (phase, limit_of(&ask));
                    frame.step.get_or_insert(Taken { ask, answer: None, bits: None, printed: String::new() });
                    break;
                }
                Effect::Done(answer) => {
                    if let Some(state) = from.filter(|_| !goes_further) {
                        self.execution.come_to(state)?;
                    }
                    let time = frame.worker(me).map_or(0, |worker| worker.time);
                    let mut piece = self.execution.resume(me, answer, time)?;
                    frame.resumed.push((me, answer));
                    let (printed, bits) = (std::mem::take(&mut piece.printed), piece.bits);
                    self.done(frame, me, &ask, (answer, leaves), &piece);
                    self.goes_on(frame, me, piece);
                    match from {
                        Some(_) => Self::tell(frame, ask, (answer, bits), printed),
                        None => self.walked.push((me, answer, time)),
                    }
                }
            }
            (in_time, spuriously) = (false, false);
        }
        Ok(())
    }

    fn ready(&self, frame: &Frame, me: WorkerId, ask: &Ask) -> Ready {
        rules::ready(frame, &self.kinds[..self.declared], me, ask)
    }

    /// Takes note of what a worker was told, and of what its step has done by that.
    fn done(&mut self, frame: &mut Frame, me: WorkerId, ask: &Ask, told: (Answer, bool), piece: &Piece) {
        let (answer, leaves) = told;
        rules::note(frame, me, ask, (Some(answer), leaves), piece.bits);
        if let (Some([_, written]), Some(object)) = (piece.bits, frame.object_mut(ask.call.resource))
            && ask.std.is_some()
            && let StdModel::Number { bits } = &mut object.model
        {
            *bits = Some(written);
        }
        if ask.call.operation == Operation::Print {
            let text =
                current::with_items(|items| String::from_utf8_lossy(items.bytes(ask.call.item.into())).into_owned());
            frame.output.0 = self.output(frame.output.0, text);
        }
    }

    /// Remembers the step: of several calls that belong together the first that is complete.
    fn tell(frame: &mut Frame, ask: Ask, (answer, bits): (Answer, Option<[u64; 2]>), printed: String) {
        match &mut frame.step {
            Some(step) if !matches!(step.ask.call.operation, Operation::Peek { .. }) => step.printed += &printed,
            step => *step = Some(Taken { ask, answer: Some(answer), bits, printed }),
        }
    }
}
