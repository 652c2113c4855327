//! A cell that was run with one number of workers after another: a table, and what it says about the speed-up.

use super::amdahl::{self, Fit};
use super::group::{Group, runs_sentence, spread};
use super::options::RenderContext;
use super::results::push_values;
use super::speed_up::{self, Point, at_once};
use super::text::{escape, shorten, shown};
use super::units::{column, digits, durations, percent};
use super::words::Words;
use crate::model::Action;
use crate::record::ShownValue;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Appends the sweep of groups of runs, which say with how many workers they ran.
pub fn push(out: &mut String, groups: &[Group], context: RenderContext, id: &str) {
    let (words, cores) = (context.words, context.cores);
    let measured: Vec<&Group> = groups.iter().filter(|group| group.swept.is_some() && group.wall_ns() > 0).collect();
    let point = |group: &&Group| {
        let times_ns = group.runs.iter().map(|run| run.wall_ns).collect();
        Point { workers: group.swept.unwrap_or(0), times_ns, median_ns: group.wall_ns() }
    };
    let points: Vec<Point> = measured.iter().map(point).collect();
    let Some(base) = points.first() else { return };
    let fit = fit(&points, &measured, cores);
    let [workers, numbers @ ..] = words.sweep();
    let numbers: String = numbers.iter().map(|head| format!("<th class=\"right\">{head}</th>")).collect();
    let _ = writeln!(
        out,
        "<figure class=\"compare picture\"><p class=\"finding\">{}</p><div class=\"scroll\" tabindex=\"0\"><table><thead><tr>\
         <th>{workers}</th>{numbers}</tr></thead>\n<tbody>",
        escape(&finding(&points, &fit, words))
    );
    let speed = |point: &Point| base.median_ns as f64 / point.median_ns as f64;
    let speeds = column(&points.iter().map(speed).collect::<Vec<f64>>());
    let times = durations(&points.iter().map(|point| point.median_ns).collect::<Vec<u64>>());
    for (at, (point, group)) in points.iter().zip(&measured).enumerate() {
        let speed = speed(point);
        let ideal = f64::from(point.workers) / f64::from(base.workers);
        let _ = writeln!(
            out,
            "<tr><th>{}</th><td class=\"right\">{}</td><td class=\"right\">{}</td><td \
             class=\"right\">{}\u{a0}×</td><td class=\"right\">{}</td></tr>",
            point.workers,
            times[at],
            spread(group, words),
            speeds[at],
            escape(&percent((speed / ideal * 1000.0) as u64, 1000))
        );
    }
    out.push_str("</tbody></table></div>\n");
    speed_up::push(out, &points, context, fit.as_ref().ok(), id);
    let _ = writeln!(
        out,
        "<figcaption>{}{}</figcaption></figure>",
        escape(caption(&points, groups, context, &fit).trim_start()),
        speed_up::legend(words, fit.is_ok())
    );
}

/// Why no law is drawn.
#[derive(Debug, Clone, PartialEq)]
enum Unfit {
    /// More workers brought nothing, so there is nothing to explain.
    NoGain,
    /// The fastest times with the fewest workers and the slowest with the best number overlap.
    Overlap,
    /// Workers slept for this part of their time, and who sleeps needs no core.
    Sleeps(f64),
    /// At most one number of workers had a core for each of them.
    Few,
    /// The best fit is off by so much, on the whole and at the most.
    Misfit(f64, f64),
}

/// From this part of their time on, workers that sleep are not what the law is about.
const SLEPT: f64 = 0.1;
/// A law that is off by more than this does not explain what was measured.
const OFF: f64 = 0.1;

/// The part of their time that the workers of a group slept, all together.
fn slept(group: &Group) -> f64 {
    let of_workers = group.runs.iter().flat_map(|run| run.workers.iter().skip(1));
    let ran: u64 = of_workers.map(|worker| worker.end_ns.saturating_sub(worker.start_ns)).fold(0, u64::saturating_add);
    let events =
        group.runs.iter().flat_map(|run| &run.trace).filter(|event| event.action == Action::Sleep && event.worker > 0);
    let slept = events.map(|event| event.duration_ns).fold(0, u64::saturating_add);
    slept as f64 / ran.max(1) as f64
}

