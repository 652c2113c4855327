//! Programs of `std` as lists of instructions, and a walk through every order of their steps, written from the guide's table alone.

use nbrun::record::explored::LINE_BREAK;
use std::collections::{BTreeMap, VecDeque};

/// What happens without any step: a computation on a thread's numbers and on memory that all share.
pub type Then = fn(&mut World, usize);

/// An instruction. Objects are numbered, each kind by itself.
#[derive(Clone, Copy)]
pub enum Do {
    Spawn(usize),
    Join(usize),
    Lock(usize),
    /// Says in the thread's first number whether it has it.
    TryLock(usize),
    Unlock(usize),
    Read(usize),
    Write(usize),
    /// Gives a read-write lock back.
    Leave(usize),
    /// Waits for a notification; the mutex is the second.
    Wait(usize, usize),
    NotifyOne(usize),
    NotifyAll(usize),
    /// Meets so many at a barrier.
    Meet(usize),
    /// Sends the thread's first number into a channel with so much room.
    Send(usize, usize),
    /// Sends it to who takes it at once.
    HandOver(usize),
    /// Receives a number into the thread's first; `NOTHING` if nobody can send any more.
    Recv(usize),
    /// The same where nothing is held.
    TakeOver(usize),
    /// The last sender goes.
    HangUp(usize),
    /// Reads an atomic into the thread's first number.
    Load(usize),
    /// Writes the thread's first number.
    Store(usize),
    /// Adds, and puts what stood there before into the thread's first number.
    Add(usize, i64),
    /// Writes the second number where the first stands, and puts into the thread's first number what stood there.
    Swap(usize, i64, i64),
    /// The same, with the thread's second number in place of the first, and that plus one in place of the second.
    SwapNext(usize),
    /// Writes the thread's first number where this stands, and puts there what stood.
    SwapIn(usize, i64),
    /// Says in the thread's first number whether that thread has ended.
    IsOver(usize),
    Park,
    Unpark(usize),
    /// Says in the thread's first number whether it is the one that initializes.
    Begin(usize),
    End(usize),
    /// Prints the thread's first number.
    Print,
    /// No step.
    Then(Then),
    /// Goes on there if the thread's first number is this. No step.
    If(i64, usize),
    /// Goes on there. No step.
    Go(usize),
}

/// What is received when nobody can send any more.
pub const NOTHING: i64 = -1;

#[derive(Clone, Default)]
pub struct World {
    place: Vec<usize>,
    begun: Vec<bool>,
    /// Whether a thread is in the second half of what it does, and with which number it began.
    half: Vec<Option<usize>>,
    /// The numbers of each thread.
    pub own: Vec<[i64; 2]>,
    /// Memory that all share.
    pub memory: [i64; 4],
    pub atoms: [i64; 4],
    owner: [Option<usize>; 4],
    writer: [Option<usize>; 2],
    readers: [usize; 2],
    waiting: Vec<VecDeque<usize>>,
    notified: Vec<bool>,
    come: usize,
    meetings: usize,
    items: Vec<VecDeque<(i64, usize)>>,
    receiving: usize,
    gone: [bool; 2],
    unparked: Vec<bool>,
    /// For each: 0 before, 1 meanwhile, 2 done.
    once: [u8; 2],
    /// How many waits may still end without a reason.
    spurious: u32,
    printed: Vec<String>,
}

/// That nobody waits until an item is taken.
const NOBODY: usize = usize::MAX;

impl World {
    fn new(programs: &[Vec<Do>]) -> Self {
        let count = programs.len();
        let mut world = Self {
            place: vec![0; count],
            begun: vec![false; count],
            half: vec![None; count],
            own: vec![[0; 2]; count],
            waiting: vec![VecDeque::new(); 2],
            notified: vec![false; count],
            items: vec![VecDeque::new(); 2],
            unparked: vec![false; count],
            ..Self::default()
        };
        world.begun[0] = true;
        world.go_on(programs, 0);
        world
    }

    /// Ends a thread.
    pub fn ends(&mut self, me: usize) {
        self.place[me] = usize::MAX - 1;
    }

    /// Gives a mutex back where that is no step.
    pub fn frees(&mut self, mutex: usize) {
        self.owner[mutex] = None;
    }

