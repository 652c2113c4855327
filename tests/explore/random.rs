//! Programs made up by chance, over every primitive: what exploring them finds, against walking every order of them.

use super::brute::{Do, Found};
use super::programs::{Case, Chance, SHARED, jobs, loops, pool, spawn};
use super::{all, run};
use nbrun::record::Explored;
use nbrun::record::explored::{Coverage, Failure, Outcome};
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::thread;

/// How many programs there are if the environment does not say otherwise, and what chance begins with.
const PROGRAMS: usize = 2_000;
const SEED: u64 = 11;
/// How many of them stand in one notebook.
const CELLS: usize = 100;
/// How many programs with a read-write lock are compared.
const READ_WRITE_PROGRAMS: usize = 300;

/// An outcome in the words of the enumeration.
fn outcome(outcome: &Outcome) -> String {
    let mut shown = outcome.shown.join(", ");
    while let Some((before, rest)) = shown.split_once("<failed: ") {
        shown = format!("{before}<failed>{}", rest.split_once('>').expect("an end").1);
    }
    let failure = |failure: &Failure| match (failure.task, &failure.panic) {
        (Some(task), _) => format!("; task {task} failed"),
        (None, Some(_)) => format!("; {} panicked", failure.worker),
        (None, None) => format!("; {} ended with {}", failure.worker, failure.code),
    };
    let shown = if outcome.stuck.is_empty() { shown } else { "deadlock".to_owned() };
    outcome.failures.iter().map(failure).fold(shown, |text, failure| text + &failure)
}

/// All that an exploration found, in the words of the enumeration.
fn found(explored: &Explored) -> BTreeMap<String, Found> {
    let mut all: BTreeMap<String, Found> = BTreeMap::new();
    for it in &explored.outcomes {
        let simplest = (it.witness.preemptions as usize, it.witness.schedule.len());
        let found = all.entry(outcome(it)).or_insert(Found { count: 0.0, simplest });
        found.count += it.count;
        found.simplest = found.simplest.min(simplest);
    }
    all
}

/// What exploring these cells finds, each of them whole.
fn explored(cases: &[Case]) -> Vec<BTreeMap<String, Found>> {
    let cells = cases.iter().map(|case| (case.kind, case.spec.as_str()));
    let (outcome, record) = run(&SHARED.into_iter().chain(cells).collect::<Vec<_>>());
    let cells = all(&record);
    assert_eq!(cells.len(), cases.len(), "{}", outcome.stderr);
    let each = |((_, explored), case): (&(_, &Explored), &Case)| {
        assert_eq!((explored.coverage, explored.loops_cut), (Coverage::All, false), "{}", case.spec);
        found(explored)
    };
    cells.iter().zip(cases).map(each).collect()
}

/// A number from the environment.
fn given(name: &str) -> Option<u64> {
    env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is no number: {value}")))
}

#[test]
fn random_programs_come_to_what_walking_every_order_of_them_finds() {
    let seed = given("NBRUN_EXPLORE_SEED").unwrap_or(SEED);
    let programs = given("NBRUN_EXPLORE_PROGRAMS").map_or(PROGRAMS, |count| count as usize);
    println!("NBRUN_EXPLORE_SEED={seed} NBRUN_EXPLORE_PROGRAMS={programs}");
    compare(seed, programs, false);
}

#[test]
fn so_do_random_programs_with_a_read_write_lock() {
    let seed = given("NBRUN_EXPLORE_SEED").unwrap_or(SEED);
    println!("NBRUN_EXPLORE_SEED={seed}");
    compare(seed, READ_WRITE_PROGRAMS, true);
}

/// Compares what exploring so many random programs finds with walking every order of their steps.
fn compare(seed: u64, programs: usize, read_write: bool) {
    let notebook = |number: usize| {
        let mut chance = Chance(seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
        let case = |n: usize| {
            if n % 5 == 4 {
                pool(&mut chance, read_write)
            } else {
                let (jobs, rooms) = jobs(&mut chance, read_write);
                spawn(&jobs, rooms)
            }
        };
        let cases: Vec<Case> = (0..CELLS.min(programs - number * CELLS)).map(case).collect();
        for (case, found) in cases.iter().zip(explored(&cases)) {
            assert_eq!(found, case.expected, "seed {seed}, {}:\n{}", case.kind, case.spec);
        }
    };
    let notebooks = programs.div_ceil(CELLS);
    // Two at a time: while one is compiled, the next is walked.
    thread::scope(|scope| {
        for first in 0..2 {
            scope.spawn(move || (first..notebooks).step_by(2).for_each(notebook));
        }
    });
}

#[test]
fn the_order_of_the_jobs_changes_nothing_but_their_numbers() {
    let seed = given("NBRUN_EXPLORE_SEED").unwrap_or(SEED);
    let mut chance = Chance(seed);
    let mut cases = Vec::new();
    let mut orders: Vec<(usize, Vec<usize>)> = Vec::new();
    for program in 0..20 {
        let (programs, rooms) = jobs(&mut chance, false);
        for order in permutations(programs.len()).into_iter().step_by(if programs.len() == 4 { 5 } else { 1 }) {
            let programs: Vec<Vec<Do>> = order.iter().map(|place| programs[*place].clone()).collect();
            cases.push(spawn(&programs, rooms));
            orders.push((program, order));
        }
    }
    let mut first: Option<(usize, BTreeMap<String, Found>)> = None;
    for ((found, case), (program, order)) in explored(&cases).into_iter().zip(&cases).zip(&orders) {
        // Workers go by the numbers that they have in the first order.
        let named = |text: String| {
            let mut parts: Vec<String> = text.split("; ").map(str::to_owned).collect();
            for part in &mut parts[1..] {
                let (number, how) = part.split_once(' ').expect("who, and how");
                let place = number.parse::<usize>().expect("a worker") - 1;
                *part = format!("{} {how}", order[place] + 1);
            }
            parts[1..].sort();
            parts.join("; ")
        };
        let found: BTreeMap<String, Found> = found.into_iter().map(|(text, found)| (named(text), found)).collect();
        match &first {
            Some((known, first)) if known == program => assert_eq!(&found, first, "seed {seed}:\n{}", case.spec),
            _ => first = Some((*program, found)),
        }
    }
}

#[test]
fn loops_that_ask_for_news_come_to_all_that_can_happen_and_nothing_else() {
    let seed = given("NBRUN_EXPLORE_SEED").unwrap_or(SEED);
    let mut chance = Chance(seed);
    let programs: Vec<(String, BTreeSet<String>)> = (0..CELLS).map(|_| loops(&mut chance)).collect();
    let cells = programs.iter().map(|(spec, _)| ("spawn", spec.as_str()));
    let (ran, record) = run(&SHARED.into_iter().chain(cells).collect::<Vec<_>>());
    let cells = all(&record);
    assert_eq!(cells.len(), programs.len(), "{}", ran.stderr);
    for ((spec, expected), (_, explored)) in programs.iter().zip(&cells) {
        let found: BTreeSet<String> = found(explored).into_keys().collect();
        assert_eq!((explored.coverage, &found), (Coverage::All, expected), "seed {seed}:\n{spec}");
    }
    assert!(cells.iter().filter(|(_, explored)| explored.loops_cut).count() > 20, "some of them wait");
}

/// All orders of so many.
fn permutations(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else { return vec![Vec::new()] };
    let insert = |order: Vec<usize>| {
        (0..count).rev().map(move |place| {
            let mut order = order.clone();
            order.insert(place, last);
            order
        })
    };
    permutations(last).into_iter().flat_map(insert).collect()
}
