//! For which part of the time workers that were at work were on a core: known from wait to wait, and not when in between.

use super::frame::{Bar, Sheet, at};
use super::waits;
use crate::model::Event;
use crate::record::{RunOutcome, WorkerOutcome};
use crate::render::words::Mark;
use std::fmt::Write;

/// From this part of its time on a worker counts as on a core all the time.
const ALL: f64 = 0.9;
/// Of a stretch, this part must have been at work at least.
const LEAST: u64 = 200;
/// In how many steps a part is drawn.
const STEPS: f64 = 16.0;

/// Between two moments at which a worker's time on a core was noted.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    from_ns: u64,
    to_ns: u64,
    on_core_ns: u64,
    /// For how long it waited or slept in between.
    paused_ns: u64,
}

impl Stretch {
    /// For how long it was at work.
    fn at_work_ns(&self) -> u64 {
        (self.to_ns - self.from_ns).saturating_sub(self.paused_ns)
    }

    /// For which part of that it was on a core.
    fn part(&self) -> f64 {
        let part = self.on_core_ns as f64 / self.at_work_ns().max(1) as f64;
        // Of what is too short to be seen nothing is drawn.
        let is_seen = self.at_work_ns() >= (self.to_ns - self.from_ns) / LEAST;
        if part >= ALL || !is_seen { 1.0 } else { (part * STEPS).round() / STEPS }
    }
}

/// The stretches of a worker.
pub struct OnCore {
    stretches: Vec<Stretch>,
}

impl OnCore {
    /// Those of a worker, of whose waits nothing is known yet. Where later ones are missing, no part of the time can be told from them.
    pub fn of(worker: &WorkerOutcome, run: &RunOutcome) -> Self {
        if run.trace_dropped > 0 {
            return Self { stretches: Vec::new() };
        }
        let of = |pair: &[(u64, u64)]| {
            let [(from_ns, before_ns), (to_ns, after_ns)] = *pair else { return None };
            let on_core_ns = after_ns.checked_sub(before_ns)?;
            (from_ns < to_ns).then_some(Stretch { from_ns, to_ns, on_core_ns, paused_ns: 0 })
        };
        let mut stretches: Vec<Stretch> = worker.on_core.windows(2).filter_map(of).collect();
        stretches.sort_by_key(|stretch| stretch.from_ns);
        Self { stretches }
    }

    /// An event of its worker, which may be a wait or a sleep.
    pub fn add(&mut self, event: &Event) {
        if waits::kind(event).is_none() {
            return;
        }
        let place = self.stretches.partition_point(|stretch| stretch.from_ns <= event.at_ns);
        if let Some(stretch) = place.checked_sub(1).and_then(|place| self.stretches.get_mut(place)) {
            let ns = event.end_ns().min(stretch.to_ns).saturating_sub(event.at_ns);
            stretch.paused_ns = stretch.paused_ns.saturating_add(ns);
        }
    }

    /// For how long it was on a core, and for how long it was at work.
    fn sums(&self) -> (u64, u64) {
        self.stretches.iter().fold((0, 0), |(on_core, at_work): (u64, u64), stretch| {
            (on_core.saturating_add(stretch.on_core_ns), at_work.saturating_add(stretch.at_work_ns()))
        })
    }

    /// Draws the part of the time in each stretch as a part of the bar's height, over what is drawn there; says whether there is
    /// anything to draw, which is not so where it was on a core all the time.
    pub fn push(&self, sheet: &mut Sheet, bar: Bar) -> bool {
        if self.stretches.iter().all(|stretch| stretch.part() >= ALL) {
            return false;
        }
        let (mut path, mut last) = (String::new(), (f64::NAN, f64::NAN));
        for stretch in &self.stretches {
            let (from, to) = (sheet.axis.x(stretch.from_ns), sheet.axis.x(stretch.to_ns));
            let part = stretch.part();
            if last != (from, part) {
                let closing = if path.is_empty() { String::new() } else { format!("V{}z", at(bar.bottom())) };
                let _ = write!(
                    path,
                    "{closing}M{} {}V{}",
                    at(from),
                    at(bar.bottom()),
                    at(bar.bottom() - bar.height * part)
                );
            }
            let _ = write!(path, "H{}", at(to));
            last = (to, part);
        }
        let _ = writeln!(sheet.body, "<path class=\"work {}\" d=\"{path}V{}z\"/>", bar.colour(), at(bar.bottom()));
        sheet.see(Mark::OnCore);
        true
    }
}

