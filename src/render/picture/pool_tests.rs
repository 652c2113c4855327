//! The picture of a pool says of each worker how it ended: tried on pools that are made up.

use super::fitted_tests::{page, seed};
use super::simulated_jobs::Chance;
use crate::model::Action;
use crate::record::{Executor, ExitStatus, RunOutcome};
use crate::render::fixture::{event, task, worker};

/// A worker of a pool at work: its number, how far it is, and how many tasks it may still do.
struct AtWork(u32, u64, u64);

/// A pool: its workers take chunks of tasks in order of time. Some are killed, and with a limit each retires; both have a
/// successor. Gives the run, and how many retired.
pub fn pool(chance: &mut Chance) -> (RunOutcome, usize) {
    let (chunk, prepare_ns) = (chance.below(2) + 1, chance.below(2) * 5_000_000);
    let limit = if chance.below(2) == 0 { u64::MAX } else { 4 };
    let (mut left, mut next, mut retired) = (chance.below(30) + 4, 0, 0);
    let mut run = RunOutcome::default();
    run.workers.push(worker("main", Executor::Normal, 0, 0));
    let begin = |run: &mut RunOutcome, now: u64| {
        let number = run.workers.len() as u32;
        run.workers.push(worker(&format!("w-{number}"), Executor::Process, now, now));
        if prepare_ns > 0 {
            run.trace.push(event(number, now, prepare_ns, Action::Prepare, None));
        }
        AtWork(number, now + prepare_ns, limit)
    };
    let places = chance.below(3) + 1;
    let mut at_work: Vec<AtWork> = (0..places).map(|place| begin(&mut run, 2_000_000 + place * 7)).collect();
    while let Some(place) = (0..at_work.len()).min_by_key(|place| at_work[*place].1) {
        let AtWork(number, now, room) = at_work[place];
        let one = number as usize;
        run.workers[one].end_ns = now;
        let is_killed = left > 0 && chance.below(12) == 0;
        if left == 0 {
            at_work.remove(place);
        } else if is_killed || room < chunk {
            retired += usize::from(!is_killed);
            if is_killed {
                run.workers[one].exit =
                    ExitStatus::Signaled { signal: 9, name: "SIGKILL".into(), stack_overflow: false };
            }
            at_work[place] = begin(&mut run, now + 200_000 + chance.below(99));
        } else {
            let many = chunk.min(left);
            let mut end_ns = now;
            for index in next..next + many {
                let length = 1_000_000 + chance.below(4_000_000);
                run.trace.push(event(number, end_ns, length, task(index), None));
                end_ns += length;
            }
            run.trace.push(event(number, now, end_ns - now, Action::TakeTasks { first: next, count: many }, None));
            run.workers[one].tasks += many;
            (left, next) = (left - many, next + many);
            at_work[place] = AtWork(number, end_ns, room - many);
        }
    }
    run.wall_ns = run.end_ns() + 1_000_000;
    run.workers[0].end_ns = run.wall_ns;
    run.trace.sort_by_key(|event| event.at_ns);
    (run, retired)
}

#[test]
fn a_lane_of_a_pool_ends_with_its_worker_and_says_how() {
    let mut chance = Chance(seed() | 1);
    for number in 0..150 {
        let (run, retired) = pool(&mut chance);
        let page = page("pool", run.clone(), Vec::new());
        let (_, caption, _) = &page.figures[0];
        let what = format!("pool {number}: {caption}");
        let svg = page.text.split("<svg class=\"lanes\"").nth(1).and_then(|rest| rest.split("</svg></svg>").next());
        let svg = svg.expect("a picture");
        assert_eq!(svg.matches(">✓ retired</text>").count(), retired, "{what}");
        let killed = run.workers.iter().filter(|worker| !worker.exit.is_success()).count();
        assert_eq!(svg.matches(">✗ SIGKILL</text>").count(), killed, "{what}");
        let prepared = run.trace.iter().filter(|event| event.action == Action::Prepare).count();
        assert_eq!(svg.matches("class=\"prepare ").count(), prepared, "{what}");
        let done = run.workers.len() - 1 - killed - retired;
        assert!(svg.matches("class=\"idle\"").count() <= done, "{what}");
        let last = |worker: &crate::record::WorkerOutcome| {
            !worker.exit.is_success() && caption.contains(&format!(" {} ended ", worker.name))
        };
        assert!(!run.workers.iter().any(last), "{what}");
        let tasks: u64 = run.workers.iter().map(|worker| worker.tasks).sum();
        let told = caption.split_once(": ").map_or("", |(_, shares)| shares.split('.').next().unwrap_or(""));
        let numbers = told.split([',', ' ']).collect::<Vec<_>>();
        let told: u64 = numbers
            .windows(2)
            .filter(|pair| pair[0] == "did" || pair[0] == "others")
            .filter_map(|pair| pair[1].parse::<u64>().ok())
            .sum();
        assert_eq!(told, tasks, "{what}");
        assert!(caption.starts_with(&format!("{tasks} tasks ")), "{what}");
        assert!(!caption.contains("nothing left to do"), "{what}");
    }
}
