//! Who held a lock when, worked out from who took it and who gave it back.

use crate::record::{Event, Op, RunOutcome};

/// A stretch in which a worker held a lock or at least one permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Who.
    pub worker: usize,
    /// Since when.
    pub from_ns: u64,
    /// Until when.
    pub to_ns: u64,
}

/// What a worker has taken and not given back.
#[derive(Clone, Default)]
struct Taken {
    times: u64,
    since_ns: u64,
}

/// Works out the holds of a lock from its own events, in the order in which they took effect. Who waits on a condition holds
/// its lock before and after, but not meanwhile.
pub struct Holders(Vec<Taken>);

impl Holders {
    /// Nobody of a run holds it yet.
    pub fn new(run: &RunOutcome) -> Self {
        Self(vec![Taken::default(); run.workers.len()])
    }

    /// The hold that ended with this event, if one did.
    pub fn add(&mut self, event: &Event) -> Option<Hold> {
        let worker = event.worker as usize;
        let taken = self.0.get_mut(worker)?;
        let hold = Hold { worker, from_ns: taken.since_ns, to_ns: event.at_ns.max(taken.since_ns) };
        match event.op {
            Op::Acquire => {
                if taken.times == 0 {
                    taken.since_ns = event.end_ns();
                }
                taken.times += 1;
                None
            }
            Op::Release => {
                let was_held = taken.times == 1;
                taken.times = taken.times.saturating_sub(1);
                was_held.then_some(hold)
            }
            Op::Wait if taken.times > 0 => {
                taken.since_ns = event.end_ns();
                Some(hold)
            }
            _ => None,
        }
    }

    /// What was never given back, which is held to its worker's end.
    pub fn rest(self, run: &RunOutcome) -> impl Iterator<Item = Hold> {
        let left = self.0.into_iter().zip(&run.workers).enumerate().filter(|(_, (taken, _))| taken.times > 0);
        left.map(|(worker, (taken, ended))| Hold {
            worker,
            from_ns: taken.since_ns,
            to_ns: ended.end_ns.max(taken.since_ns),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture::{event, two_workers};

    fn found(steps: &[(u32, u64, u64, Op)]) -> Vec<(usize, u64, u64)> {
        let events: Vec<Event> =
            steps.iter().map(|(worker, at, wait, op)| event(*worker, *at, *wait, *op, Some(7), 0, 0)).collect();
        let run = two_workers();
        let mut holders = Holders::new(&run);
        let ended: Vec<Hold> = events.iter().filter_map(|event| holders.add(event)).collect();
        ended.into_iter().chain(holders.rest(&run)).map(|hold| (hold.worker, hold.from_ns, hold.to_ns)).collect()
    }

    #[test]
    fn a_lock_is_held_from_the_end_of_the_wait_until_it_is_given_back() {
        let steps =
            [(1, 10, 0, Op::Acquire), (1, 30, 0, Op::Release), (2, 12, 19, Op::Acquire), (2, 40, 0, Op::Release)];
        assert_eq!(found(&steps), [(1, 10, 30), (2, 31, 40)]);
    }

    #[test]
    fn who_takes_a_lock_again_holds_it_until_the_last_release() {
        let steps =
            [(1, 10, 0, Op::Acquire), (1, 11, 0, Op::Acquire), (1, 20, 0, Op::Release), (1, 30, 0, Op::Release)];
        assert_eq!(found(&steps), [(1, 10, 30)]);
    }

    #[test]
    fn who_waits_on_a_condition_does_not_hold_its_lock_meanwhile() {
        let steps = [(1, 10, 0, Op::Acquire), (1, 15, 5, Op::Wait), (1, 30, 0, Op::Release)];
        assert_eq!(found(&steps), [(1, 10, 15), (1, 20, 30)]);
    }

    #[test]
    fn what_is_never_given_back_is_held_to_its_workers_end() {
        assert_eq!(found(&[(2, 10, 0, Op::Acquire)]), [(2, 10, two_workers().workers[2].end_ns)]);
        assert_eq!(found(&[(1, 10, 0, Op::Release)]), []);
    }
}
