//! An enumeration of interleavings that shares nothing with nbrun: programs are lists of instructions, and every order is
//! walked by itself, step by step, without any graph.

pub use super::brute_world::{CONDITION, Do, End, Mind, Patience, REENTRANT, World};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A state that can be taken from step to step.
pub trait Scene: Clone {
    /// How many workers there are.
    fn workers(&self) -> usize;
    /// Lets a worker take a step, only because its time is over where it is `by_time`; whether it can.
    fn step(&mut self, me: usize, by_time: bool) -> bool;
    /// The time that is left of a worker's present call.
    fn left(&mut self, me: usize) -> &mut u32;
    /// What it has come to, where nobody can take a step.
    fn result(&self) -> String;
}

/// How often a result comes, and the simplest way to it: its preemptions and its steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    pub count: f64,
    pub simplest: (usize, usize),
}

/// All results of a scene, or none if there are more interleavings than so many.
pub fn walk<S: Scene>(scene: &S, most: usize) -> Option<BTreeMap<String, Found>> {
    let mut walk = Walk { found: BTreeMap::new(), left: most };
    walk.on(scene, None, (0, 0)).then_some(walk.found)
}

/// The scene after a step of each worker that can take one, and who could also go on if no time passed.
fn every_step<S: Scene>(scene: &S) -> (Vec<Option<S>>, Vec<bool>) {
    let after = |me: usize, by_time: bool| {
        let mut next = scene.clone();
        next.step(me, by_time).then_some(next)
    };
    let mut next: Vec<Option<S>> = (0..scene.workers()).map(|me| after(me, false)).collect();
    // Time passes for whoever has the least of it left.
    let able = next.iter().map(Option::is_some).collect();
    let mut in_time: Vec<(u32, usize, S)> = Vec::new();
    for me in (0..next.len()).filter(|me| next[*me].is_none()) {
        in_time.extend(after(me, true).map(|next| (*scene.clone().left(me), me, next)));
    }
    let least = in_time.iter().map(|(left, ..)| *left).min();
    for (passed, me, _) in in_time.into_iter().filter(|(left, ..)| Some(*left) == least) {
        // It passes for all, and then the step is taken.
        let mut scene = scene.clone();
        (0..scene.workers()).for_each(|other| *scene.left(other) = scene.left(other).saturating_sub(passed));
        scene.step(me, true);
        next[me] = Some(scene);
    }
    (next, able)
}

struct Walk {
    found: BTreeMap<String, Found>,
    left: usize,
}

impl Walk {
    /// Walks all orders from here on, `last` having taken the step before; whether they are few enough.
    fn on<S: Scene>(&mut self, scene: &S, last: Option<usize>, (preemptions, steps): (usize, usize)) -> bool {
        let (next, able) = every_step(scene);
        let interrupted = last.filter(|last| able[*last]);
        if next.iter().all(Option::is_none) {
            let Some(left) = self.left.checked_sub(1) else { return false };
            self.left = left;
            let found = self.found.entry(scene.result()).or_insert(Found { count: 0.0, simplest: (usize::MAX, 0) });
            found.count += 1.0;
            found.simplest = found.simplest.min((preemptions, steps));
        }
        next.iter().enumerate().filter_map(|(me, next)| Some((me, next.as_ref()?))).all(|(me, next)| {
            let cost = usize::from(interrupted.is_some_and(|last| last != me));
            self.on(next, Some(me), (preemptions + cost, steps + 1))
        })
    }
}

/// Programs side by side.
#[derive(Clone)]
struct Side<'a> {
    programs: &'a [Vec<Do>],
    world: World,
    minds: [Mind; 4],
    show: fn(&World, &[Mind]) -> String,
}

