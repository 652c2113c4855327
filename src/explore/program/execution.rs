//! The code of a program under way: all its workers on fibers, in one execution after another.

use super::super::fiber::{self, Entry, Fiber, Stack, Turn};
use super::super::job::Ended;
use super::super::registry;
use super::super::{ExploreError, current};
use super::memory::Image;
use super::state::{Ask, Next, State, StdPart};
use crate::abi;
use crate::host::{Answer, Operation};
use crate::model::Sides;
use crate::shared::WorkerId;
use std::rc::Rc;

/// How often it is looked whether the code has started threads that nobody sees.
const LOOK: u32 = 64;

/// The code of a program.
pub struct Execution {
    /// The entry points of the workers that are no threads of others.
    roots: Vec<Entry>,
    image: Image,
    fibers: Vec<Option<Fiber>>,
    stacks: Vec<Stack>,
    /// Which state the code has come to.
    at: Option<State>,
    /// How many executions there were.
    pub count: u32,
    /// Whether any other thread is one of the code's.
    is_alone: bool,
}

/// What a worker did from an answer to what it asks for next.
pub struct Piece {
    /// What it does next.
    pub next: Next,
    /// What it printed.
    pub printed: String,
    /// What its step read and wrote, if it said so.
    pub bits: Option<[u64; 2]>,
    /// The threads that have begun, with what they do next.
    pub begun: Vec<(WorkerId, Next)>,
    /// What it has shown, and what it has compared.
    pub shown: (Option<String>, Option<Sides>),
}

impl Execution {
    /// The code of these entry points, of a library that was connected and has not run yet.
    pub fn new(roots: Vec<Entry>, image: Image, is_alone: bool) -> Self {
        Self { roots, image, fibers: Vec::new(), stacks: Vec::new(), at: None, count: 0, is_alone }
    }

    /// Begins anew: what each of the roots does first.
    ///
    /// # Errors
    /// Why the cell cannot be explored, if that shows now.
    pub fn begin(&mut self) -> Result<Vec<Piece>, ExploreError> {
        self.give_up();
        if self.count % LOOK < 2 {
            self.look_for_threads(0)?;
        }
        self.count = self.count.wrapping_add(1);
        self.image.restore();
        registry::begin();
        let roots = self.roots.clone();
        (1..).zip(roots).map(|(worker, entry)| self.start(worker, entry)).collect()
    }

    /// Ends whatever is under way.
    pub fn give_up(&mut self) {
        self.at = None;
        let given_up = self.fibers.drain(..).flatten().filter_map(Fiber::abandon);
        self.stacks.extend(given_up);
    }

    /// Says which state the code has come to.
    pub fn is_at(&mut self, state: &State) {
        self.at = Some(state.clone());
    }

    /// Whether the code has come to this state, by its own way.
    pub fn has_come_to(&self, state: &State) -> bool {
        self.at.as_ref().is_some_and(|at| at.is(state))
    }

    /// Brings the code to a state: it is there already, or it runs again from its beginning.
    ///
    /// # Errors
    /// If it does not do what it did before.
    pub fn come_to(&mut self, state: &State) -> Result<(), ExploreError> {
        if self.has_come_to(state) {
            return Ok(());
        }
        let mut way = Vec::new();
        let mut at = state;
        while let Some(before) = &at.before {
            way.push(at);
            at = before;
        }
        let first = self.begin()?;
        for (worker, piece) in (1..).zip(&first) {
            check(at, worker, &piece.next)?;
        }
        while let Some(to) = way.pop() {
            let last = to.resumed.len().saturating_sub(1);
            for (n, (worker, answer)) in to.resumed.iter().enumerate() {
                let time = to.before.as_ref().and_then(|before| before.worker(*worker)).map_or(0, |it| it.time);
                let piece = self.resume(*worker, *answer, time)?;
                for (worker, next) in &piece.begun {
                    check(to, *worker, next)?;
                }
                if n == last {
                    check(to, *worker, &piece.next)?;
                }
            }
        }
        self.is_at(state);
        Ok(())
    }

    /// Brings the code to a state that has no way of its own, by who was told what on the way there, and at which time.
    ///
    /// # Errors
    /// If it does not do what it did before.
    pub fn come_along(&mut self, way: &[(WorkerId, Answer, u64)], state: &State) -> Result<(), ExploreError> {
        self.begin()?;
        for (n, (worker, answer, time)) in way.iter().enumerate() {
            let piece = self.resume(*worker, *answer, *time)?;
            if way[n + 1..].iter().all(|(later, ..)| later != worker) {
                check(state, *worker, &piece.next)?;
            }
        }
        self.is_at(state);
        Ok(())
    }

    /// The code goes away from the state that it has come to, which nobody keeps for it any more.
    pub fn leave(&mut self) {
        self.at = None;
    }

    /// Lets a worker go on with an answer, at a time of its own.
    ///
    /// # Errors
    /// Why the cell cannot be explored, if that shows now.
    pub fn resume(&mut self, worker: WorkerId, answer: Answer, time: u64) -> Result<Piece, ExploreError> {
        self.at = None;
        registry::set_now(time);
        let place = (worker as usize).wrapping_sub(1);
        let Some(Some(fiber)) = self.fibers.get_mut(place) else {
            return Err(ExploreError::NotTheSame { worker, line: 0 });
        };
        let turn = go_on(worker, fiber, answer);
        self.piece(worker, turn)
    }

