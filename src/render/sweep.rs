//! A cell that was run with one number of workers after another: a table, and what it says about the speed-up.

use super::amdahl::{self, Fit};
use super::cell::Group;
use super::compare::{runs_sentence, spread};
use super::look::Manner;
use super::speed_up;
use super::text::escape;
use super::units::{digits, duration, percent};
use std::fmt::Write;

/// A number of workers, and how long the cell took with it.
pub struct Point {
    /// The number.
    pub workers: u32,
    /// How long each run took.
    pub times_ns: Vec<u64>,
    /// The median of that.
    pub median_ns: u64,
}

/// Appends the sweep of groups of runs, which say with how many workers they ran.
pub fn push(out: &mut String, groups: &[Group], manner: Manner, id: &str) {
    let (words, cores) = (manner.words, manner.cores);
    let measured: Vec<&Group> = groups.iter().filter(|group| group.swept.is_some() && group.wall_ns() > 0).collect();
    let point = |group: &&Group| {
        let times_ns = group.runs.iter().map(|run| run.wall_ns).collect();
        Point { workers: group.swept.unwrap_or(0), times_ns, median_ns: group.wall_ns() }
    };
    let points: Vec<Point> = measured.iter().map(point).collect();
    let Some(base) = points.first() else { return };
    let [workers, numbers @ ..] = words.sweep();
    let numbers: String = numbers.iter().map(|head| format!("<th scope=\"col\" class=\"right\">{head}</th>")).collect();
    let _ = writeln!(
        out,
        "<figure class=\"compare\"><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th \
         scope=\"col\">{workers}</th>{numbers}</tr></thead>\n<tbody>"
    );
    for (point, group) in points.iter().zip(measured) {
        let speed = base.median_ns as f64 / point.median_ns as f64;
        let ideal = f64::from(point.workers) / f64::from(base.workers);
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"right\">{}</td><td class=\"right\">{}</td><td \
             class=\"right\">{}\u{a0}×</td><td class=\"right\">{}</td></tr>",
            point.workers,
            duration(point.median_ns),
            spread(group, words),
            digits(speed),
            escape(&percent((speed / ideal * 1000.0) as u64, 1000))
        );
    }
    let fit = fit(&points, cores);
    out.push_str("</tbody></table></div>\n");
    speed_up::push(out, &points, manner, fit.as_ref(), id);
    let _ = writeln!(
        out,
        "<figcaption>{}{}</figcaption></figure>",
        escape(&caption(&points, groups, manner, fit.as_ref())),
        speed_up::legend(words)
    );
}

/// How many workers can be at work at once.
pub fn at_once(workers: u32, cores: u32) -> f64 {
    f64::from(workers.min(cores.max(1)))
}

/// Amdahl's law, fitted to all runs. More workers than cores take turns, and count as so many cores.
fn fit(points: &[Point], cores: u32) -> Option<Fit> {
    let pair = |point: &Point, time: u64| (at_once(point.workers, cores), time as f64);
    let pairs: Vec<(f64, f64)> =
        points.iter().flat_map(|point| point.times_ns.iter().map(move |time| pair(point, *time))).collect();
    amdahl::fit(&pairs)
}

fn caption(points: &[Point], groups: &[Group], manner: Manner, fit: Option<&Fit>) -> String {
    let (words, cores) = (manner.words, manner.cores);
    let Some(base) = points.first() else { return String::new() };
    let Some(best) = points.iter().min_by_key(|point| point.median_ns) else { return String::new() };
    let mut text = if best.workers == base.workers {
        words.no_gain(base.workers.into())
    } else {
        words.gain(best.workers.into(), &digits(base.median_ns as f64 / best.median_ns as f64), base.workers)
    };
    if let Some(fit) = fit {
        let serial = fit.serial_part();
        let off = |part: f64| percent((part * 1000.0).round() as u64, 1000);
        let limit = (serial > 0.005).then(|| digits(1.0 / serial));
        text.push_str(&words.serial_part(&off(serial), serial > 0.995, limit.as_deref()));
        let distinct = points.iter().map(|point| point.workers.min(cores)).collect::<std::collections::BTreeSet<_>>();
        if distinct.len() > 2 || points.iter().any(|point| point.times_ns.len() > 1) {
            text.push_str(&words.fit_is_off(&off(fit.rms), &off(fit.worst)));
        } else {
            text.push_str(&words.fit_of_two(&off(fit.worst)));
        }
        if points.iter().any(|point| point.workers > cores) {
            text.push_str(&words.take_turns(cores.into()));
        }
    }
    text.push_str(&runs_sentence(groups, manner));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::RunOutcome;
    use crate::render::fixture;

    fn page(times: &[(u32, &[u64])], cores: u32) -> String {
        let runs: Vec<Vec<RunOutcome>> = times
            .iter()
            .map(|(workers, times)| {
                let run = |wall: &u64| RunOutcome {
                    wall_ns: wall * 1_000_000,
                    swept: Some(*workers),
                    ..RunOutcome::default()
                };
                times.iter().map(run).collect()
            })
            .collect();
        let groups: Vec<Group> = runs
            .iter()
            .map(|runs| Group { executor: None, swept: runs[0].swept, runs: runs.iter().collect() })
            .collect();
        let mut out = String::new();
        push(&mut out, &groups, Manner { cores, ..fixture::manner() }, "x");
        out.replace('\u{a0}', " ")
    }

    #[test]
    fn the_serial_part_and_its_limit_are_named() {
        let page = page(&[(1, &[100, 100]), (2, &[60, 60]), (4, &[40, 40])], 8);
        assert!(page.contains("4 workers made it 2.5 times as fast as 1."), "{page}");
        assert!(page.contains(
            "20 % of one worker’s time is serial, so that no number of workers could make it more than 5 times"
        ));
        assert!(page.contains("off by 0 %, and by 0 % at the most. Medians of 2 runs each, on 8 cores."), "{page}");
        assert_eq!(page.matches("<circle class=\"measured\"").count(), 3 + 1);
    }

    #[test]
    fn more_workers_than_cores_count_as_the_cores() {
        let page = page(&[(1, &[100]), (2, &[50]), (8, &[50])], 2);
        assert!(page.contains("0 % of one worker’s time is serial; the fit is off by 0 %"), "{page}");
        assert!(page.contains("With more workers than the 2 cores they take turns."));
        assert!(page.contains(">2 cores</text>"));
    }

    #[test]
    fn a_sweep_that_gains_nothing_says_so() {
        assert!(page(&[(1, &[10]), (2, &[12])], 2).contains("More than 1 worker did not make it faster."));
    }

    #[test]
    fn less_than_a_percent_is_no_tag() {
        let page = page(&[(1, &[1]), (1000, &[1])], 1000);
        assert!(page.contains("&lt; 1 %") && !page.contains("< "), "{page}");
    }
}
