//! How a program ended, and what main finds then.

use super::super::job::Ended;
use super::super::model::ModelObject;
use super::super::primitive::Kind;
use super::super::registry;
use super::super::semantics::{Effect, Ready};
use super::super::{Ending, ExploreError, Id};
use super::past::Past;
use super::state::{Ask, Frame, Next, Object, State};
use super::{Program, rules};
use crate::abi;
use crate::host::{Answer, Operation, StdModel};
use crate::model::Sides;
use crate::record::explored::LINE_BREAK;
use crate::shared::WorkerId;

impl Program {
    /// The text of an output.
    fn printed(&self, mut output: u32) -> String {
        let mut texts = Vec::new();
        while output != 0 {
            let (before, text) = &self.outputs[output as usize];
            texts.push(text.as_str());
            output = *before;
        }
        texts.reverse();
        texts.concat()
    }

    /// How it ended, when nobody can take a step any more.
    pub(super) fn end(&mut self, state: &State) -> Result<(Ending, Vec<Option<Sides>>), ExploreError> {
        let (mut ending, mut compared) = (Ending::default(), Vec::new());
        for (number, worker) in (1..).zip(&state.workers) {
            match &worker.next {
                Next::Asks(ask) => ending.stuck.push((number, self.told_call(state, ask), holder(state, ask))),
                Next::Ended(how) if **how != Ended::Code(0) => {
                    let is_thread = self.is_thread(number);
                    let failures = if is_thread { &mut ending.thread_failures } else { &mut ending.failures };
                    failures.push((number, (**how).clone()));
                }
                Next::Cut => ending.cut.push(number),
                Next::Ended(_) | Next::NotBegun => {}
            }
        }
        if self.prints {
            let printed = self.printed(state.output.0);
            let lines: Vec<&str> = printed.lines().collect();
            ending.shown.extend((!lines.is_empty()).then(|| lines.join(LINE_BREAK)));
        }
        if ending.stuck.is_empty() {
            self.evaluate(state, &mut ending, &mut compared)?;
        }
        Ok((ending, compared))
    }

    /// Evaluates what is shown, and what must hold.
    fn evaluate(
        &mut self,
        state: &State,
        ending: &mut Ending,
        compared: &mut Vec<Option<Sides>>,
    ) -> Result<(), ExploreError> {
        let [show, assert] = self.main.clone();
        let entries = show.into_iter().map(|entry| (entry, None));
        let entries = entries.chain((0..).zip(assert).map(|(number, entry)| (entry, Some(number))));
        let mut frame = None;
        for (entry, number) in entries {
            if frame.is_none() {
                self.come_to(state)?;
            }
            let frame = frame.get_or_insert_with(|| Frame::after(state));
            let kinds = &self.kinds[..self.declared];
            let (how, shown, sides) = self.execution.run_main(entry, |ask| alone(frame, kinds, ask))?;
            match (how, number) {
                (Ended::Code(0), _) => ending.shown.extend(shown),
                (Ended::Code(abi::ASSERT_FAILED), Some(number)) => {
                    ending.failed_asserts.push(Id(number));
                    compared.push(sides);
                }
                (how, _) => {
                    ending.failures.push((0, how));
                    break;
                }
            }
        }
        if frame.is_some() {
            self.execution.give_up();
        }
        Ok(())
    }
}

/// Does what main asks for, which is alone.
fn alone(frame: &mut Frame, kinds: &[Kind], ask: &Ask) -> Result<Answer, ExploreError> {
    for object in registry::objects_from(frame.objects.len()) {
        frame.objects.push(Object {
            told: u32::MAX,
            made: 0,
            origin: 0,
            model: StdModel::new(object.kind),
            past: Past::default(),
        });
    }
    let in_vain = match ask.call.operation.limit() {
        Some(limit) if limit < 0 => abi::ALONE,
        _ => abi::TIMED_OUT,
    };
    if rules::ready(frame, kinds, 0, ask) == Ready::Now
        && let Effect::Done(answer) = rules::apply(frame, kinds, 0, ask, false)?
    {
        return Ok(answer);
    }
    if ask.std.is_some() && in_vain == abi::ALONE {
        return Err(ExploreError::System("`show` or `assert` would wait for ever".to_owned()));
    }
    Ok(Answer::status(in_vain))
}

/// Who holds what a worker waits for.
fn holder(state: &State, ask: &Ask) -> Option<WorkerId> {
    match ask.std {
        None => state.declared.get(ask.call.resource as usize).and_then(ModelObject::owner),
        Some(std) => {
            let mutex = if matches!(ask.call.operation, Operation::WaitNotified { .. }) { std.other } else { 0 };
            let id = if mutex > 0 { mutex } else { ask.call.resource };
            state.object(id).and_then(|object| object.model.owner())
        }
    }
}
