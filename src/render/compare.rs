//! One table that compares executors: time, start cost, speed-up, and a bar for each.

use super::bar::bar;
use super::group::{Group, runs_sentence, spread};
use super::options::RenderContext;
use super::units::{column, digits, durations};
use crate::record::{Executor, RunOutcome};
use std::fmt::Write;

/// Appends the comparison of at least two groups of runs.
pub fn push(out: &mut String, groups: &[Group], context: RenderContext) {
    let words = context.words;
    let [executor, time, spread_head, starting, speed_up, bar_head] = words.comparison();
    let head = |text: &str| format!("<th class=\"right\">{text}</th>");
    let longest = groups.iter().map(Group::wall_ns).max().unwrap_or(0).max(1);
    let base = groups.iter().find(|group| group.executor == Some(Executor::Normal));
    let speed_head = base.map(|_| head(speed_up)).unwrap_or_default();
    let repeated = groups.iter().any(|group| group.runs.len() > 1);
    let spread_head = if repeated { head(spread_head) } else { String::new() };
    let _ = writeln!(
        out,
        "<figure class=\"compare\"><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th>{executor}</th>\
         {}{spread_head}{}{speed_head}<th class=\"bars\"><span class=\"sr\">{bar_head}</span></th></tr></thead>\n<tbody>",
        head(time),
        head(starting)
    );
    let starts: Vec<u64> = groups.iter().map(starting_ns).collect();
    let walls: Vec<u64> = groups.iter().map(Group::wall_ns).collect();
    let (start_texts, wall_texts) = (durations(&starts), durations(&walls));
    let gains = base.map(|base| {
        let gains: Vec<f64> = walls.iter().map(|wall| base.wall_ns() as f64 / (*wall).max(1) as f64).collect();
        column(&gains)
    });
    for (at, group) in groups.iter().enumerate() {
        let start = starts[at];
        let speed = gains.as_ref().map(|gains| {
            let speed = if walls[at] == 0 { "–".to_owned() } else { format!("{}\u{a0}×", gains[at]) };
            format!("<td class=\"right\">{speed}</td>")
        });
        let _ = writeln!(
            out,
            "<tr><th>{}</th><td class=\"right\">{}</td>{}<td class=\"right\">{}</td>{}<td \
             class=\"bars\">{}</td></tr>",
            group.name(words),
            wall_texts[at],
            if repeated { format!("<td class=\"right\">{}</td>", spread(group, words)) } else { String::new() },
            start_texts[at],
            speed.unwrap_or_default(),
            bar(group.wall_ns() as f64, start as f64, longest as f64),
        );
    }
    let _ =
        writeln!(out, "</tbody></table></div>\n<figcaption>{}</figcaption></figure>", caption(groups, base, context));
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

/// The comparison in one sentence, worked from the numbers.
fn caption(groups: &[Group], base: Option<&Group>, context: RenderContext) -> String {
    let words = context.words;
    let Some(fastest) = groups.iter().min_by_key(|group| group.wall_ns()) else { return String::new() };
    let Some(slowest) = groups.iter().max_by_key(|group| group.wall_ns()) else { return String::new() };
    let faster = |fast: &Group, slow: &Group| {
        let factor = digits(slow.wall_ns() as f64 / fast.wall_ns().max(1) as f64);
        words.as_fast_as(&fast.name(words), &factor, &slow.name(words))
    };
    let mut text = match base {
        Some(base) if fastest.executor == base.executor => words.nothing_beat().to_owned(),
        Some(base) => faster(fastest, base),
        None => faster(fastest, slowest),
    };
    if groups.iter().any(|group| starting_ns(group) > 0) {
        text.push_str(words.pale_part());
    }
    text.push_str(&runs_sentence(groups, context));
    if let Some(letter) = text.get(..1).map(str::to_uppercase) {
        text.replace_range(..1, &letter);
    }
    text
}
