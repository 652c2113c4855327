//! Every primitive against CPython's multiprocessing and against the floor that the machine allows.
//!
//! A bench measures and asserts nothing about speed. In each round a row's sides follow one another at once, so that
//! whatever else the machine does meets all of them; what is compared is each round's ratio, and its median is judged.

#[path = "../common/mod.rs"]
mod common;
mod cpython;
mod floor;
mod mirror;
mod nbrun;
mod rows;
mod table;

use common::{machine, median};
use cpython::Python;
use nbrun::Nbrun;
use rows::{Goal, Row};
use std::path::Path;
use std::time::{Duration, Instant};

/// How many rounds there are, if time allows.
const ROUNDS: usize = 7;
/// No round begins later than this.
const BUDGET: Duration = Duration::from_secs(120);

fn main() {
    // An argument that is no option names the rows that are wanted, by a part of their names.
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let floors: [fn(usize) -> f64; 2] = [floor::process_start_join, floor::first_thread_start_join];
    if let Some(which) = floor::ALONE.iter().position(|name| std::env::args().nth(1).as_deref() == Some(name)) {
        println!("{}", floors[which](rows::STARTS));
        return;
    }
    let started = Instant::now();
    println!("{}", machine::describe());
    let nbrun = Nbrun::new(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("primitives"));
    let python = Python::find();
    match &python {
        Ok(python) => println!("CPython is {}", python.version),
        Err(why) => println!("CPython is left out: {why}"),
    }
    let mut rows = rows::all(&nbrun, python.as_ref().ok());
    rows.retain(|row| wanted.as_ref().is_none_or(|wanted| row.what.contains(wanted.as_str())));
    // By row, side (nbrun's own first) and round.
    let mut figures: Vec<Vec<Vec<f64>>> = rows.iter().map(|row| vec![Vec::new(); 1 + row.references.len()]).collect();
    for round in 0..=common::rounds(ROUNDS) {
        if round > 1 && started.elapsed() > BUDGET {
            break;
        }
        for (row, sides) in rows.iter().zip(&mut figures) {
            let calls = std::iter::once(&row.ours).chain(row.references.iter().map(|reference| &reference.measure));
            for (call, values) in calls.zip(sides) {
                let value = call();
                // The first round compiles the notebooks and wakes the machine up.
                if round > 0 {
                    values.push(value);
                }
            }
        }
    }
    let lines: Vec<Vec<String>> = rows.iter().zip(&figures).flat_map(|(row, sides)| lines(row, sides)).collect();
    let rounds = figures[0][0].len();
    println!("\nTime for one, medians of {rounds} rounds; the ratio is the median of the rounds' ratios\n");
    table::print(&["what", "nbrun", "against", "its time", "ratio", "least–most", "goal", ""], &lines);
    println!("\nAll in {:.0} s.", started.elapsed().as_secs_f64());
}

/// A line for each reference of a row.
fn lines(row: &Row<'_>, sides: &[Vec<f64>]) -> Vec<Vec<String>> {
    let (ours, theirs) = sides.split_first().expect("nbrun's own side");
    let line = |(reference, theirs): (&rows::Reference<'_>, &Vec<f64>)| {
        let rounds = ours.iter().zip(theirs);
        let ratios: Vec<f64> = match reference.goal {
            Goal::TimesFaster(_) | Goal::Faster => rounds.map(|(ours, theirs)| theirs / ours).collect(),
            Goal::TimesTheCost(_) | Goal::Cost => rounds.map(|(ours, theirs)| ours / theirs).collect(),
            Goal::Above(_) => rounds.map(|(ours, theirs)| (ours - theirs) * 1e9).collect(),
        };
        let ratio = median(&ratios);
        let (least, most) = ratios.iter().fold((f64::MAX, f64::MIN), |(least, most), r| (least.min(*r), most.max(*r)));
        let (unit, goal, met) = match reference.goal {
            Goal::TimesFaster(goal) => ("× faster", format!("≥ {goal}"), verdict(ratio >= goal)),
            Goal::TimesTheCost(goal) => ("× its time", format!("≤ {goal}"), verdict(ratio <= goal)),
            Goal::Above(goal) => {
                (" ns above", format!("≤ {}", table::figures(goal * 1e9)), verdict(ratio <= goal * 1e9))
            }
            Goal::Faster => ("× faster", String::new(), ""),
            Goal::Cost => ("× its time", String::new(), ""),
        };
        vec![
            row.what.to_owned(),
            table::time(median(ours)),
            reference.what.to_owned(),
            table::time(median(theirs)),
            format!("{}{unit}", table::figures(ratio)),
            format!("{}–{}", table::figures(least), table::figures(most)),
            goal,
            met.to_owned(),
        ]
    };
    row.references.iter().zip(theirs).map(line).collect()
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "NOT MET" }
}
