//! One interleaving told step by step.

use super::ExploreError;
use super::machine::Machine;
use crate::record::explored::Witness;

/// Follows a schedule, and where it is to be `told` does so with the jobs' own code and tells its steps. The state in which
/// it ends is given, too.
///
/// # Errors
/// If the code does not do what it did before, or the schedule names a worker that cannot go on.
pub fn follow<M: Machine>(
    machine: &mut M,
    schedule: &[u32],
    workers: &[String],
    told: bool,
) -> Result<(Witness, M::State), ExploreError> {
    let mut state = machine.start();
    let (mut steps, mut preemptions, mut last) = (Vec::new(), 0, None);
    for (number, &who) in schedule.iter().enumerate() {
        let able = machine.able(&state)?;
        let worker = (who as usize).checked_sub(1).filter(|worker| able.can(*worker));
        let Some(worker) = worker else { return Err(ExploreError::CannotGoOn { step: number + 1, worker: who }) };
        preemptions += u32::from(able.interrupts(last, worker));
        last = Some(worker);
        let before = told.then(|| state.clone());
        machine.step(&mut state, worker, able)?;
        steps.extend(before.and_then(|before| machine.tell(worker, &before, &state, workers)));
    }
    if told {
        machine.prove(&state)?;
    }
    Ok((Witness { schedule: schedule.to_vec(), preemptions, steps }, state))
}
