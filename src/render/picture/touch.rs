//! Which places of a resource an action touches.

use crate::model::{Action, Effect, LockKind, ResourceKind, Span, SyncError, Token, WaitCondition};

/// Places of a resource that are no element: its lock, its two ends, its signal.
const LOCK: u64 = u64::MAX;
const PUTS: u64 = u64::MAX - 1;
const GETS: u64 = u64::MAX - 2;
const SIGNAL: u64 = u64::MAX - 3;

/// The places of a resource that an action touches, and whether it changes them. Two ends of a queue are two places: which
/// item a taker gets does not depend on when it was put. `is_sure` says that who waits goes on after the same, whoever came
/// first: at a barrier where all who come are needed, or for an event that nobody clears.
pub fn touches(action: Action, kind: Option<ResourceKind>, is_sure: bool) -> Vec<(u64, bool)> {
    let Effect { takes, gives, span } = action.effect();
    if let Some(elements) = action.elements() {
        return elements.map(|element| (element, gives.is_some())).collect();
    }
    // Who gives up, or asks whether all is done, learns how far the others are.
    let asks = || vec![(PUTS, false), (GETS, false), (SIGNAL, false)];
    let gave_up = |reason| matches!(action, Action::GiveUp { reason: other } if other == reason);
    match (takes, gives, span) {
        (_, Some(Token::Item), _) => vec![(PUTS, true)],
        (Some(Token::Item), ..) => vec![(GETS, true)],
        (_, Some(Token::Signal | Token::Cleared), _) => vec![(SIGNAL, true)],
        (.., Span::Waits(WaitCondition::Event | WaitCondition::Parties)) if is_sure => Vec::new(),
        (.., Span::Waits(WaitCondition::Event)) => vec![(SIGNAL, false)],
        (.., Span::Waits(WaitCondition::ItemsDone)) => asks(),
        (.., Span::GivesUp) => match kind {
            Some(ResourceKind::Queue { .. }) if gave_up(SyncError::Closed) => vec![(GETS, true)],
            Some(ResourceKind::Queue { .. }) => asks(),
            Some(ResourceKind::Lock(LockKind::Event)) => vec![(SIGNAL, false)],
            _ => vec![(LOCK, true)],
        },
        _ => vec![(LOCK, true)],
    }
}