    fn is_over(&self, programs: &[Vec<Do>], thread: usize) -> bool {
        self.begun[thread] && self.place[thread] >= programs[thread].len()
    }

    /// Does what is no step, up to the next one.
    fn go_on(&mut self, programs: &[Vec<Do>], me: usize) {
        while let Some(now) = programs[me].get(self.place[me]) {
            self.place[me] += 1;
            match *now {
                Do::Then(then) => then(self, me),
                Do::If(number, there) if self.own[me][0] == number => self.place[me] = there,
                Do::If(..) => {}
                Do::Go(there) => self.place[me] = there,
                _ => {
                    self.place[me] -= 1;
                    return;
                }
            }
        }
    }

    /// Lets a thread take a step; whether it can.
    fn step(&mut self, programs: &[Vec<Do>], me: usize) -> bool {
        let Some(now) = programs[me].get(self.place[me]).filter(|_| self.begun[me]) else { return false };
        match self.act(programs, me, *now) {
            None => return false,
            Some(false) => return true,
            Some(true) => {}
        }
        self.half[me] = None;
        self.place[me] += 1;
        self.go_on(programs, me);
        if let Do::Spawn(thread) = *now {
            self.begun[thread] = true;
            self.go_on(programs, thread);
        }
        true
    }

    /// The same after a thread's wait has ended without a reason, if it can.
    fn wakes(&self, programs: &[Vec<Do>], me: usize) -> Option<Self> {
        let now = programs[me].get(self.place[me]).filter(|_| self.begun[me] && self.spurious > 0)?;
        let mut woken = self.clone();
        match *now {
            Do::Park => {}
            Do::Wait(condvar, mutex)
                if self.half[me].is_some() && !self.notified[me] && self.owner[mutex].is_none() =>
            {
                woken.waiting[condvar].retain(|waiting| *waiting != me);
                (woken.owner[mutex], woken.half[me]) = (Some(me), None);
            }
            _ => return None,
        }
        woken.spurious -= 1;
        woken.place[me] += 1;
        woken.go_on(programs, me);
        Some(woken)
    }

