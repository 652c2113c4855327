//! The paths of a graph of states: how many lead to each ending, and the shortest with the fewest preemptions.
//!
//! Paths to one state may differ in length, so everything is summed up in topological order: a state comes after all from
//! which a step leads to it.

use super::graph::{NONE, StateId, Vertex, Visit, Visits};
use super::hash::Map;

/// The states that a step leads to from this one, as far as they are known.
fn successors<S>(vertex: &Vertex<S>) -> impl Iterator<Item = usize> {
    vertex.next.iter().filter(|next| **next != NONE).map(|next| *next as usize)
}

/// All states in topological order. Every step adds to what some worker has been told, so there is no circle.
pub fn in_order<S>(vertices: &[Vertex<S>]) -> Vec<StateId> {
    let mut before = vec![0_u32; vertices.len()];
    vertices.iter().flat_map(successors).for_each(|next| before[next] += 1);
    let mut order = Vec::with_capacity(vertices.len());
    order.extend((0..vertices.len()).filter(|id| before[*id] == 0).map(|id| id as StateId));
    let mut done = 0;
    while let Some(&id) = order.get(done) {
        for next in successors(&vertices[id as usize]) {
            before[next] -= 1;
            if before[next] == 0 {
                order.push(next as StateId);
            }
        }
        done += 1;
    }
    order
}

/// The numbers of the visits, in the order of their states.
fn visits_in_order<S>(vertices: &[Vertex<S>], order: &[StateId], visits: &[Visit]) -> Vec<u32> {
    let mut place = vec![0_u32; vertices.len()];
    for (id, number) in order.iter().zip(0..) {
        place[*id as usize] = number;
    }
    // Where the visits of each state begin, by the state's place.
    let mut begins = vec![0_u32; vertices.len() + 1];
    visits.iter().for_each(|visit| begins[place[visit.state as usize] as usize + 1] += 1);
    (1..begins.len()).for_each(|place| begins[place] += begins[place - 1]);
    let mut numbers = vec![0; visits.len()];
    for (visit, number) in visits.iter().zip(0..) {
        let next = &mut begins[place[visit.state as usize] as usize];
        numbers[*next as usize] = number;
        *next += 1;
    }
    numbers
}

/// How many paths lead to each ending, in a graph that is complete.
pub fn count_all<S>(vertices: &[Vertex<S>], order: &[StateId], endings: usize) -> Vec<f64> {
    let mut paths = vec![0.0; vertices.len()];
    let mut counts = vec![0.0; endings];
    paths[0] = 1.0;
    for &id in order {
        let (vertex, here) = (&vertices[id as usize], paths[id as usize]);
        if let Some(ending) = vertex.ending {
            counts[ending] += here;
        }
        successors(vertex).for_each(|next| paths[next] += here);
    }
    counts
}

/// How many paths with fewer than so many preemptions lead to each ending.
pub fn count_below<S>(
    vertices: &[Vertex<S>],
    order: &[StateId],
    visits: &[Visit],
    most: u32,
    endings: usize,
) -> Vec<f64> {
    let width = most as usize;
    let mut counts = vec![0.0; endings];
    let mut paths: Map<(StateId, u32), Vec<f64>> = Map::default();
    if width > 0 {
        let mut first = vec![0.0; width];
        first[0] = 1.0;
        paths.insert((0, NONE), first);
    }
    for number in visits_in_order(vertices, order, visits) {
        let visit @ Visit { state, last, preemptions, .. } = &visits[number as usize];
        let Some(here) = paths.remove(&(*state, *last)).filter(|_| *preemptions < most) else { continue };
        let vertex = &vertices[*state as usize];
        if let Some(ending) = vertex.ending {
            counts[ending] += here.iter().sum::<f64>();
        }
        for worker in vertex.able.workers().filter(|worker| vertex.next[*worker] != NONE) {
            let cost = usize::from(vertex.able.interrupts(visit.last(), worker));
            let there = paths.entry((vertex.next[worker], worker as u32)).or_insert_with(|| vec![0.0; width]);
            for (preemptions, ways) in here.iter().enumerate() {
                if let Some(place) = there.get_mut(preemptions + cost) {
                    *place += ways;
                }
            }
        }
    }
    counts
}

