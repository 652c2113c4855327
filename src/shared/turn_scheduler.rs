//! The turn-taking gate: where a run is to follow a schedule, workers take their steps in exactly its order.
//!
//! Whose turn it is stands in one word, which changes in one step, so that a worker may be killed at any instruction: main
//! sees whose turn that was, and goes on. The run begins with a step for each worker, in which it comes to its first call.

use super::mapping::Arena;
use super::thread_table::THREADS;
use super::{Deadline, SyncError, WorkerId, clock, futex, place};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

/// Why the gate stands open. The numbers stand in shared memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// It does not.
    No = 0,
    /// All steps have been taken.
    AtItsEnd = 1,
    /// Whose turn it was could not do what it had to do.
    Blocked = 2,
    /// Whose turn it was had ended.
    Ended = 3,
    /// Somebody was told to end while it waited for its turn.
    Cancelled = 4,
    /// A thread that a job had started by itself made a call: nobody could give it a turn.
    OtherThread = 5,
}

impl Opened {
    const ALL: [Opened; 6] =
        [Opened::No, Opened::AtItsEnd, Opened::Blocked, Opened::Ended, Opened::Cancelled, Opened::OtherThread];
}

/// The words of a row, which tells of one step; see [`StepWords`].
const WORDS: usize = 16;

/// What is known of a step. What the words mean is agreed on by those who write and read them; zeros are a step that was
/// not begun.
pub type StepWords = [u64; WORDS];

/// The gate of a run.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct TurnScheduler {
    /// Whose turn it is, and whether the gate is open: see [`Turn`].
    #[serde(with = "place::one")]
    turn: &'static AtomicU32,
    /// Who takes each step. The first ones are those in which the workers begin.
    #[serde(with = "place::many")]
    schedule: &'static [AtomicU32],
    /// How many those are.
    workers: u32,
    /// By worker, whether it is gone.
    #[serde(with = "place::many")]
    gone: &'static [AtomicU32],
    /// By worker, the condition in whose waiting room it is: a resource's id plus one; 0 is none.
    #[serde(with = "place::many")]
    rooms: &'static [AtomicU32],
    /// By step, what is known of it.
    #[serde(with = "place::many")]
    rows: &'static [AtomicU64],
    /// How many calls were made when the gate was open.
    #[serde(with = "place::one")]
    free: &'static AtomicU32,
    /// When it was opened, on [`clock::now`].
    #[serde(with = "place::one")]
    opened_at: &'static AtomicU64,
    /// Who was the first to open it before all steps had been taken.
    #[serde(with = "place::one")]
    opened_by: &'static AtomicU32,
}

/// The word: from its lowest bit on whether the step is under way, the step's number, and why the gate is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Turn {
    under_way: bool,
    step: u32,
    opened: Opened,
}

/// The bits of the step's number.
const STEP_BITS: u32 = 27;

impl Turn {
    fn of(word: u32) -> Self {
        let number = word >> (STEP_BITS + 1);
        let opened = Opened::ALL.into_iter().find(|opened| *opened as u32 == number).unwrap_or(Opened::AtItsEnd);
        Self { under_way: word & 1 == 1, step: word >> 1 & ((1 << STEP_BITS) - 1), opened }
    }

    fn word(self) -> u32 {
        u32::from(self.under_way) | self.step << 1 | (self.opened as u32) << (STEP_BITS + 1)
    }
}

/// How a run stands to its schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Why the gate is open.
    pub opened: Opened,
    /// When it was opened, on [`clock::now`]; `None` if it was not.
    pub opened_at: Option<u64>,
    /// Who opened it, if anybody did before all steps had been taken.
    pub opened_by: WorkerId,
    /// Whose turn it was last, if all had not been taken, and whether it had begun its step.
    pub turn: Option<(WorkerId, bool)>,
    /// What is known of the steps that were begun, in order.
    pub rows: Vec<StepWords>,
    /// How many calls were made when the gate was open.
    pub free: u32,
}

impl TurnScheduler {
    /// The gate of so many workers, who take turns as `schedule` says, by their numbers; `None` if the arena is used up.
    pub fn new(arena: &Arena, workers: u32, schedule: &[u32]) -> Option<Self> {
        let steps = workers as usize + schedule.len();
        let gate = Self {
            turn: arena.alloc()?,
            schedule: arena.alloc_slice(steps)?,
            workers,
            gone: arena.alloc_slice(workers as usize + 1 + THREADS)?,
            rooms: arena.alloc_slice(workers as usize + 1 + THREADS)?,
            rows: arena.alloc_slice(schedule.len() * WORDS)?,
            free: arena.alloc()?,
            opened_at: arena.alloc()?,
            opened_by: arena.alloc()?,
        };
        for (place, worker) in gate.schedule.iter().zip((1..=workers).chain(schedule.iter().copied())) {
            place.store(worker, SeqCst);
        }
        Some(gate)
    }