    /// Does it: whether it is complete; `None` if it cannot be done now.
    fn act(&mut self, programs: &[Vec<Do>], me: usize, now: Do) -> Option<bool> {
        let if_so = |can: bool| can.then_some(true);
        let own = self.own[me][0];
        match now {
            Do::Spawn(_) => {}
            Do::Join(thread) => return if_so(self.is_over(programs, thread)),
            Do::Lock(mutex) => {
                if self.owner[mutex].is_some() {
                    return None;
                }
                self.owner[mutex] = Some(me);
            }
            Do::TryLock(mutex) => {
                let free = self.owner[mutex].is_none();
                if free {
                    self.owner[mutex] = Some(me);
                }
                self.own[me][0] = free.into();
            }
            Do::Unlock(mutex) => self.owner[mutex] = None,
            Do::Read(lock) => {
                if self.writer[lock].is_some() {
                    return None;
                }
                self.readers[lock] += 1;
            }
            Do::Write(lock) => {
                if self.writer[lock].is_some() || self.readers[lock] > 0 {
                    return None;
                }
                self.writer[lock] = Some(me);
            }
            Do::Leave(lock) if self.writer[lock] == Some(me) => self.writer[lock] = None,
            Do::Leave(lock) => self.readers[lock] -= 1,
            Do::Wait(condvar, mutex) => {
                if self.half[me].is_none() {
                    (self.owner[mutex], self.half[me]) = (None, Some(0));
                    self.waiting[condvar].push_back(me);
                    return Some(false);
                }
                if !self.notified[me] || self.owner[mutex].is_some() {
                    return None;
                }
                (self.notified[me], self.owner[mutex]) = (false, Some(me));
            }
            Do::NotifyOne(condvar) => {
                if let Some(first) = self.waiting[condvar].pop_front() {
                    self.notified[first] = true;
                }
            }
            Do::NotifyAll(condvar) => {
                for waiter in std::mem::take(&mut self.waiting[condvar]) {
                    self.notified[waiter] = true;
                }
            }
            Do::Meet(parties) => match self.half[me] {
                Some(meeting) => return if_so(self.meetings > meeting),
                None => {
                    self.come += 1;
                    if self.come < parties {
                        self.half[me] = Some(self.meetings);
                        return Some(false);
                    }
                    (self.come, self.meetings) = (0, self.meetings + 1);
                }
            },
            Do::Send(channel, room) => {
                if self.items[channel].len() >= room {
                    return None;
                }
                self.items[channel].push_back((own, NOBODY));
            }
            Do::HandOver(channel) => {
                if self.half[me].is_some() {
                    return if_so(!self.items[channel].iter().any(|(_, waits)| *waits == me));
                }
                if self.receiving > self.items[channel].len() {
                    self.items[channel].push_back((own, NOBODY));
                } else {
                    self.items[channel].push_back((own, me));
                    self.half[me] = Some(0);
                    return Some(false);
                }
            }
            Do::Recv(channel) => match self.items[channel].pop_front() {
                Some((item, _)) => self.own[me][0] = item,
                None if self.gone[channel] => self.own[me][0] = NOTHING,
                None => return None,
            },
            Do::TakeOver(channel) => match (self.items[channel].pop_front(), self.half[me]) {
                (Some((item, _)), half) => {
                    self.receiving -= usize::from(half.is_some());
                    self.own[me][0] = item;
                }
                (None, Some(_)) => return None,
                (None, None) => {
                    self.half[me] = Some(0);
                    self.receiving += 1;
                    return Some(false);
                }
            },
            Do::HangUp(channel) => self.gone[channel] = true,
            Do::Load(atom) => self.own[me][0] = self.atoms[atom],
            Do::Store(atom) => self.atoms[atom] = own,
            Do::Add(atom, number) => {
                self.own[me][0] = self.atoms[atom];
                self.atoms[atom] += number;
            }
            Do::Swap(atom, old, new) => self.swap(me, atom, old, new),
            Do::SwapNext(atom) => self.swap(me, atom, self.own[me][1], self.own[me][1] + 1),
            Do::SwapIn(atom, old) => self.swap(me, atom, old, own),
            Do::IsOver(thread) => self.own[me][0] = self.is_over(programs, thread).into(),
            Do::Park => return if_so(std::mem::take(&mut self.unparked[me])),
            Do::Unpark(thread) => self.unparked[thread] = true,
            Do::Begin(once) => match self.once[once] {
                0 => (self.once[once], self.own[me][0]) = (1, 1),
                1 => return None,
                _ => self.own[me][0] = 0,
            },
            Do::End(once) => self.once[once] = 2,
            Do::Print => self.printed.push(own.to_string()),
            Do::Then(_) | Do::If(..) | Do::Go(_) => {}
        }
        Some(true)
    }

    fn swap(&mut self, me: usize, atom: usize, old: i64, new: i64) {
        self.own[me][0] = self.atoms[atom];
        if self.atoms[atom] == old {
            self.atoms[atom] = new;
        }
    }
}

/// How often a program comes to each end: what it printed, and whether it got stuck. The first list is that of `main`.
pub fn walk(programs: &[Vec<Do>]) -> BTreeMap<String, f64> {
    walk_with(programs, 0)
}

/// The same where so many waits may end without a reason, and need not.
pub fn walk_with(programs: &[Vec<Do>], spurious: u32) -> BTreeMap<String, f64> {
    let mut found = BTreeMap::new();
    on(programs, &World { spurious, ..World::new(programs) }, &mut found);
    found
}

fn on(programs: &[Vec<Do>], world: &World, found: &mut BTreeMap<String, f64>) {
    let mut is_end = true;
    let is_over = world.is_over(programs, 0);
    for me in (0..programs.len()).filter(|_| !is_over) {
        let mut next = world.clone();
        if next.step(programs, me) {
            is_end = false;
            on(programs, &next, found);
        } else if let Some(woken) = world.wakes(programs, me) {
            on(programs, &woken, found);
        }
    }
    if is_end {
        let mut text = world.printed.join(LINE_BREAK);
        text += if is_over { "" } else { "; deadlock" };
        *found.entry(text).or_default() += 1.0;
    }
}