/// Leads each visit back along the shortest of the ways with the fewest preemptions, and gives the number of its steps.
pub fn shorten<S>(vertices: &[Vertex<S>], order: &[StateId], visits: &mut [Visit], seen: &Visits) -> Vec<u32> {
    let mut steps = vec![u32::MAX; visits.len()];
    steps.iter_mut().take(1).for_each(|first| *first = 0);
    for number in visits_in_order(vertices, order, visits) {
        let visit = visits[number as usize];
        let vertex = &vertices[visit.state as usize];
        let further = steps[number as usize].saturating_add(1);
        for worker in vertex.able.workers().filter(|worker| vertex.next[*worker] != NONE) {
            let Some(&there) = seen.get(&(vertex.next[worker], worker as u32)) else { continue };
            let preemptions = visit.preemptions + u32::from(vertex.able.interrupts(visit.last(), worker));
            let there = there as usize;
            if visits[there].preemptions == preemptions && further < steps[there] {
                (visits[there].from, steps[there]) = (number, further);
            }
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::super::engine::Able;
    use super::*;

    const WORKERS: usize = 3;

    /// A graph without circles, in which each step leads from a lower number to a higher one, and where ways to one state may
    /// differ in length; then its states are given other numbers.
    fn graph(mut seed: u64) -> Vec<Vertex<()>> {
        let mut chance = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        let count = 8;
        let mut number: Vec<usize> = (0..count).collect();
        (1..count).for_each(|n| number.swap(n, 1 + chance(n)));
        let mut vertices: Vec<(usize, Vertex<()>)> = (0..count)
            .map(|n| {
                let mut next = vec![NONE; WORKERS].into_boxed_slice();
                let mut able = Able::default();
                for (worker, next) in next.iter_mut().enumerate().filter(|_| n + 1 < count) {
                    if worker == 0 || chance(2) == 0 {
                        *next = number[n + 1 + chance((count - n - 1).min(3))] as StateId;
                        able.all |= 1 << worker;
                    }
                }
                (number[n], Vertex { state: (), able, depth: 0, next, ending: (able.all == 0).then_some(0) })
            })
            .collect();
        vertices.sort_by_key(|(number, _)| *number);
        vertices.into_iter().map(|(_, vertex)| vertex).collect()
    }

    /// All paths to an end: preemptions and steps of each.
    fn walk(
        vertices: &[Vertex<()>],
        at: usize,
        last: Option<usize>,
        (preemptions, steps): (u32, u32),
    ) -> Vec<(u32, u32)> {
        let vertex = &vertices[at];
        if vertex.ending.is_some() {
            return vec![(preemptions, steps)];
        }
        let on = |worker: usize| {
            let cost = u32::from(vertex.able.interrupts(last, worker));
            walk(vertices, vertex.next[worker] as usize, Some(worker), (preemptions + cost, steps + 1))
        };
        vertex.able.workers().flat_map(on).collect()
    }

    /// Every visit with its fewest preemptions, led back along some way that has so many.
    fn visits(vertices: &[Vertex<()>]) -> (Vec<Visit>, Visits) {
        let (mut visits, mut seen) =
            (vec![Visit { state: 0, last: NONE, preemptions: 0, from: NONE }], Visits::default());
        seen.insert((0, NONE), 0);
        let mut done = 0;
        while let Some(visit) = visits.get(done).copied() {
            let vertex = &vertices[visit.state as usize];
            for worker in vertex.able.workers() {
                let preemptions = visit.preemptions + u32::from(vertex.able.interrupts(visit.last(), worker));
                let next = Visit { state: vertex.next[worker], last: worker as u32, preemptions, from: done as u32 };
                let known = seen.get(&(next.state, next.last)).map(|known| visits[*known as usize].preemptions);
                if known.is_none_or(|known| preemptions < known) {
                    seen.insert((next.state, next.last), visits.len() as u32);
                    visits.push(next);
                }
            }
            done += 1;
        }
        // Only the best of each.
        let mut best: Vec<Visit> = seen.values().map(|number| visits[*number as usize]).collect();
        best.sort_by_key(|visit| (visit.last != NONE, visit.state, visit.last));
        let seen = best.iter().zip(0..).map(|(visit, number)| ((visit.state, visit.last), number)).collect();
        (best, seen)
    }

    #[test]
    fn paths_of_different_length_are_counted_and_the_shortest_is_found() {
        for seed in 0..300 {
            let vertices = graph(seed);
            let paths = walk(&vertices, 0, None, (0, 0));
            let order = in_order(&vertices);
            assert_eq!(order.len(), vertices.len(), "seed {seed}");
            assert_eq!(count_all(&vertices, &order, 1), [paths.len() as f64], "seed {seed}");
            let (mut visits, seen) = visits(&vertices);
            for most in 0..5 {
                let below = paths.iter().filter(|(preemptions, _)| *preemptions < most).count();
                assert_eq!(
                    count_below(&vertices, &order, &visits, most, 1),
                    [below as f64],
                    "seed {seed}, below {most}"
                );
            }
            let steps = shorten(&vertices, &order, &mut visits, &seen);
            let ends = visits.iter().zip(&steps).filter(|(visit, _)| vertices[visit.state as usize].ending.is_some());
            let simplest = ends.map(|(visit, steps)| (visit.preemptions, *steps)).min();
            assert_eq!(simplest, paths.into_iter().min(), "seed {seed}");
            for (number, visit) in visits.iter().enumerate().skip(1) {
                assert_eq!(steps[number], steps[visit.from as usize] + 1, "seed {seed}: it is led back along that way");
            }
        }
    }
}
