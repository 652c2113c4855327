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
}

/// What is shared, and where everybody is.
#[derive(Debug, Clone)]
struct World {
    value: i64,
    locks: [Option<usize>; 3],
    queue: Vec<i64>,
    at: Vec<usize>,
    registers: Vec<i64>,
}

/// How often each result comes: the value at the end and the registers, or `deadlock`.
pub fn enumerate(programs: &[Vec<Do>], room: usize, show: fn(i64, &[i64]) -> String) -> BTreeMap<String, f64> {
    let world = World {
        value: 0,
        locks: [None; 3],
        queue: Vec::new(),
        at: vec![0; programs.len()],
        registers: vec![0; programs.len()],
    };
    let mut found = BTreeMap::new();
    walk(programs, room, show, &world, &mut found);
    found
}

fn walk(
    programs: &[Vec<Do>],
    room: usize,
    show: fn(i64, &[i64]) -> String,
    world: &World,
    found: &mut BTreeMap<String, f64>,
) {
    let mut stuck = true;
    for (worker, program) in programs.iter().enumerate() {
        let Some(what) = program.get(world.at[worker]) else { continue };
        let mut next = world.clone();
        next.at[worker] += 1;
        match *what {
            Do::Load => next.registers[worker] = next.value,
            Do::StorePlus(n) => next.value = next.registers[worker] + n,
            Do::Add(n) => next.value += n,
            Do::Take(lock) if next.locks[lock].is_some() => continue,
            Do::Take(lock) => next.locks[lock] = Some(worker),
            Do::Give(lock) => next.locks[lock] = None,
            Do::Put(_) if next.queue.len() >= room => continue,
            Do::Put(n) => next.queue.push(n),
            Do::Get if next.queue.is_empty() => continue,
            Do::Get => next.registers[worker] = next.queue.remove(0),
        }
        stuck = false;
        walk(programs, room, show, &next, found);
    }
    if stuck {
        let ended = programs.iter().zip(&world.at).all(|(program, at)| *at == program.len());
        let text = if ended { show(world.value, &world.registers) } else { "deadlock".to_owned() };
        *found.entry(text).or_default() += 1.0;
    }
}
