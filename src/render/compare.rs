//! One table that compares executors: time, start cost, speed-up, and a bar for each.

use super::cell::Group;
use super::units::{digits, duration, plural};
use crate::record::{Executor, RunOutcome};
use std::fmt::Write;

/// Appends the comparison of at least two groups of runs.
pub fn push(out: &mut String, groups: &[Group], cores: u32) {
    let longest = groups.iter().map(Group::wall_ns).max().unwrap_or(0).max(1);
    let base = groups.iter().find(|group| group.executor == Some(Executor::Normal));
    let speed_head = base.map(|_| "<th scope=\"col\" class=\"right\">speed-up</th>").unwrap_or_default();
    let repeated = groups.iter().any(|group| group.runs.len() > 1);
    let spread_head = if repeated { "<th scope=\"col\" class=\"right\">fastest to slowest</th>" } else { "" };
    let _ = writeln!(
        out,
        "<figure class=\"compare\"><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">executor</th>\
         <th scope=\"col\" class=\"right\">time</th>{spread_head}<th scope=\"col\" class=\"right\">of it starting</th>{speed_head}\
         <th scope=\"col\" class=\"bars\"><span class=\"sr\">bar</span></th></tr></thead>\n<tbody>"
    );
    for group in groups {
        let start = starting_ns(group);
        let speed = base.map(|base| {
            let speed = match group.wall_ns() {
                0 => "–".to_owned(),
                wall => format!("{}\u{a0}×", digits(base.wall_ns() as f64 / wall as f64)),
            };
            format!("<td class=\"right\">{speed}</td>")
        });
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"right\">{}</td>{}<td class=\"right\">{}</td>{}<td \
             class=\"bars\">{}</td></tr>",
            group.name(),
            duration(group.wall_ns()),
            if repeated { format!("<td class=\"right\">{}</td>", spread(group)) } else { String::new() },
            if start == 0 { "–".to_owned() } else { duration(start) },
            speed.unwrap_or_default(),
            bar(group.wall_ns(), start, longest),
        );
    }
    let _ = writeln!(out, "</tbody></table></div>\n<figcaption>{}</figcaption></figure>", caption(groups, base, cores));
}

/// The fastest and the slowest of a group's runs.
pub fn spread(group: &Group) -> String {
    let walls = || group.runs.iter().map(|run| run.wall_ns);
    match (walls().min(), walls().max()) {
        (Some(fast), Some(slow)) if group.runs.len() > 1 => format!("{} to {}", duration(fast), duration(slow)),
        _ => "–".to_owned(),
    }
}

/// How often each was run, and on how many cores: what the times are worth.
pub fn runs_sentence(groups: &[Group], cores: u32) -> String {
    let on = plural(cores.into(), "core");
    match groups.iter().map(|group| group.runs.len()).max() {
        Some(many) if many > 1 => format!(" Medians of {} each, on {on}.", plural(many as u64, "run")),
        _ => format!(" One run each, on {on}."),
    }
}

/// For how long workers were being started: from the first `spawn_ns` to the last `ready_ns`, the median run's.
fn starting_ns(group: &Group) -> u64 {
    if group.executor == Some(Executor::Normal) {
        return 0;
    }
    let wall = group.wall_ns();
    let Some(run) = group.runs.iter().find(|run| run.wall_ns == wall) else { return 0 };
    starting(run).min(wall)
}

fn starting(run: &RunOutcome) -> u64 {
    let workers = run.workers.get(1..).unwrap_or(&[]);
    let first = workers.iter().map(|worker| worker.spawn_ns).min().unwrap_or(0);
    workers.iter().map(|worker| worker.ready_ns).max().unwrap_or(0).saturating_sub(first)
}

/// A bar as SVG; the numbers beside it say the same, so that it is hidden from screen readers.
fn bar(wall: u64, start: u64, longest: u64) -> String {
    let part = |ns: u64| (ns as f64 / longest as f64 * 1000.0).round() / 10.0;
    format!(
        "<svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect class=\"work\" width=\"{}\" height=\"10\"/><rect class=\"start\" width=\"{}\" height=\"10\"/></svg>",
        part(wall).max(0.4),
        part(start)
    )
}

/// The comparison in one sentence, worked from the numbers.
fn caption(groups: &[Group], base: Option<&Group>, cores: u32) -> String {
    let Some(fastest) = groups.iter().min_by_key(|group| group.wall_ns()) else { return String::new() };
    let Some(slowest) = groups.iter().max_by_key(|group| group.wall_ns()) else { return String::new() };
    let factor = |slow: &Group, fast: &Group| digits(slow.wall_ns() as f64 / fast.wall_ns().max(1) as f64);
    let first = match base {
        Some(base) if fastest.executor == base.executor => {
            "Nothing beat doing the jobs one after another here.".to_owned()
        }
        Some(base) => {
            format!("{} was {} times as fast as {}.", fastest.name(), factor(base, fastest), base.name())
        }
        None => format!("{} was {} times as fast as {}.", fastest.name(), factor(slowest, fastest), slowest.name()),
    };
    let pale = if groups.iter().any(|group| starting_ns(group) > 0) {
        " The pale part of a bar is the time until all workers were up."
    } else {
        ""
    };
    let mut text = format!("{first}{pale}{}", runs_sentence(groups, cores));
    if let Some(letter) = text.get(..1).map(str::to_uppercase) {
        text.replace_range(..1, &letter);
    }
    text
}