impl Scene for Side<'_> {
    fn workers(&self) -> usize {
        self.programs.len()
    }

    fn step(&mut self, me: usize, by_time: bool) -> bool {
        let mind = &mut self.minds[me];
        let can = mind.take_step(&self.programs[me], &mut self.world, me, by_time);
        if mind.end.is_some() && can {
            self.world.on_worker_exit(me);
        }
        can
    }

    fn left(&mut self, me: usize) -> &mut u32 {
        &mut self.minds[me].left
    }

    fn result(&self) -> String {
        let minds = &self.minds[..self.programs.len()];
        let is_stuck = minds.iter().any(|mind| mind.end.is_none());
        let shown = if is_stuck { "deadlock".to_owned() } else { (self.show)(&self.world, minds) };
        minds.iter().zip(1..).fold(shown, |text, (mind, number)| text + &failure(mind.end, number))
    }
}

/// How a worker of this number has ended, if not well.
pub fn failure(end: Option<End>, number: usize) -> String {
    match end {
        Some(End::Panic) => format!("; {number} panicked"),
        Some(End::Code(code @ 1..)) => format!("; {number} ended with {code}"),
        _ => String::new(),
    }
}

/// What programs that run side by side can come to, or nothing if there are more interleavings than so many.
pub fn results(
    programs: &[Vec<Do>],
    world: World,
    show: fn(&World, &[Mind]) -> String,
    most: usize,
) -> Option<BTreeMap<String, Found>> {
    let mut minds = [Mind::default(); 4];
    minds.iter_mut().zip(programs).for_each(|(mind, program)| *mind = Mind::new(program));
    walk(&Side { programs, world, minds, show }, most)
}

/// How often each comes, however many they are.
pub fn enumerate(programs: &[Vec<Do>], world: World, show: fn(&World, &[Mind]) -> String) -> BTreeMap<String, f64> {
    let found = results(programs, world, show, usize::MAX).unwrap_or_default();
    found.into_iter().map(|(text, found)| (text, found.count)).collect()
}

/// What programs that may go round for ever can come to, without counting anything: every state is met once. Where no end can be
/// reached any more, somebody waits for ever.
pub fn reachable(
    programs: &[Vec<Do>],
    world: World,
    show: fn(&World, &[Mind]) -> String,
    most: usize,
) -> Option<BTreeSet<String>> {
    let mut minds = [Mind::default(); 4];
    minds.iter_mut().zip(programs).for_each(|(mind, program)| *mind = Mind::new(program));
    let mut sides = vec![Side { programs, world, minds, show }];
    let mut known = HashMap::from([((world, minds), 0)]);
    let (mut before, mut ends, mut after): (Vec<Vec<usize>>, Vec<usize>, Vec<Vec<usize>>) =
        (vec![Vec::new()], Vec::new(), Vec::new());
    let mut at = 0;
    while at < sides.len() {
        let (next, _) = every_step(&sides[at]);
        let mut to = Vec::new();
        for side in next.into_iter().flatten() {
            let place = *known.entry((side.world, side.minds)).or_insert(sides.len());
            if place == sides.len() {
                sides.push(side);
                before.push(Vec::new());
            }
            before[place].push(at);
            to.push(place);
        }
        if to.is_empty() {
            ends.push(at);
        }
        after.push(to);
        if sides.len() > most {
            return None;
        }
        at += 1;
    }
    let mut found: BTreeSet<String> = ends.iter().map(|end| sides[*end].result()).collect();
    let can_end = spread(&before, ends);
    for lost in (0..sides.len()).filter(|place| !can_end[*place]) {
        let text = sides[lost].result();
        let on = spread(&after, vec![lost]);
        if (0..sides.len()).filter(|place| on[*place]).all(|place| sides[place].result() == text) {
            found.insert(text);
        }
    }
    Some(found)
}

/// All places that can be reached from some.
fn spread(to: &[Vec<usize>], mut from: Vec<usize>) -> Vec<bool> {
    let mut reached = vec![false; to.len()];
    while let Some(place) = from.pop() {
        if !std::mem::replace(&mut reached[place], true) {
            from.extend(&to[place]);
        }
    }
    reached
}
