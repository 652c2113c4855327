//! No label leaves its drawing or stands on another: measured by columns, so that it holds whatever the fonts of a machine are.

use super::fitted_tests::seed;
use super::format::Format;
use super::pool_tests::pool;
use super::simulated_jobs::Chance;
use super::small_tests::drawings_of;
use super::tests::every_kind;
use crate::model::ResourceKind;
use crate::record::{Resource, RunOutcome};
use crate::render::fixture::{self, resource};
use unicode_width::UnicodeWidthStr;

/// A label: from where to where it goes, how low it stands, and its text.
#[derive(Debug)]
struct Label {
    left: f64,
    right: f64,
    y: f64,
    text: String,
}

/// The labels of a drawing that stand at its edges: names, exits, costs, numbers, and those of the axis.
fn labels(drawn: &str, format: Format) -> Vec<Label> {
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}=\"")).expect("the attribute is there");
        rest.split('"').next().expect("its value").to_owned()
    };
    // The labels of the axis are one text.
    let (before, after) = drawn.split_once("<text class=\"tick-label\"").unwrap_or((drawn, "</text>"));
    let (ticks, after) = after.split_once("</text>").expect("the text ends");
    let y = ticks.split('"').nth(1).unwrap_or_default();
    let own = |tick: &str| tick.split_once(" class=\"").and_then(|(_, rest)| Some(rest.split_once('"')?.0.to_owned()));
    let ticks = ticks.split("<tspan").skip(1).map(|tick| {
        let class = own(tick.split('>').next().unwrap_or_default()).unwrap_or_default();
        let tick = tick.replace(&format!(" class=\"{class}\""), "").replace("</tspan>", "</text>");
        format!("<text class=\"tick-label {class}\" y=\"{y}\"{tick}")
    });
    let drawn = [before, &ticks.collect::<String>(), after].concat();
    let text = |part: &str| {
        let (tag, rest) = part.split_once('>').expect("the tag ends");
        let (text, _) = rest.split_once("</text>").expect("the text ends");
        let text = text.rsplit("</title>").next().expect("the text").replace("&gt;", ">").replace("&amp;", "&");
        let class = attribute(tag, "class");
        let is = |name: &str| class.split(' ').any(|own| own == name);
        if !["name", "exit", "scale", "cost", "tick-label"].into_iter().any(is) {
            return None;
        }
        let [x, y] = ["x", "y"].map(|name| attribute(tag, name).parse::<f64>().expect("a number"));
        let wide = text.width() as f64 * if is("name") { format.bold() } else { format.column() };
        let left = match () {
            () if is("above") || is("first") || is("within") || is("cost") => x,
            () if is("right") || is("scale") || is("name") => x - wide,
            () if is("tick-label") => x - wide / 2.0,
            () => x,
        };
        Some(Label { left, right: left + wide, y, text })
    };
    drawn.split("<text").skip(1).filter_map(text).collect()
}

/// That no label of a drawing leaves it, and none stands on another.
#[track_caller]
fn assert_room(what: &str, drawn: &str, format: Format) {
    let labels = labels(drawn, format);
    assert!(!labels.is_empty(), "{what}: {drawn}");
    for (number, label) in labels.iter().enumerate() {
        assert!(label.left >= 0.0 && label.right <= format.width(), "{what}: “{}”: {label:?}", label.text);
        for other in &labels[..number] {
            let is_apart = label.left >= other.right || other.left >= label.right || (label.y - other.y).abs() >= 12.0;
            assert!(is_apart, "{what}: {label:?} and {other:?}");
        }
    }
}

/// Looks at all drawings of a run.
fn look_at(what: &str, run: &RunOutcome, used: Resource) {
    for (wide, small) in drawings_of(run, used) {
        assert_room(&format!("{what}, wide"), &wide, Format::Wide);
        for drawn in small {
            assert_room(&format!("{what}, small"), &drawn, Format::Small);
        }
    }
}

#[test]
fn labels_of_runs_of_every_kind_have_room() {
    for many in [3, 60, 700] {
        for length_ns in [1_000, 999_000, 1_001_000_000, 1_540_000, 10_000_000_000] {
            for (name, kind, mut run) in every_kind(many) {
                run.workers[0].end_ns = run.workers[0].end_ns.max(length_ns);
                look_at(&format!("{name} of {many} in {length_ns} ns"), &run, resource_of(kind));
            }
        }
    }
}

#[test]
fn labels_of_pools_whose_workers_retire_have_room() {
    let mut chance = Chance(seed() | 1);
    for number in 0..60 {
        let (run, _) = pool(&mut chance);
        look_at(&format!("pool {number}"), &run, resource(1, "unused", "Queue", ""));
    }
}

#[test]
fn a_name_that_is_as_long_as_the_longest_stands_whole_beside_its_lane() {
    let mut run = fixture::pool(8, 1);
    let names = ["worker-1", "writes-2", "worker-3"];
    run.workers.iter_mut().skip(1).zip(names).for_each(|(worker, name)| worker.name = name.into());
    let drawn = drawings_of(&run, resource(1, "unused", "Queue", ""));
    for name in names.iter().take(run.workers.len() - 1) {
        assert!(drawn[0].0.contains(&format!(">{name}</text>")), "{}", drawn[0].0);
    }
}

fn resource_of(kind: ResourceKind) -> Resource {
    Resource { kind, ..resource(1, "a thing", "Shared", "") }
}