    fn whose(&self, step: u32) -> Option<WorkerId> {
        self.schedule.get(step as usize).map(|worker| worker.load(SeqCst))
    }

    fn load(&self) -> Turn {
        Turn::of(self.turn.load(SeqCst))
    }

    /// Puts another turn in the place of one; false if that has changed meanwhile.
    fn change(&self, from: Turn, to: Turn) -> bool {
        let changed = self.turn.compare_exchange(from.word(), to.word(), SeqCst, SeqCst).is_ok();
        if changed && to.opened != Opened::No {
            self.opened_at.store(clock::now(), SeqCst);
        }
        if changed {
            futex::wake_all(self.turn);
        }
        changed
    }

    /// The step that `worker` is at, if it has its turn.
    pub fn held(&self, worker: WorkerId) -> Option<u32> {
        let turn = self.load();
        (turn.under_way && turn.opened == Opened::No && self.whose(turn.step) == Some(worker)).then_some(turn.step)
    }

    /// Whose turn it is, if they take turns.
    pub fn turn_of(&self) -> Option<WorkerId> {
        let turn = self.load();
        self.whose(turn.step).filter(|_| turn.opened == Opened::No)
    }

    /// Whether everybody goes on as they like.
    pub fn is_open(&self) -> bool {
        self.load().opened != Opened::No
    }

    /// Whether `worker`, which is at work, waits for its turn: everybody does but who has it.
    pub fn awaits(&self, worker: WorkerId) -> bool {
        self.load().opened == Opened::No && self.held(worker).is_none()
    }

    /// Waits until it is `worker`'s turn, and begins its step; `None` if the gate is open, and whoever likes may go on.
    ///
    /// # Errors
    /// What `deadline` says.
    pub fn take(&self, worker: WorkerId, deadline: &Deadline<'_>) -> Result<Option<u32>, SyncError> {
        loop {
            let turn = self.load();
            if turn.opened != Opened::No {
                return Ok(None);
            }
            if !turn.under_way && self.whose(turn.step) == Some(worker) {
                if self.change(turn, Turn { under_way: true, ..turn }) {
                    return Ok(Some(turn.step));
                }
                continue;
            }
            futex::wait(self.turn, turn.word(), deadline)?;
        }
    }

    /// Ends the step that `worker` is at, if any, and gives the turn to the next.
    pub fn pass(&self, worker: WorkerId) {
        if self.held(worker).is_some() {
            self.advance(self.load());
        }
    }

    fn advance(&self, turn: Turn) {
        let step = turn.step + 1;
        let opened = if self.whose(step).is_none() { Opened::AtItsEnd } else { Opened::No };
        self.change(turn, Turn { under_way: false, step, opened });
        self.pass_by_the_gone();
    }

    /// Gives nobody a turn who is gone.
    fn pass_by_the_gone(&self) {
        loop {
            let turn = self.load();
            let gone = |worker: WorkerId| self.gone.get(worker as usize).is_none_or(|gone| gone.load(SeqCst) != 0);
            if turn.opened != Opened::No || turn.under_way || !self.whose(turn.step).is_some_and(gone) {
                return;
            }
            if turn.step >= self.workers {
                self.change(turn, Turn { opened: Opened::Ended, ..turn });
            } else {
                // Who could not even begin is missed when it is to take a step.
                let opened = if self.whose(turn.step + 1).is_none() { Opened::AtItsEnd } else { Opened::No };
                self.change(turn, Turn { step: turn.step + 1, opened, ..turn });
            }
        }
    }

    /// Notes that a worker has ended and that what it held is free. If it had the turn, that goes to the next.
    pub fn on_worker_exit(&self, worker: WorkerId) {
        if let Some(gone) = self.gone.get(worker as usize) {
            gone.store(1, SeqCst);
        }
        self.pass(worker);
        self.pass_by_the_gone();
        // It may have been killed after it passed its turn on and before it woke anybody.
        self.wake_all();
    }

    /// Opens the gate on account of a worker, so that everybody goes on as they like.
    pub fn open(&self, opened: Opened, worker: WorkerId) {
        let _ = self.opened_by.compare_exchange(0, worker, SeqCst, SeqCst);
        loop {
            let turn = self.load();
            if turn.opened != Opened::No || self.change(turn, Turn { opened, ..turn }) {
                return;
            }
        }
    }

    /// Counts a call that was made when the gate was open.
    pub fn count_free(&self) {
        self.free.fetch_add(1, SeqCst);
    }