/// For which part of the time all workers together were on a core while they were at work, if that is not nearly all of it.
pub fn share(run: &RunOutcome) -> Option<f64> {
    let mut workers: Vec<OnCore> = run.workers.iter().map(|worker| OnCore::of(worker, run)).collect();
    if workers.iter().all(|worker| worker.stretches.is_empty()) {
        return None;
    }
    run.trace.iter().for_each(|event| {
        if let Some(worker) = workers.get_mut(event.worker as usize) {
            worker.add(event);
        }
    });
    let all = workers.iter().skip(1).map(OnCore::sums);
    let (on_core, at_work) =
        all.fold((0_u64, 0_u64), |sum, one| (sum.0.saturating_add(one.0), sum.1.saturating_add(one.1)));
    let part = on_core as f64 / at_work.max(1) as f64;
    // Of those who slept and waited nearly all the time it means nothing.
    let ran = |worker: &WorkerOutcome| worker.end_ns.saturating_sub(worker.start_ns);
    let ran_ns = run.workers.iter().skip(1).map(ran).fold(0_u64, u64::saturating_add);
    (at_work > ran_ns / 20 && part < ALL).then_some(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Action;
    use crate::record::Executor;
    use crate::render::fixture::{event, worker};

    fn one(on_core: &[(u64, u64)]) -> WorkerOutcome {
        WorkerOutcome { on_core: on_core.to_vec(), ..worker("job", Executor::Thread, 100, 500) }
    }

    #[test]
    fn a_part_is_of_the_time_at_work_and_not_of_waits() {
        let mut stretches = OnCore::of(&one(&[(100, 7), (500, 57)]), &RunOutcome::default());
        assert_eq!(stretches.stretches[0].part(), 0.125);
        stretches.add(&event(1, 200, 200, Action::Sleep, None));
        assert_eq!((stretches.stretches[0].part(), stretches.sums()), (0.25, (50, 200)));
    }

    #[test]
    fn busy_workers_without_cores_are_told_from_naps() {
        let main = worker("main", Executor::Normal, 0, 600);
        let run = |on_core: u64, trace: Vec<Event>| RunOutcome {
            workers: vec![main.clone(), one(&[(100, 0), (500, on_core)]), one(&[(100, 0), (500, on_core)])],
            trace,
            ..RunOutcome::default()
        };
        assert_eq!(share(&run(100, Vec::new())), Some(0.25));
        assert_eq!(share(&run(390, Vec::new())), None, "each has a core");
        let naps = [1, 2].map(|who| event(who, 100, 399, Action::Sleep, None));
        assert_eq!(share(&run(1, naps.to_vec())), None, "who sleeps lacks none");
        assert_eq!(share(&RunOutcome::default()), None);
        let cut = RunOutcome { trace_dropped: 1, ..run(100, Vec::new()) };
        assert_eq!(share(&cut), None, "waits that are missing would be work");
    }

    #[test]
    fn samples_that_make_no_sense_do_no_harm() {
        let mut stretches =
            OnCore::of(&one(&[(9, 9), (3, 1), (u64::MAX, u64::MAX), (4, 7), (8, 2)]), &RunOutcome::default());
        stretches.add(&event(1, u64::MAX, u64::MAX, Action::Sleep, None));
        assert!(stretches.stretches.iter().all(|stretch| stretch.part() <= 1.0));
    }
}
