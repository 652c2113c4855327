//! An enumeration of interleavings that shares nothing with nbrun: programs are lists of instructions, and every order is
//! walked by itself, step by step, without any graph.

use std::collections::BTreeMap;

/// An instruction of a worker with one register. Those that change what is shared are steps.
#[derive(Debug, Clone, Copy)]
pub enum Do {
    /// Reads the value into the register.
    Load,
    /// Writes the register plus so much.
    StorePlus(i64),
    /// Adds in one step.
    Add(i64),
    /// Takes a lock, when it is free.
    Take(usize),
    /// Gives it back.
    Give(usize),
    /// Puts a number, when there is room for it.
    Put(i64),
    /// Takes a number into the register, when there is one.
    Get,
    /// Gives a lock back and goes into its waiting room.
    Enter(usize),
    /// Comes out again with the lock, when it was let out and the lock is free.
    Leave(usize),
    /// Lets so many out of the waiting room, those first who came first.
    Notify(usize),
}

/// What is shared.
#[derive(Debug, Clone)]
pub struct World {
    value: i64,
    locks: [Option<usize>; 3],
    queue: Vec<i64>,
    room: usize,
    /// Who is in the waiting room, and who was let out.
    inside: Vec<usize>,
    let_out: Vec<usize>,
}

impl World {
    /// Nothing has happened yet; a queue has this room.
    pub fn new(room: usize) -> Self {
        Self { value: 0, locks: [None; 3], queue: Vec::new(), room, inside: Vec::new(), let_out: Vec::new() }
    }

    /// The value.
    pub fn value(&self) -> i64 {
        self.value
    }

    /// Does what a worker wants; whether it can be done.
    pub fn does(&mut self, worker: usize, register: &mut i64, what: Do) -> bool {
        match what {
            Do::Load => *register = self.value,
            Do::StorePlus(n) => self.value = *register + n,
            Do::Add(n) => self.value += n,
            Do::Take(lock) if self.locks[lock].is_some() => return false,
            Do::Take(lock) => self.locks[lock] = Some(worker),
            Do::Give(lock) => self.locks[lock] = None,
            Do::Put(_) if self.queue.len() >= self.room => return false,
            Do::Put(n) => self.queue.push(n),
            Do::Get if self.queue.is_empty() => return false,
            Do::Get => *register = self.queue.remove(0),
            Do::Enter(lock) => {
                self.locks[lock] = None;
                self.inside.push(worker);
            }
            Do::Leave(lock) if self.locks[lock].is_some() || !self.let_out.contains(&worker) => return false,
            Do::Leave(lock) => {
                self.let_out.retain(|other| *other != worker);
                self.locks[lock] = Some(worker);
            }
            Do::Notify(count) => {
                let some = count.min(self.inside.len());
                self.let_out.extend(self.inside.drain(..some));
            }
        }
        true
    }
}

/// What is shared, and where everybody is.
#[derive(Debug, Clone)]
struct State {
    world: World,
    at: Vec<usize>,
    registers: Vec<i64>,
}

/// How often each result comes: the value at the end and the registers, or `deadlock`.
pub fn enumerate(programs: &[Vec<Do>], room: usize, show: fn(i64, &[i64]) -> String) -> BTreeMap<String, f64> {
    let state = State { world: World::new(room), at: vec![0; programs.len()], registers: vec![0; programs.len()] };
    let mut found = BTreeMap::new();
    walk(programs, show, &state, &mut found);
    found
}

fn walk(programs: &[Vec<Do>], show: fn(i64, &[i64]) -> String, state: &State, found: &mut BTreeMap<String, f64>) {
    let mut stuck = true;
    for (worker, program) in programs.iter().enumerate() {
        let Some(what) = program.get(state.at[worker]) else { continue };
        let mut next = state.clone();
        next.at[worker] += 1;
        if next.world.does(worker, &mut next.registers[worker], *what) {
            stuck = false;
            walk(programs, show, &next, found);
        }
    }
    if stuck {
        let ended = programs.iter().zip(&state.at).all(|(program, at)| *at == program.len());
        let text = if ended { show(state.world.value, &state.registers) } else { "deadlock".to_owned() };
        *found.entry(text).or_default() += 1.0;
    }
}
