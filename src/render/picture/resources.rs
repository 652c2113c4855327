//! The pictures of what a run's workers shared: which of it is drawn, and how.

use super::axis::Axis;
use super::events::Used;
use super::numbered::Numbered;
use super::scene::{Drawing, Scene};
use super::words::Setting;
use super::{array, id, lock, meet, push_figure, queue, value};
use crate::record::{AxisKind, LockKind, Op, ResourceState, Shape};
use crate::render::run::View;
use crate::render::text::{escape, visible};
use crate::render::units::{listed, plural};
use std::fmt::Write;

/// So many things that several workers shared are drawn at once; the others are folded.
const OPEN: usize = 3;

/// So many are drawn at all.
const MOST: usize = 8;

/// Appends a picture for each resource that the run's workers used: open where several did, else folded.
pub fn push(out: &mut String, setting: Setting, mut used: Numbered<Used>, view: &View, time: &Axis) {
    let mut scenes: Vec<Scene> = Vec::new();
    for resource in view.resources {
        let used = used.take(resource.id.into());
        // What only main looked at, when all was over, tells nothing about the workers.
        if used.by_others {
            scenes.push(Scene { setting, resource, used, time: time.clone() });
        }
    }
    // What is shared by most comes first; equals stay in the order of their declaration.
    scenes.sort_by_key(|scene| std::cmp::Reverse(scene.is_shared()));
    let mut open = 0;
    for scene in scenes.iter().take(MOST) {
        let drawings = drawings(scene, view.axis == Some(AxisKind::Time));
        let folded = !scene.is_shared() || open == OPEN || view.axis_ns.is_some();
        open += usize::from(!folded);
        if folded {
            let _ =
                writeln!(out, "<details class=\"drawn\"><summary>{} in a picture</summary>", called(scene.resource));
        }
        for (number, (what, drawing)) in drawings.iter().enumerate() {
            push_drawing(out, scene, view, drawing, (*what, number));
        }
        if folded {
            out.push_str("</details>\n");
        }
    }
    let rest: Vec<String> =
        scenes.iter().skip(MOST).map(|scene| format!("<code>{}</code>", escape(&scene.name()))).collect();
    if !rest.is_empty() {
        let _ = writeln!(
            out,
            "<p class=\"notice\">Of what is shared, {} are not drawn: {}.</p>",
            plural(rest.len() as u64, "thing"),
            listed(&rest, 12)
        );
    }
}

/// A resource as a heading calls it.
fn called(resource: &ResourceState) -> String {
    let kind = match resource.shape {
        Shape::Queue { .. } => "Queue",
        Shape::Value(_) => "Value",
        Shape::Array { .. } => "Array",
        Shape::Lock(LockKind::Lock | LockKind::RLock) => "Lock",
        Shape::Lock(LockKind::Semaphore(_) | LockKind::BoundedSemaphore(_)) => "Semaphore",
        Shape::Lock(LockKind::Event) => "Event",
        Shape::Lock(LockKind::Condition) => "Condition",
        Shape::Lock(LockKind::Barrier(_)) => "Barrier",
    };
    format!("{kind} <code>{}</code>", escape(&visible(&resource.name)))
}

/// The pictures of a resource, by the clock or as fits it best, each with what it is of: of a number that has been locked, also that of its own lock.
fn drawings(scene: &Scene, by_time: bool) -> Vec<(&'static str, Drawing)> {
    let locked = || scene.total(Op::Acquire) > 0;
    match scene.resource.shape {
        Shape::Queue { maxsize } => vec![("Queue", queue::draw(scene, maxsize))],
        Shape::Value(of) => {
            let own = value::is_accessed(scene).then(|| ("Value", value::draw(scene, of, by_time)));
            own.into_iter().chain(locked().then(|| ("Lock of", lock::draw(scene, None)))).collect()
        }
        Shape::Array { of, len } => {
            let own = ("Array", array::draw(scene, of, len, by_time));
            std::iter::once(own).chain(locked().then(|| ("Lock of", lock::draw(scene, None)))).collect()
        }
        Shape::Lock(LockKind::Semaphore(permits) | LockKind::BoundedSemaphore(permits)) => {
            vec![("Semaphore", lock::draw(scene, Some(permits)))]
        }
        Shape::Lock(LockKind::Lock | LockKind::RLock) => vec![("Lock", lock::draw(scene, None))],
        Shape::Lock(LockKind::Condition) => vec![("Condition", lock::draw(scene, None))],
        Shape::Lock(LockKind::Event) => vec![("Event", meet::event(scene))],
        Shape::Lock(LockKind::Barrier(parties)) => vec![("Barrier", meet::barrier(scene, parties))],
    }
}

fn push_drawing(
    out: &mut String,
    scene: &Scene,
    view: &View,
    drawing: &Drawing,
    (what, number): (&'static str, usize),
) {
    let name = scene.name();
    let own = format!("{}-{}-{}", id(view), scene.resource.id, number + 1);
    let title = format!("{what} {name} in cell {}", view.cell.index + 1);
    let (near, near_title) = (format!("{own}-near"), format!("{title}, from nearby"));
    let mut sheets = vec![(&drawing.sheet, own.as_str(), title.as_str())];
    sheets.extend(drawing.closer.iter().map(|closer| (closer, near.as_str(), near_title.as_str())));
    push_figure(out, &sheets, drawing.about, &drawing.caption);
    drawing.table.push(out, scene.setting.run, &format!("{what} {name} in numbers"));
}