/// Amdahl's law, fitted to all runs, or why it says nothing about them. More workers than cores take turns, and count as so
/// many cores.
fn fit(points: &[Point], groups: &[&Group], cores: u32) -> Result<Fit, Unfit> {
    let (Some(base), Some(best)) = (points.first(), best(points)) else { return Err(Unfit::Few) };
    if best.workers == base.workers {
        return Err(Unfit::NoGain);
    }
    if base.times_ns.len() > 1 && best.times_ns.iter().max() >= base.times_ns.iter().min() {
        return Err(Unfit::Overlap);
    }
    let slept = groups.iter().map(|group| slept(group)).fold(0.0, f64::max);
    if slept > SLEPT {
        return Err(Unfit::Sleeps(slept));
    }
    let pair = |point: &Point, time: u64| (at_once(point.workers, cores), time as f64);
    let pairs: Vec<(f64, f64)> =
        points.iter().flat_map(|point| point.times_ns.iter().map(move |time| pair(point, *time))).collect();
    let fit = amdahl::fit(&pairs).ok_or(Unfit::Few)?;
    let gain = base.median_ns as f64 / best.median_ns as f64;
    // A law by which nothing can be as fast as what was measured is none.
    let is_contradicted =
        gain > (1.0 + OFF) * fit.time(at_once(base.workers, cores)) / fit.serial.max(f64::MIN_POSITIVE);
    let is_off = points.iter().any(|point| is_off(point, fit.time(at_once(point.workers, cores))));
    if fit.rms > OFF || is_off || is_contradicted { Err(Unfit::Misfit(fit.rms, fit.worst)) } else { Ok(fit) }
}

/// Whether a law does not explain a point: it is further from the median than it may be, and than the runs are from each other.
fn is_off(point: &Point, law_ns: f64) -> bool {
    let (fast, slow) = (point.times_ns.iter().min().copied(), point.times_ns.iter().max().copied());
    let is_within = fast.is_some_and(|fast| fast as f64 <= law_ns) && slow.is_some_and(|slow| law_ns <= slow as f64);
    let median_ns = point.median_ns as f64;
    !is_within && (law_ns - median_ns).abs() > OFF * median_ns
}

/// What there is to be seen, as a title.
fn finding(points: &[Point], fit: &Result<Fit, Unfit>, words: Words) -> String {
    let (Some(base), Some(best)) = (points.first(), best(points)) else { return String::new() };
    match fit {
        Err(Unfit::NoGain) => words.no_gain(base.workers.into()),
        Err(Unfit::Overlap) => words.times_overlap(best.workers.into(), base.workers.into()),
        _ => words.gain(best.workers.into(), &digits(base.median_ns as f64 / best.median_ns as f64), base.workers),
    }
}

/// The number of workers with which it was fastest.
fn best(points: &[Point]) -> Option<&Point> {
    points.iter().min_by_key(|point| point.median_ns)
}

fn caption(points: &[Point], groups: &[Group], context: RenderContext, fit: &Result<Fit, Unfit>) -> String {
    let (words, cores) = (context.words, context.cores);
    let off = |part: f64| percent((part * 1000.0).round() as u64, 1000);
    let mut text = match fit {
        Err(Unfit::NoGain | Unfit::Overlap) | Ok(_) => String::new(),
        Err(Unfit::Sleeps(part)) => words.no_law_asleep(&off(*part)),
        Err(Unfit::Few) => words.no_law_few().to_owned(),
        Err(Unfit::Misfit(rms, worst)) => words.no_law_misfit(&off(*rms), &off(*worst)),
    };
    if let Ok(fit) = fit {
        let serial = fit.serial_part();
        let limit = (serial > 0.005).then(|| digits(1.0 / serial));
        text.push_str(&words.serial_part(&off(serial), serial > 0.995, limit.as_deref()));
        let distinct = points.iter().map(|point| point.workers.min(cores)).collect::<BTreeSet<_>>();
        if distinct.len() > 2 || points.iter().any(|point| point.times_ns.len() > 1) {
            text.push_str(&words.fit_is_off(&off(fit.rms), &off(fit.worst)));
        } else {
            text.push_str(&words.fit_of_two(&off(fit.worst)));
        }
        if points.iter().any(|point| point.workers > cores) {
            text.push_str(&words.take_turns(cores.into()));
        }
    }
    text.push_str(&runs_sentence(groups, context));
    text
}

