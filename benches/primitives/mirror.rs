//! Rows for the mirror of `std`: the same jobs with it and with `std` itself, each in a notebook that nbrun runs.

use crate::common::median;
use crate::nbrun::{Nbrun, work};
use crate::rows::{Goal, Row, against, notebook, row};

/// How often the mutex is locked, and how many items are sent: fewer than what is noted of a worker or a thread.
const LOCKS: u64 = 60_000;
const ITEMS: u64 = 30_000;
/// How often each notebook's cell runs for one figure.
const RUNS: usize = 5;

/// How a notebook is run.
#[derive(Clone, Copy)]
enum Setting {
    Traced,
    Untraced,
    Real,
}

impl Setting {
    fn front_matter(self) -> &'static str {
        match self {
            Self::Traced => "{std: mirror}",
            Self::Untraced => "{std: mirror, trace: off}",
            Self::Real => "{std: real, trace: off}",
        }
    }
}

/// The time for one of `count` things that the job `work` does.
fn time(nbrun: &Nbrun, name: &str, setting: Setting, (jobs, count): (&str, u64)) -> f64 {
    let spec = format!("jobs: [work()]\nrepeat: {RUNS}");
    let text = format!("---\nnbrun: {}\n---\n{}", setting.front_matter(), notebook(jobs, &[("spawn", spec)]));
    let runs = nbrun.run(&format!("{name}-{}", setting as u8), &text);
    median(&runs.iter().map(work).collect::<Vec<_>>()) / count as f64
}

/// All rows about the mirror.
pub fn rows(nbrun: &Nbrun) -> Vec<Row<'_>> {
    let lock = move |setting| {
        let jobs = format!(
            "fn work() {{\n    let number = std::sync::Mutex::new(0_u64);\n    for _ in 0..{LOCKS} {{\n        \
             *std::hint::black_box(&number).lock().unwrap() += 1;\n    }}\n}}"
        );
        time(nbrun, "std-mutex", setting, (&jobs, LOCKS))
    };
    let item = move |setting| {
        let jobs = format!(
            "fn work() {{\n    let (sender, receiver) = std::sync::mpsc::channel();\n    \
             let thread = std::thread::spawn(move || (0..{ITEMS}).for_each(|i| sender.send(i).unwrap()));\n    \
             assert_eq!(receiver.iter().count(), {ITEMS});\n    thread.join().unwrap();\n}}"
        );
        time(nbrun, "std-mpsc", setting, (&jobs, ITEMS))
    };
    vec![
        row(
            "std Mutex, lock + unlock, traced",
            move || lock(Setting::Traced),
            vec![against("real std", Goal::Above(60e-9), move || lock(Setting::Real))],
        ),
        row(
            "std Mutex, lock + unlock, trace: off",
            move || lock(Setting::Untraced),
            vec![against("real std", Goal::Above(10e-9), move || lock(Setting::Real))],
        ),
        row(
            "std mpsc, an item, traced",
            move || item(Setting::Traced),
            vec![against("real std", Goal::TimesTheCost(2.0), move || item(Setting::Real))],
        ),
    ]
}
