//! The pictures of what a run's workers shared: which of it is drawn, and how.

use super::axis::Axis;
use super::events::Used;
use super::figure::{self, Part};
use super::fitted::{Fitted, Unknown};
use super::frame::SCALE;
use super::resource_chart::{Drawing, ResourceChart, Sight};
use super::words::Setting;
use super::{array, id, lock, meet, queue, value};
use crate::model::AxisKind;
use crate::model::causality::holds::are_signals;
use crate::model::{ActionKind, LockKind, Numbered, ResourceKind, ScalarType, StdKind};
use crate::render::text::escape;
use crate::render::view::View;
use std::fmt::Write;

/// So many things that several workers shared are drawn at once; the others are folded.
const OPEN: usize = 3;

/// So many are drawn at all.
const MAX_CHARTS: usize = 8;

/// The pictures of a resource, each with what it is of.
type Drawings = Vec<(&'static str, Drawing)>;

/// Appends a picture for each resource that the run's workers used: what went wrong first, then what was waited for longest. A picture is open
/// where several used it, else folded, and folded where nobody waited for long.
/// Those that are `hidden` have none; who waited longest for what is `told` stands above the lanes already.
pub fn push(
    out: &mut String,
    setting: Setting,
    (fitted, mut used): (&Fitted, Numbered<Used>),
    (view, hidden): (&View, &dyn Fn(u32) -> bool),
    (times, told): (&[Axis; 2], Option<u32>),
) {
    let words = setting.words;
    let (mut scenes, none): (Vec<ResourceChart>, Unknown) = (Vec::new(), Unknown::default());
    for resource in view.resources {
        let used = used.take(resource.id.into());
        // What only main looked at, when all was over, tells nothing about the workers.
        if used.by_others && !hidden(resource.id) {
            let contents = setting.run.contents.iter().find(|contents| contents.resource == resource.id);
            let unknown = fitted.unknown.get(&resource.id).unwrap_or(&none);
            let until_ns = fitted.until_ns;
            scenes.push(ResourceChart {
                setting,
                resource,
                contents,
                unknown,
                until_ns,
                is_told: told == Some(resource.id),
                used,
                times: [times[0].clone(), small(resource.kind, &times[1])],
            });
        }
    }
    // What is shared comes first, and of that what was waited for longest; equals stay in the order of their declaration.
    let waited_ns = |chart: &ResourceChart| chart.waited_ns().into_values().fold(0, u64::saturating_add);
    scenes.sort_by_cached_key(|chart| std::cmp::Reverse((chart.is_shared(), waited_ns(chart))));
    let by_time = view.axis == Some(AxisKind::Time);
    let many = scenes.len().min(MAX_CHARTS);
    let mut drawn: Vec<(&ResourceChart, Drawings)> =
        scenes[..many].iter().map(|chart| (chart, drawings(chart, by_time))).collect();
    let sight = |drawings: &Drawings| drawings.iter().map(|(_, drawing)| drawing.sight).max();
    drawn.sort_by_key(|(chart, drawings)| std::cmp::Reverse((chart.is_shared(), sight(drawings), waited_ns(chart))));
    let mut open = 0;
    for (chart, drawings) in &drawn {
        let is_quiet = sight(drawings) == Some(Sight::Nothing);
        let folded = !chart.is_shared() || is_quiet || open == OPEN || view.several;
        open += usize::from(!folded);
        if folded {
            let kind = words.kind_of(chart.resource.kind);
            let called = words.called(kind, &format!("<code>{}</code>", escape(&chart.name())));
            let finding = drawings.first().map_or("", |(_, drawing)| drawing.told.finding.as_str());
            let said = match is_quiet && chart.is_shared() {
                true => words.said_of(&escape(finding), words.the_picture()),
                false => words.in_a_picture(&called),
            };
            let _ = writeln!(out, "<details class=\"drawn\"><summary>{said}</summary>");
        }
        for (number, (what, drawing)) in drawings.iter().enumerate() {
            push_drawing(out, chart, view, drawing, (*what, number));
        }
        if folded {
            out.push_str("</details>\n");
        }
    }
    let rest: Vec<String> =
        scenes.iter().skip(MAX_CHARTS).map(|chart| format!("<code>{}</code>", escape(&chart.name()))).collect();
    if !rest.is_empty() {
        let _ = writeln!(out, "<p class=\"notice\">{}</p>", words.not_drawn(rest.len(), &rest));
    }
}

/// The axis of a picture of such a thing in a small window: with room for its numbers at the left.
fn small(kind: ResourceKind, time: &Axis) -> Axis {
    match kind {
        ResourceKind::Array { len, .. } => {
            let index = format!("[{}]", len.saturating_sub(1)).len();
            time.indented((index as f64 * time.format.column() + 12.0).max(SCALE))
        }
        ResourceKind::Queue { .. } | ResourceKind::Std(StdKind::Channel { .. }) => time.indented(SCALE),
        kind if kind.number_type().is_some() => time.indented(SCALE),
        ResourceKind::Lock(LockKind::Semaphore(_) | LockKind::BoundedSemaphore(_)) => time.indented(SCALE),
        _ => time.clone(),
    }
}

/// The pictures of a resource, by the clock or as fits it best, each with what it is of: of a number that has been locked,
/// also that of its own lock.
fn drawings(chart: &ResourceChart, by_time: bool) -> Drawings {
    let words = chart.setting.words;
    let kind = words.kind_of(chart.resource.kind);
    let own_lock = || (chart.total(ActionKind::Acquire) > 0).then(|| (words.lock_of(), lock::draw(chart, None)));
    let drawing = match chart.resource.kind {
        ResourceKind::Queue { maxsize } => queue::draw(chart, maxsize),
        ResourceKind::Value(of) => {
            let own = value::is_accessed(chart).then(|| (kind, value::draw(chart, of, by_time)));
            return own.into_iter().chain(own_lock()).collect();
        }
        ResourceKind::Array { of, len } => {
            return std::iter::once((kind, array::draw(chart, of, len, by_time))).chain(own_lock()).collect();
        }
        ResourceKind::Lock(LockKind::Semaphore(permits) | LockKind::BoundedSemaphore(permits)) => {
            match permits == 0 || are_signals(chart.used.events.iter().copied()) {
                true => meet::signal(chart),
                false => lock::draw(chart, Some(permits)),
            }
        }
        ResourceKind::Lock(LockKind::Lock | LockKind::RLock | LockKind::RwLock | LockKind::Condition) => {
            lock::draw(chart, None)
        }
        ResourceKind::Std(StdKind::Channel { bound }) => queue::draw(chart, bound),
        ResourceKind::Std(StdKind::Mutex | StdKind::RwLock | StdKind::Once) => lock::draw(chart, None),
        ResourceKind::Std(StdKind::Condvar) => meet::signal(chart),
        ResourceKind::Std(StdKind::Barrier(parties)) => meet::barrier(chart, parties.try_into().unwrap_or(u32::MAX)),
        ResourceKind::Std(StdKind::Atomic(_) | StdKind::AtomicBool | StdKind::AtomicPtr) => {
            let of = chart.resource.kind.number_type().unwrap_or(ScalarType::U64);
            value::draw(chart, of, by_time)
        }
        ResourceKind::Lock(LockKind::Event) => meet::event(chart),
        ResourceKind::Lock(LockKind::Barrier(parties)) => meet::barrier(chart, parties),
    };
    vec![(kind, drawing)]
}

fn push_drawing(
    out: &mut String,
    chart: &ResourceChart,
    view: &View,
    drawing: &Drawing,
    (what, number): (&'static str, usize),
) {
    let words = chart.setting.words;
    let own = format!("{}-{}-{}", id(view), chart.resource.id, number + 1);
    let called = words.called(what, &format!("<code>{}</code>", escape(&chart.name())));
    let what = words.called(what, &chart.name());
    let title = words.in_cell(&what, view.cell.index + 1);
    let [wide, small] = &drawing.formats;
    let near =
        Part { sheet: &wide.whole[0], small: &small.whole, id: format!("{own}-near"), title: words.near_by(&title) };
    let mut parts = vec![Part { id: own, title, ..near }];
    if let Some(sheet) = wide.closer.first() {
        parts.push(Part { sheet, small: &small.closer, ..near });
    }
    let mut told = drawing.told.clone();
    told.caption.push_str(&chart.until_ns.map(|until_ns| words.known_until(until_ns)).unwrap_or_default());
    figure::push(out, &parts, &told, &words.reading(drawing.about), words);
    drawing.table.push(out, chart.setting, &words.in_numbers(&called));
}
