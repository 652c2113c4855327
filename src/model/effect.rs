//! What an action means for others: what its worker takes, what it gives, and what it does meanwhile. Pictures, causality, exports
//! and words ask this, so that a new action is described once.

use super::{Action, ActionKind, WaitCondition};

/// What workers take and give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// One number of a value or an array, whose bits are recorded.
    Number,
    /// Several elements of an array, whose bits are not.
    Elements,
    /// An item of a queue.
    Item,
    /// A lock or a permit.
    Hold,
    /// A lock that others may hold at the same time.
    SharedHold,
    /// A signal that lasts: an event is set, or a queue closed.
    Signal,
    /// The end of such a signal.
    Cleared,
    /// A signal for those who wait at that moment.
    Notification,
    /// Tasks of a pool.
    Tasks,
    /// The beginning of other workers.
    Start,
    /// A line of output.
    Line,
}

/// What a worker does from the beginning of an action to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// Nothing: the action takes no time.
    Moment,
    /// It works.
    Works,
    /// It sleeps.
    Sleeps,
    /// It waits, if it must, until this holds; what is acquired of a semaphore is a permit.
    Waits(WaitCondition),
    /// It waits for another worker to end.
    Joins,
    /// It waits in vain.
    GivesUp,
}

/// What an action means for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect {
    /// What the worker has from others by it.
    pub takes: Option<Token>,
    /// What others have from the worker by it.
    pub gives: Option<Token>,
    /// What the worker does meanwhile.
    pub span: Span,
}

impl ActionKind {
    /// What an action of this kind means for others.
    #[inline]
    pub fn effect(self) -> Effect {
        // A run may have millions of events, each of which is asked several times.
        const EFFECTS: [Effect; ActionKind::ALL.len()] = {
            let mut effects = [ActionKind::ALL[0].described(); ActionKind::ALL.len()];
            let mut place = 0;
            while place < effects.len() {
                effects[ActionKind::ALL[place] as usize] = ActionKind::ALL[place].described();
                place += 1;
            }
            effects
        };
        EFFECTS[self as usize]
    }

    const fn described(self) -> Effect {
        use Token::{Cleared, Elements, Hold, Item, Line, Notification, Number, SharedHold, Signal, Start, Tasks};
        use WaitCondition as Until;
        let (takes, gives, span) = match self {
            Self::Sleep => (None, None, Span::Sleeps),
            Self::Print => (None, Some(Line), Span::Moment),
            Self::Load => (Some(Number), None, Span::Moment),
            Self::Store => (None, Some(Number), Span::Moment),
            Self::Update => (Some(Number), Some(Number), Span::Moment),
            Self::LoadMany => (Some(Elements), None, Span::Moment),
            Self::StoreMany => (None, Some(Elements), Span::Moment),
            Self::Acquire => (Some(Hold), None, Span::Waits(Until::Lock)),
            Self::AcquireShared => (Some(SharedHold), None, Span::Waits(Until::Read)),
            Self::Release => (None, Some(Hold), Span::Moment),
            Self::Put => (None, Some(Item), Span::Waits(Until::Room)),
            Self::Get => (Some(Item), None, Span::Waits(Until::Item)),
            Self::JoinQueue => (None, None, Span::Waits(Until::ItemsDone)),
            Self::Close | Self::Set => (None, Some(Signal), Span::Moment),
            Self::Clear => (None, Some(Cleared), Span::Moment),
            Self::WaitEvent => (None, None, Span::Waits(Until::Event)),
            Self::Notify => (None, Some(Notification), Span::Moment),
            Self::WaitNotified => (None, None, Span::Waits(Until::Notification)),
            Self::Meet => (None, None, Span::Waits(Until::Parties)),
            Self::TakeTasks => (Some(Tasks), None, Span::Works),
            Self::Task | Self::Prepare => (None, None, Span::Works),
            Self::Open | Self::Spawn => (None, Some(Start), Span::Moment),
            Self::Join => (None, None, Span::Joins),
            Self::Park => (None, None, Span::Waits(Until::Unparked)),
            Self::Unpark => (None, Some(Notification), Span::Moment),
            Self::WaitOnce => (None, None, Span::Waits(Until::Initialized)),
            Self::GiveUp => (None, None, Span::GivesUp),
        };
        Effect { takes, gives, span }
    }
}

impl Action {
    /// What it means for others.
    #[inline]
    pub fn effect(self) -> Effect {
        self.kind().effect()
    }
}

impl Effect {
    /// Whether the worker waits in it for others who use the same resource.
    #[inline]
    pub fn waits(self) -> bool {
        matches!(self.span, Span::Waits(_) | Span::GivesUp)
    }

    /// Whether what the worker does next, or when, can depend on who came first. To put an item, to write a number and to give
    /// something back is the same whoever came before.
    #[inline]
    pub fn is_led(self) -> bool {
        self.takes.is_some() || self.gives.is_none()
    }

    /// Whether it can end a wait of others that is recorded before it.
    #[inline]
    pub fn is_signal(self) -> bool {
        matches!(self.gives, Some(Token::Hold | Token::Signal | Token::Notification))
    }

    /// Whether the trace tells between which others it took effect: by the number that was read or written, or by the item.
    #[inline]
    pub fn is_ordered(self) -> bool {
        let is_known = |token: Option<Token>| matches!(token, Some(Token::Number | Token::Item));
        is_known(self.takes) || is_known(self.gives) || self.gives == Some(Token::Elements)
    }

    /// Whether it is recorded at the end of what other calls are a part of, or by main for others.
    #[inline]
    pub fn is_beside(self) -> bool {
        matches!(self.span, Span::Works | Span::Joins) || matches!(self.gives, Some(Token::Line | Token::Start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ActionKind::*;

    /// The kinds of which this is so.
    fn those(is_so: fn(Effect) -> bool) -> Vec<ActionKind> {
        ActionKind::ALL.into_iter().filter(|kind| is_so(kind.effect())).collect()
    }

    #[test]
    fn who_only_gives_is_not_led_by_who_came_first() {
        let free = those(|effect| !effect.is_led());
        assert_eq!(free, [Print, Store, StoreMany, Release, Put, Close, Set, Clear, Notify, Open, Spawn, Unpark]);
    }

    #[test]
    fn calls_that_may_wait_for_users_of_the_same_are_known() {
        let all = [Acquire, Put, Get, JoinQueue, WaitEvent, WaitNotified, Meet, GiveUp, AcquireShared, Park, WaitOnce];
        assert_eq!(those(Effect::waits), all);
    }

    #[test]
    fn a_number_and_an_item_tell_the_order_of_calls() {
        assert_eq!(those(Effect::is_ordered), [Load, Store, StoreMany, Update, Put, Get]);
    }

    #[test]
    fn what_is_given_back_or_signalled_ends_waits() {
        assert_eq!(those(Effect::is_signal), [Release, Close, Set, Notify, Unpark]);
        assert_eq!(those(Effect::is_beside), [Print, TakeTasks, Task, Prepare, Open, Join, Spawn]);
    }
}
