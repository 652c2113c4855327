//! The first lesson as a whole program: against the same lesson as a Jupyter notebook, and nbrun's own share of its time.
//!
//! A bench measures and asserts nothing about speed. Sides alternate round by round, so that whatever else the machine
//! does meets both; what is compared is each round's ratio.

mod breakdown;
#[path = "../common/mod.rs"]
mod common;
mod jupyter;
mod lesson;
mod program;

use common::python::Python;
use common::table::{self, ms, verdict};
use common::{Cost, is_tried, least, machine, median};
use jupyter::Jupyter;
use lesson::Lesson;
use program::{Nbrun, State};
use std::path::Path;
use std::time::{Duration, Instant};

/// How many rounds there are of each comparison, if time allows.
const ROUNDS: usize = 5;
/// And of the one in which Jupyter counts as far as nbrun, which takes it a while.
const LONG_ROUNDS: usize = 2;
/// And of nbrun alone.
const OVERHEAD_ROUNDS: usize = 15;
/// And of the lesson as readers get it.
const WHOLE_ROUNDS: usize = 3;
/// No round begins later than this.
const BUDGET: Duration = Duration::from_secs(150);

/// How far the comparison's jobs count in the lesson, and in the Python post that it follows.
const FAR: u64 = 20_000_000;
const NEAR: u64 = 1_000_000;

/// How many times faster than Jupyter nbrun is to be, by the state of its cache.
const GOALS: [(State, f64); 3] = [(State::Cold, 5.0), (State::Edited, 5.0), (State::Warm, 20.0)];
/// How long nbrun's own work may take on a warm lesson, in milliseconds.
const OVERHEAD_GOAL: f64 = 50.0;

fn main() {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    println!("{}", machine::describe());
    let python = if is_tried() { Err("the bench is only tried".to_owned()) } else { Python::with_jupyter(scratch) };
    let started = Instant::now();
    let rounds =
        |most: usize| (0..common::rounds(most)).take_while(move |round| *round == 0 || started.elapsed() < BUDGET);
    let nbrun = Nbrun::new(&scratch.join("nbrun"));

    own_share(&nbrun, rounds(OVERHEAD_ROUNDS));
    whole_lesson(&nbrun, rounds(WHOLE_ROUNDS));
    match &python {
        Ok(python) => {
            println!("\nAgainst Jupyter ({}), without naps; medians\n", python.describe());
            against_jupyter(&nbrun, &Jupyter::new(python, &scratch.join("notebook")), &rounds);
        }
        Err(why) => println!("\nThere is nothing to compare nbrun with, for there is no Jupyter: {why}"),
    }
    println!("\nAll in {:.0} s.", started.elapsed().as_secs_f64());
}

/// What each side took, round by round.
#[derive(Default)]
struct Sides {
    ours: Vec<Cost>,
    theirs: Vec<Cost>,
}

impl Sides {
    fn row(&self, what: String, goal: Option<f64>) -> Vec<String> {
        let ratios: Vec<f64> =
            self.ours.iter().zip(&self.theirs).map(|(ours, theirs)| theirs.wall / ours.wall).collect();
        let (ratio, spread) = (median(&ratios), (least(&ratios), ratios.iter().copied().fold(0.0, f64::max)));
        let wall = |costs: &[Cost]| ms(median(&costs.iter().map(|cost| cost.wall).collect::<Vec<_>>()));
        let cpu = |costs: &[Cost]| ms(median(&costs.iter().map(|cost| cost.cpu).collect::<Vec<_>>()));
        let goal = goal.map_or([String::new(), String::new()], |goal| [format!("≥ {goal}×"), verdict(ratio >= goal)]);
        let mut row = vec![what, wall(&self.ours), cpu(&self.ours), wall(&self.theirs), cpu(&self.theirs)];
        row.extend([format!("{ratio:.1}×"), format!("{:.1}–{:.1}×", spread.0, spread.1)]);
        row.extend(goal);
        row
    }
}