/// How many columns of a value stand in the table.
const SHOWN: usize = 80;

/// Appends what the runs with each number of workers showed, if they showed anything.
pub fn push_shown(out: &mut String, groups: &[Group], context: RenderContext) {
    let mut runs = groups.iter().flat_map(|group| &group.runs);
    let Some(first) = runs.clone().find(|run| !run.results.is_empty()) else { return };
    if runs.all(|run| run.results == first.results) {
        push_values(out, &first.results, context.theirs);
        return;
    }
    let [workers, ..] = context.words.sweep();
    let head = |value: &ShownValue| match &value.label {
        Some(label) => format!("<th>{}</th>", shown(label)),
        None => format!("<th><code>{}</code></th>", shown(&value.expression)),
    };
    let heads: String = first.results.iter().map(head).collect();
    let _ = writeln!(
        out,
        "<div class=\"scroll\" tabindex=\"0\"><table class=\"workers by-number\"><thead><tr><th>{workers}</th>{heads}</tr></thead>\n<tbody>"
    );
    for group in groups {
        let cell = |at: usize| {
            let mut texts: Vec<&str> =
                group.runs.iter().filter_map(|run| run.results.get(at)).map(|value| value.text.as_str()).collect();
            texts.sort_unstable();
            texts.dedup();
            let code = |text: &&str| format!("<code>{}</code>", shown(&shorten(text, SHOWN)));
            let codes: Vec<String> = texts.iter().map(code).collect();
            match codes.as_slice() {
                [] => "<td>–</td>".to_owned(),
                all => format!("<td>{}</td>", context.words.either(all)),
            }
        };
        let cells: String = (0..first.results.len()).map(cell).collect();
        let _ = writeln!(out, "<tr><th>{}</th>{cells}</tr>", group.swept.unwrap_or(0));
    }
    out.push_str("</tbody></table></div>\n");
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
        push(&mut out, &groups, RenderContext { cores, ..fixture::context() }, "x");
        out.replace('\u{a0}', " ")
    }

    #[test]
    fn the_serial_part_and_its_limit_are_named() {
        let page = page(&[(1, &[100, 100]), (2, &[60, 60]), (4, &[40, 40])], 8);
        assert!(page.contains("<p class=\"finding\">4 workers made it 2.5 times as fast as 1</p>"), "{page}");
        assert!(page.contains(
            "20 % of one worker’s time is serial, so that no number of workers could make it more than 5 times"
        ));
        assert!(page.contains("off by 0 %, and by 0 % at the most. Medians of 2 runs each, on 8 cores."), "{page}");
        assert_eq!(page.matches("<circle class=\"measured\"").count(), 2 * 3 + 1);
    }

    #[test]
    fn more_workers_than_cores_count_as_the_cores() {
        let page = page(&[(1, &[100]), (2, &[50]), (8, &[50])], 2);
        assert!(page.contains("0 % of one worker’s time is serial; the fit is off by 0 %"), "{page}");
        assert!(page.contains("With more workers than the 2 cores they take turns."));
        assert!(page.contains(">more workers than the 2 cores</text>"));
    }

    #[test]
    fn a_sweep_that_gains_nothing_says_so_and_has_no_law() {
        let page = page(&[(1, &[10]), (2, &[12])], 2);
        assert!(
            page.contains(">More than 1 worker did not make it faster</p>")
                && page.contains("<figcaption>One run each"),
            "{page}"
        );
        assert!(!page.contains("Amdahl") && !page.contains("class=\"fitted\""), "{page}");
    }

    #[test]
    fn a_law_that_is_far_off_is_not_drawn_and_the_page_says_why() {
        let page = page(&[(1, &[1600]), (2, &[800]), (4, &[400]), (16, &[100])], 2);
        assert!(
            page.contains(">16 workers made it 16 times as fast as 1</p>")
                && page.contains("<figcaption>Amdahl’s law does not explain these times"),
            "{page}"
        );
        assert!(!page.contains("class=\"fitted\"") && !page.contains("serial"), "{page}");
    }

    #[test]
    fn a_law_that_is_far_from_one_point_is_not_drawn() {
        let with = |last: u64| {
            let times: Vec<(u32, [u64; 1])> = (1..=8).map(|n| (n, [840 / u64::from(n)])).collect();
            let mut times: Vec<(u32, &[u64])> = times.iter().map(|(n, time)| (*n, &time[..])).collect();
            let last = [last];
            times[7].1 = &last;
            page(&times, 16)
        };
        assert!(with(106).contains("class=\"fitted\""));
        let page = with(125);
        assert!(!page.contains("class=\"fitted\"") && page.contains("does not explain these times"), "{page}");
    }

    #[test]
    fn times_that_overlap_tell_nothing() {
        let page = page(&[(1, &[90, 100, 110]), (2, &[80, 85, 120])], 2);
        assert!(
            page.contains("The times with 2 workers and with 1 worker overlap, so these runs do not tell"),
            "{page}"
        );
        assert!(!page.contains("times as fast") && !page.contains("class=\"fitted\""), "{page}");
    }

    #[test]
    fn who_sleeps_needs_no_core_and_has_no_law() {
        let runs: Vec<RunOutcome> = [1, 2]
            .into_iter()
            .map(|workers| RunOutcome {
                wall_ns: 100_000_000 / workers,
                swept: Some(workers as u32),
                ..fixture::two_workers()
            })
            .collect();
        let group = |run| Group { executor: None, swept: None, runs: vec![run] };
        let groups: Vec<Group> = runs.iter().map(|run| Group { swept: run.swept, ..group(run) }).collect();
        let mut out = String::new();
        push(&mut out, &groups, fixture::context(), "x");
        let out = out.replace('\u{a0}', " ");
        assert!(
            out.contains(">2 workers made it 2 times as fast as 1</p>")
                && out.contains("<figcaption>Its workers slept up to 22 % of their time"),
            "{out}"
        );
        assert!(!out.contains("class=\"fitted\""), "{out}");
    }

    #[test]
    fn what_was_shown_is_listed_for_each_number_of_workers() {
        let shown = |workers, text: &str| RunOutcome {
            swept: Some(workers),
            results: vec![ShownValue { label: Some("<n>".into()), expression: "n".into(), text: text.into() }],
            ..RunOutcome::default()
        };
        let runs = [shown(1, "7"), shown(2, "8"), shown(2, "7")];
        let group = |from: usize, to: usize| Group {
            executor: None,
            swept: runs[from].swept,
            runs: runs[from..to].iter().collect(),
        };
        let mut out = String::new();
        push_shown(&mut out, &[group(0, 1), group(1, 3)], fixture::context());
        assert!(out.contains("<th>&lt;n&gt;</th>"), "{out}");
        assert!(out.contains("<th>1</th><td><code>7</code></td>"), "{out}");
        assert!(out.contains("<th>2</th><td><code>7</code> or <code>8</code></td>"), "{out}");
        let mut same = String::new();
        push_shown(&mut same, &[group(0, 1), group(2, 3)], fixture::context());
        assert!(same.contains("<dd><pre>7</pre></dd>") && !same.contains("<table"), "{same}");
    }

    #[test]
    fn less_than_a_percent_is_no_tag() {
        let page = page(&[(1, &[1]), (1000, &[1])], 1000);
        assert!(page.contains("&lt; 1 %") && !page.contains("< "), "{page}");
    }
}
