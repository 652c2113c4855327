//! Loops that only ask: when a worker goes round in one.

use super::semantics::may_be_of_a_round;
use crate::abi;
use crate::host::{Answer, Call, Operation};

/// How many rounds of a loop that only asks are followed although nothing has changed.
const ROUNDS: usize = 2;
/// In how many more rounds a loop must not end by itself to count as one that waits for news.
pub const PROBED: usize = 64;
/// The most calls in one round of such a loop.
const PERIOD: usize = 6;
/// How many of a worker's last calls tell whether it goes round.
pub const SEEN: usize = PERIOD * ROUNDS;

/// A call that a worker has made, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The call.
    pub call: Call,
    /// The answer.
    pub answer: Answer,
    /// Bits that were read and written, where the answer does not say them.
    pub bits: Option<[u64; 2]>,
}

impl Question {
    /// One whose answer says all that there is to know.
    pub fn of((call, answer): (Call, Answer)) -> Self {
        Self { call, answer, bits: None }
    }

    /// Whether it may belong to a loop that only asks.
    fn may_be_of_a_round(&self) -> bool {
        self.has_changed_nothing() || may_be_of_a_round(self.call.operation, self.answer)
    }

    /// Whether it wrote what had stood there.
    fn has_changed_nothing(&self) -> bool {
        self.call.operation == Operation::Update && self.bits.is_some_and(|[read, written]| read == written)
    }
}

/// The number of calls in a loop that only asks, if a worker's last rounds were all alike and another one begins with its `next` call; else
/// 0. `past` is what it has asked, the last first.
pub fn round(past: &[Question], next: &Call) -> usize {
    let goes_round = |period: &usize| {
        let rounds = *period * ROUNDS;
        let Some(rounds) = past.get(..rounds) else { return false };
        let first = &rounds[..*period];
        let asks = |it: &Question| {
            it.call.operation.only_asks() || it.answer.status == abi::TIMED_OUT || it.has_changed_nothing()
        };
        first.last().is_some_and(|it| it.call == *next)
            && first.iter().any(asks)
            && rounds.iter().all(Question::may_be_of_a_round)
            && rounds.chunks(*period).all(|round| round == first)
    };
    (1..=PERIOD).find(goes_round).unwrap_or(0)
}

/// Whether a loop gives something back in a round, the last call first, that it has taken in the round before.
pub fn holds(round: &[(Call, Answer)]) -> bool {
    let gives_back = |(place, (call, _)): (usize, &(Call, Answer))| {
        let takes = |(other, answer): &&(Call, Answer)| {
            other.resource == call.resource
                && matches!(
                    other.operation,
                    Operation::Acquire { .. } | Operation::Read { .. } | Operation::Write { .. }
                )
                && answer.status == abi::OK
        };
        let gives = |(other, _): &&(Call, Answer)| {
            other.resource == call.resource && matches!(other.operation, Operation::Release { .. })
        };
        let before = &round[place..];
        matches!(call.operation, Operation::Release { .. })
            && before.iter().filter(gives).count() > before.iter().filter(takes).count()
    };
    round.iter().enumerate().any(gives_back)
}