    fn row(&self, step: u32) -> Option<&'static [AtomicU64]> {
        let at = step.checked_sub(self.workers)? as usize * WORDS;
        self.rows.get(at..at + WORDS)
    }

    /// Notes something about a step: words of its [`StepWords`], from `first` on.
    pub fn note(&self, step: u32, first: usize, words: &[u64]) {
        let row = self.row(step).and_then(|row| row.get(first..)).unwrap_or_default();
        for (place, word) in row.iter().zip(words) {
            place.store(*word, SeqCst);
        }
    }

    /// What is known of a step.
    pub fn noted(&self, step: u32) -> Option<StepWords> {
        let mut row = [0; WORDS];
        for (word, place) in row.iter_mut().zip(self.row(step)?) {
            *word = place.load(SeqCst);
        }
        Some(row)
    }

    /// Notes that a worker is in a condition's waiting room, or in none any more.
    pub fn enter(&self, worker: WorkerId, condition: Option<u32>) {
        if let Some(room) = self.rooms.get(worker as usize) {
            room.store(condition.map_or(0, |id| id + 1), SeqCst);
        }
    }

    /// How many are in a condition's waiting room, notified or not.
    pub fn in_room(&self, condition: u32) -> u64 {
        self.rooms.iter().filter(|room| room.load(SeqCst) == condition + 1).count() as u64
    }

    /// Wakes everybody who waits for a turn, so that they check their deadlines again.
    pub fn wake_all(&self) {
        futex::wake_all(self.turn);
    }

    /// How the run stands to its schedule. Asked when it is over.
    pub fn standing(&self) -> Standing {
        let turn = self.load();
        // A job may have written anything there.
        let begun = (turn.step + u32::from(turn.under_way)).min(self.schedule.len() as u32);
        let rows = (self.workers..begun).filter_map(|step| self.noted(step)).collect();
        let whose = self.whose(turn.step).map(|worker| (worker, turn.under_way));
        Standing {
            opened: turn.opened,
            // Who opened it may have been killed before it could say when.
            opened_at: Some(self.opened_at.load(SeqCst)).filter(|at| turn.opened != Opened::No && *at > 0),
            opened_by: self.opened_by.load(SeqCst),
            turn: whose,
            rows,
            free: self.free.load(SeqCst),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::mapping::Mapping;
    use super::*;
    use std::sync::Mutex;
    use std::thread;

    fn gate(workers: u32, schedule: &[u32]) -> TurnScheduler {
        let mapping = Mapping::new(4096, 1 << 20).expect("a mapping");
        TurnScheduler::new(&mapping.run, workers, schedule).expect("room")
    }

    /// Begins and ends the next step of a worker.
    fn step(gate: &TurnScheduler, worker: WorkerId) {
        let now = Deadline { at: Some(0), cancel: None };
        assert!(gate.take(worker, &now).expect("its turn").is_some());
        gate.pass(worker);
    }

    #[test]
    fn steps_are_taken_in_the_order_of_the_schedule_whoever_comes_first() {
        let schedule = [2, 1, 1, 3, 2, 3, 1, 2];
        let gate = gate(3, &schedule);
        let taken = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for worker in [3, 2, 1] {
                let taken = &taken;
                scope.spawn(move || {
                    while gate.take(worker, &Deadline::ENDLESS).expect("deadline").is_some() {
                        taken.lock().expect("no panic").push(worker);
                        gate.pass(worker);
                    }
                });
            }
        });
        assert_eq!(taken.into_inner().expect("no panic"), [&[1, 2, 3], &schedule[..]].concat());
        assert_eq!(gate.standing().opened, Opened::AtItsEnd);
    }

    #[test]
    fn a_worker_that_ends_passes_its_turn_on_or_opens_the_gate() {
        let gate = gate(2, &[1, 2, 1]);
        (1..=2).for_each(|worker| step(&gate, worker));
        let now = Deadline { at: Some(0), cancel: None };
        assert_eq!(gate.take(1, &now), Ok(Some(2)));
        assert_eq!(gate.take(2, &now), Err(SyncError::TimedOut));
        gate.on_worker_exit(1);
        assert_eq!(gate.take(2, &now), Ok(Some(3)));
        gate.pass(2);
        let Standing { opened, turn, rows, .. } = gate.standing();
        assert_eq!((opened, turn, rows.len()), (Opened::Ended, Some((1, false)), 2));
    }

    #[test]
    fn who_could_not_even_begin_is_missed_only_at_its_step() {
        let gate = gate(2, &[1, 2]);
        gate.on_worker_exit(2);
        step(&gate, 1);
        assert_eq!(gate.standing().opened, Opened::No);
        step(&gate, 1);
        assert_eq!(gate.standing().opened, Opened::Ended);
    }

    #[test]
    fn every_turn_is_read_as_it_was_written() {
        for opened in Opened::ALL {
            let turn = Turn { under_way: true, step: (1 << STEP_BITS) - 1, opened };
            assert_eq!(Turn::of(turn.word()), turn);
        }
    }
}
