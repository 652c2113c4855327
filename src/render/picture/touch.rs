//! Which places of a resource an event touches, and what can come of who touched them first.

use crate::model::{Event, LockKind, Op, Shape};

/// Places of a resource that are no element: its lock, its two ends, its signal.
const LOCK: u64 = u64::MAX;
const PUTS: u64 = u64::MAX - 1;
const GETS: u64 = u64::MAX - 2;
const SIGNAL: u64 = u64::MAX - 3;

/// Whether what its worker does next, or when, can depend on who came first. To put an item, to write a number and to give
/// something back is the same whoever came before.
pub fn is_led(op: Op) -> bool {
    !matches!(op, Op::Put | Op::Store | Op::StoreMany | Op::Release | Op::Notify | Op::Clear)
}

/// The places of a resource that an event touches, and whether it changes them. Two ends of a queue are two places: which
/// item a taker gets does not depend on when it was put. `is_sure` says that who waits goes on after the same, whoever came
/// first: at a barrier where all who come are needed, or for an event that nobody clears.
pub fn touches(event: &Event, shape: Option<Shape>, is_sure: bool) -> Vec<(u64, bool)> {
    match (event.op, shape) {
        (Op::Load, _) => vec![(event.a, false)],
        (Op::Store, _) => vec![(event.a, true)],
        (Op::LoadMany, _) => (event.a..event.a.saturating_add(event.b)).map(|element| (element, false)).collect(),
        (Op::StoreMany, _) => (event.a..event.a.saturating_add(event.b)).map(|element| (element, true)).collect(),
        (Op::FetchAdd, _) => vec![(0, true)],
        (Op::Put, _) => vec![(PUTS, true)],
        (Op::Get, _) => vec![(GETS, true)],
        (Op::Notify, Some(Shape::Queue { .. } | Shape::Lock(LockKind::Event))) => vec![(SIGNAL, true)],
        (Op::Clear, _) => vec![(SIGNAL, true)],
        (Op::Wait, Some(Shape::Lock(LockKind::Event))) if is_sure => Vec::new(),
        (Op::Wait, Some(Shape::Lock(LockKind::Event))) => vec![(SIGNAL, false)],
        (Op::GaveUp, Some(Shape::Queue { .. })) if event.b == Op::CLOSED => vec![(GETS, true)],
        (Op::Wait, Some(Shape::Lock(LockKind::Barrier(_)))) if is_sure => Vec::new(),
        // Who gives up, or asks whether all is done, learns how far the others are.
        (Op::GaveUp, Some(Shape::Lock(LockKind::Event))) => vec![(SIGNAL, false)],
        (Op::GaveUp | Op::Wait, Some(Shape::Queue { .. })) => vec![(PUTS, false), (GETS, false), (SIGNAL, false)],
        _ => vec![(LOCK, true)],
    }
}
