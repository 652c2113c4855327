//! Loops of a program that only ask: when a worker goes round in one, and whether there is news for it.

use super::super::ExploreError;
use super::super::rounds::{self, Question};
use super::state::{Asked, Frame, Next, State};
use super::{Program, rules};
use crate::shared::WorkerId;

impl Program {
    /// Whether a worker goes round in a loop that only asks, and would be told the same again; and whether it holds something there.
    pub(super) fn asks_again(&self, state: &Frame, worker: WorkerId) -> Option<bool> {
        let (round, holds) = *self.loops.get(&state.worker(worker)?.at)?;
        (round > 0 && !rules::has_news(state, worker, round)).then_some(holds)
    }

    /// Finds out whether who took the last step goes round in a loop.
    pub(super) fn look_for_loop(&mut self, state: &State) -> Result<(), ExploreError> {
        let Some((number, _)) = state.resumed.last() else { return Ok(()) };
        let Some(worker) = state.worker(*number) else { return Ok(()) };
        let (Some(ask), Some(_)) = (worker.ask(), &worker.asked) else { return Ok(()) };
        if self.loops.contains_key(&worker.at) {
            return Ok(());
        }
        let question = |asked: &Asked| Question { call: asked.ask.call, answer: asked.answer, bits: asked.bits };
        let past: Vec<Question> = worker.questions().take(rounds::SEEN).map(question).collect();
        let round = rounds::round(&past, &ask.call);
        if round > 0 {
            let calls: Vec<_> = past.iter().take(round).map(|it| (it.call, it.answer)).collect();
            let goes_on = self.goes_round(state, *number, &past[..round])?;
            self.loops.insert(worker.at, (if goes_on { round } else { 0 }, rounds::holds(&calls)));
        }
        Ok(())
    }

    /// Whether a loop goes on and on if it is told the same again and again. `past` is its last round, the last call first.
    fn goes_round(&mut self, state: &State, number: WorkerId, past: &[Question]) -> Result<bool, ExploreError> {
        self.come_to(state)?;
        let time = state.worker(number).map_or(0, |worker| worker.time);
        let round = past.len();
        let mut goes_on = true;
        for n in 0..round * rounds::PROBED {
            let now = past[round - 1 - n % round];
            let then = past[round - 1 - (n + 1) % round];
            let piece = self.execution.resume(number, now.answer, time)?;
            goes_on = matches!(piece.next, Next::Asks(ask) if ask.call == then.call) && piece.bits == now.bits;
            if !goes_on {
                break;
            }
        }
        // The code has gone elsewhere meanwhile.
        self.execution.give_up();
        Ok(goes_on)
    }
}