/// The same lesson on both sides. Only the comparison cell differs: as they are, nbrun's jobs count to 20,000,000 and
/// Python's to 1,000,000, as in the post. So both are also given the same work, once the little and once the much.
fn against_jupyter<R: Iterator<Item = usize>>(nbrun: &Nbrun, jupyter: &Jupyter, rounds: &impl Fn(usize) -> R) {
    let (as_it_is, with_near) = (Lesson::without_naps(FAR), Lesson::without_naps(NEAR));
    let mut sides: Vec<Sides> = (0..2 * GOALS.len()).map(|_| Sides::default()).collect();
    for _ in rounds(ROUNDS) {
        let theirs = jupyter.run(NEAR);
        let cases = [&as_it_is, &with_near].into_iter().flat_map(|ours| GOALS.map(|(state, _)| (ours, state)));
        for (side, (ours, state)) in sides.iter_mut().zip(cases) {
            side.ours.push(nbrun.run(ours, state));
            side.theirs.push(theirs);
        }
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    let kinds = ["as they are: 20 M and 1 M", "both count to 1 M"];
    for (kind, sides) in kinds.iter().zip(sides.chunks(GOALS.len())) {
        rows.extend(
            sides.iter().zip(GOALS).map(|(side, (state, goal))| side.row(format!("{kind}, {state}"), Some(goal))),
        );
    }
    let mut long = Sides::default();
    for _ in rounds(LONG_ROUNDS) {
        long.theirs.push(jupyter.run(FAR));
        long.ours.push(nbrun.run(&as_it_is, State::Warm));
    }
    rows.push(long.row(format!("both count to 20 M, {}", State::Warm), GOALS.last().map(|(_, goal)| *goal)));
    let header = ["lesson", "nbrun", "its CPU", "Jupyter", "its CPU", "ratio", "least–most", "goal", ""];
    table::print(&header, &rows);
}

/// Everything but the jobs.
fn own_share(nbrun: &Nbrun, rounds: impl Iterator<Item = usize>) {
    let lesson = Lesson::without_naps(FAR);
    let _ = nbrun.run_recorded(&lesson);
    let (mut walls, mut jobs, mut own) = (Vec::new(), Vec::new(), Vec::new());
    for _ in rounds {
        let (cost, in_jobs) = nbrun.run_recorded(&lesson);
        walls.push(cost.wall);
        jobs.push(in_jobs);
        own.push(cost.wall - in_jobs);
    }
    println!("\nnbrun's own share of a warm lesson: the whole program, less the cells' run times in its record\n");
    let goal = |millis: f64| [format!("< {OVERHEAD_GOAL} ms"), verdict(millis < OVERHEAD_GOAL)];
    let row = |what: &str, values: &[f64]| vec![what.to_owned(), ms(median(values)), ms(least(values))];
    let mut rows = vec![row("whole program", &walls), row("running the cells", &jobs), row("nbrun's own share", &own)];
    rows[2].extend(goal(median(&own)));
    table::print(&["", "median", "least", "goal", ""], &rows);
    println!("\nWhere it goes, by calling the stages one by one\n");
    table::print(&["", "median", "least"], &breakdown::measure_stages(nbrun, &lesson));
}

/// The lesson as readers get it, naps and all, for the figures in the README.
fn whole_lesson(nbrun: &Nbrun, rounds: impl Iterator<Item = usize>) {
    let lesson = Lesson::whole();
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for _ in rounds {
        cold.push(nbrun.run(&lesson, State::Cold).wall);
        warm.push(nbrun.run(&lesson, State::Warm).wall);
    }
    println!("\nThe lesson as it is printed, which naps for 1.6 s; medians\n");
    let row = |state: State, values: &[f64]| vec![state.to_string(), ms(median(values)), ms(least(values))];
    table::print(&["", "median", "least"], &[row(State::Cold, &cold), row(State::Warm, &warm)]);
}