    /// Lets a worker begin.
    fn start(&mut self, worker: WorkerId, entry: Entry) -> Result<Piece, ExploreError> {
        registry::set_now(0);
        let turn = self.run((worker as usize).saturating_sub(1), worker, move || entry())?;
        self.piece(worker, turn)
    }

    /// Runs code on a new fiber to its first call.
    fn run(
        &mut self,
        place: usize,
        worker: WorkerId,
        body: impl FnOnce() -> i32 + 'static,
    ) -> Result<Turn, ExploreError> {
        if self.fibers.len() <= place {
            self.fibers.resize_with(place + 1, || None);
        }
        let stack = match self.stacks.pop() {
            Some(stack) => stack,
            None => Stack::new().map_err(ExploreError::System)?,
        };
        let fiber = self.fibers[place].insert(Fiber::new(body, stack));
        Ok(go_on(worker, fiber, Answer::status(abi::OK)))
    }

    /// What a worker has done, and the threads that it has started.
    fn piece(&mut self, worker: WorkerId, turn: Turn) -> Result<Piece, ExploreError> {
        let mut effects = fiber::take_aside();
        if self.is_alone && fiber::was_called_from_outside() {
            return Err(ExploreError::OwnThreads { worker });
        }
        if registry::had_too_many() {
            return Err(ExploreError::TooManyWorkers(self.roots.len() + registry::thread_count()));
        }
        let next = match turn {
            Turn::Asks(call) => match call.operation {
                Operation::End { code } => Next::Ended(Rc::new(Ended::of(code, &mut effects))),
                // The number is the library's, and `unsafe` code may have written anything there.
                Operation::Spawn { worker }
                | Operation::Join { worker }
                | Operation::IsFinished { worker }
                | Operation::Unpark { worker }
                    if !registry::is_worker(worker) =>
                {
                    return Err(ExploreError::System(format!("it asks for a thread {worker}, and there is none")));
                }
                _ => Next::Asks(Ask {
                    call,
                    std: registry::take_call().map(|call| StdPart {
                        other: call.other,
                        value: call.value,
                        unwinding: call.unwinding,
                    }),
                }),
            },
            Turn::Ended(code) => Next::Ended(Rc::new(Ended::of(code, &mut effects))),
        };
        if matches!(next, Next::Ended(_)) {
            self.look_for_threads(worker)?;
        }
        let bits = registry::take_bits();
        let mut begun = Vec::new();
        for (thread, body) in registry::take_bodies() {
            let turn = self.run((thread as usize).saturating_sub(1), thread, move || {
                body.run();
                0
            })?;
            let piece = self.piece(thread, turn)?;
            begun.push((thread, piece.next));
        }
        let shown = (effects.shown.take(), effects.compared.take());
        Ok(Piece { next, printed: effects.printed, bits, begun, shown })
    }

    /// Refuses code that has threads which nobody sees.
    fn look_for_threads(&self, worker: WorkerId) -> Result<(), ExploreError> {
        let looks = self.is_alone && (self.count < LOOK || self.count.is_multiple_of(LOOK));
        if looks && fiber::has_threads() { Err(ExploreError::OwnThreads { worker }) } else { Ok(()) }
    }

    /// Runs an entry point of main to its end, when all others have ended; `answer` answers its calls.
    ///
    /// # Errors
    /// Why the cell cannot be explored, if that shows now.
    pub fn run_main(
        &mut self,
        entry: Entry,
        mut answer: impl FnMut(&Ask) -> Result<Answer, ExploreError>,
    ) -> Result<(Ended, Option<String>, Option<Sides>), ExploreError> {
        let place = self.fibers.len();
        let mut turn = self.run(place, 0, move || entry())?;
        loop {
            let Piece { next, shown: (shown, compared), .. } = self.piece(0, turn)?;
            match next {
                Next::Asks(ask) => {
                    let answer = answer(&ask)?;
                    let Some(Some(fiber)) = self.fibers.get_mut(place) else {
                        return Err(ExploreError::NotTheSame { worker: 0, line: ask.call.line });
                    };
                    turn = go_on(0, fiber, answer);
                }
                Next::Ended(how) => return Ok(((*how).clone(), shown, compared)),
                Next::NotBegun | Next::Cut => return Err(ExploreError::NotTheSame { worker: 0, line: 0 }),
            }
        }
    }
}

/// Lets a fiber go on as this worker.
fn go_on(worker: WorkerId, fiber: &mut Fiber, answer: Answer) -> Turn {
    current::become_worker(worker);
    fiber.resume(answer)
}

/// Whether a worker does next what it did in a state before.
fn check(state: &State, worker: WorkerId, now: &Next) -> Result<(), ExploreError> {
    let known = state.worker(worker).map(|worker| &worker.next);
    // Who has been cut off since was about to do something.
    if known == Some(now) || matches!(known, Some(Next::Cut)) {
        return Ok(());
    }
    let line = |next: &Next| if let Next::Asks(ask) = next { ask.call.line } else { 0 };
    let line = [Some(now), known].into_iter().flatten().map(line).find(|line| *line > 0);
    Err(ExploreError::NotTheSame { worker, line: line.unwrap_or(0) })
}
