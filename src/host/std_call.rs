//! Calls on objects of `std`, which the library's mirror of `std` makes, and what they are about.

use super::Call;
use crate::abi::{self, std_kind, std_operation};
use crate::model::{MemoryOrdering, Operation, ScalarType, StdKind};

/// An object of `std` that a worker uses for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StdObject {
    /// What it is.
    pub kind: StdKind,
    /// The line where it was made, or first used, as a number, and the column there.
    pub place: (u32, u32),
    /// Whether it was made at this place, and not first used there.
    pub is_made_there: bool,
    /// Where it lies in memory, if it is to be recognized by that.
    pub address: Option<u64>,
    /// Where it lies and its size, if it may be an element of a list; else zeros.
    pub lies: (u64, u64),
    /// The id that it had in the process of which this one is a fork, 0 if it had none.
    pub before: u32,
    /// Which element of a list it is, from 1; 0 where that is not known.
    pub element: u32,
}

/// An operation on an object of `std`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StdCall {
    /// What is to be done; the resource is the object's id, 0 for none.
    pub call: Call,
    /// A second object: the mutex of a condition variable. Else 0.
    pub other: u32,
    /// How it orders memory, if it is atomic.
    pub ordering: Option<MemoryOrdering>,
    /// The column of the call.
    pub column: u32,
    /// What the operation says beside its own fields: the number of an item, or whether poison does not matter.
    pub value: u64,
    /// Whether the caller is unwound after a panic.
    pub unwinding: bool,
}

/// What was done to an object of `std` at once, as it is nearly always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StdDeed {
    /// A mutex was taken.
    Lock,
    /// A lock is about to be given back, after a panic if it `panics`.
    Unlock {
        /// Whether it does.
        panics: bool,
    },
    /// An item with this number was sent.
    Sent(u64),
    /// An item with this number was received.
    Received(u64),
}

impl StdDeed {
    /// From what the library passes; `None` if it makes no sense.
    #[inline(always)]
    pub(super) fn read(operation: u32, value: u64) -> Option<Self> {
        Some(match operation {
            std_operation::LOCK => Self::Lock,
            std_operation::UNLOCK => Self::Unlock { panics: value != 0 },
            std_operation::SEND => Self::Sent(value),
            std_operation::RECV => Self::Received(value),
            _ => return None,
        })
    }
}

/// The body of a thread that the library starts, which is the library's.
pub struct FiberBody {
    /// The address of what is handed to `run`: the library sees to it that what lies there may go to another thread.
    body: usize,
    run: extern "C" fn(body: *mut u8),
}

impl FiberBody {
    /// A body as the library passes it.
    pub(super) fn new(body: *mut u8, run: extern "C" fn(body: *mut u8)) -> Self {
        Self { body: body.expose_provenance(), run }
    }

    /// Runs it, once.
    pub fn run(self) {
        (self.run)(std::ptr::with_exposed_provenance_mut(self.body));
    }
}

impl StdObject {
    /// From what the library passes; `None` if it makes no sense.
    pub(super) fn read(passed: &abi::StdObject) -> Option<Self> {
        let abi::StdObject { kind, position, column, is_made_there, detail, address, size, before, element } = *passed;
        let kind = match kind {
            std_kind::MUTEX => StdKind::Mutex,
            std_kind::RW_LOCK => StdKind::RwLock,
            std_kind::CONDVAR => StdKind::Condvar,
            std_kind::BARRIER => StdKind::Barrier(detail),
            std_kind::CHANNEL => StdKind::Channel { bound: detail.checked_sub(1) },
            std_kind::ATOMIC => StdKind::Atomic(number_type(detail)?),
            std_kind::ATOMIC_BOOL => StdKind::AtomicBool,
            std_kind::ATOMIC_PTR => StdKind::AtomicPtr,
            std_kind::ONCE => StdKind::Once,
            _ => return None,
        };
        let is_made_there = is_made_there != 0;
        let lies = if is_made_there { (address, size) } else { (0, 0) };
        let address = Some(address).filter(|address| *address != 0 && !is_made_there);
        Some(Self { kind, place: (position, column), is_made_there, address, lies, before, element })
    }
}

/// The type of an atomic number, as [`std_kind::ATOMIC`] says it.
fn number_type(detail: u64) -> Option<ScalarType> {
    let (size, is_signed, is_size) = (detail & 255, detail & 256 != 0, detail & 512 != 0);
    Some(match (size, is_signed) {
        (_, true) if is_size => ScalarType::Isize,
        (_, false) if is_size => ScalarType::Usize,
        (1, true) => ScalarType::I8,
        (1, false) => ScalarType::U8,
        (2, true) => ScalarType::I16,
        (2, false) => ScalarType::U16,
        (4, true) => ScalarType::I32,
        (4, false) => ScalarType::U32,
        (8, true) => ScalarType::I64,
        (8, false) => ScalarType::U64,
        _ => return None,
    })
}

impl StdCall {
    /// From what the library passes; `None` if it makes no sense.
    #[inline]
    pub(super) fn read(passed: &abi::StdCall) -> Option<Self> {
        let abi::StdCall { operation, object, other, ordering, value, timeout_ns: limit, position, column } = *passed;
        let unwinding = operation & std_operation::UNWINDING != 0;
        let operation = match operation & !std_operation::UNWINDING {
            std_operation::LOCK => Operation::Acquire { limit, guarded: true },
            std_operation::READ => Operation::Read { limit },
            std_operation::WRITE => Operation::Write { limit },
            std_operation::UNLOCK => Operation::Release { unwinding: unwinding || value != 0 },
            std_operation::WAIT => Operation::WaitNotified { limit },
            std_operation::NOTIFY => Operation::Notify { count: value },
            std_operation::MEET => Operation::Meet { limit },
            std_operation::SEND => Operation::Put { limit },
            std_operation::RECV => Operation::Get { limit },
            std_operation::HANG_UP => Operation::HangUp { receiver: value != 0 },
            std_operation::LOAD => Operation::Load { index: 0 },
            std_operation::STORE => Operation::Store { index: 0, bits: value },
            std_operation::UPDATE => Operation::Update,
            std_operation::FENCE => Operation::Fence,
            std_operation::SPAWN => Operation::Spawn { worker: other },
            std_operation::JOIN => Operation::Join { worker: other },
            std_operation::IS_FINISHED => Operation::IsFinished { worker: other },
            std_operation::PARK => Operation::Park { limit },
            std_operation::UNPARK => Operation::Unpark { worker: other },
            std_operation::YIELD => Operation::Yield,
            std_operation::SLEEP => Operation::Sleep { time: if limit < 0 { i64::MAX } else { limit } },
            std_operation::BEGIN_ONCE => Operation::BeginOnce,
            std_operation::END_ONCE => Operation::EndOnce { poisoned: value == 1 },
            _ => return None,
        };
        let other = if matches!(operation, Operation::WaitNotified { .. }) { other } else { 0 };
        let ordering = MemoryOrdering::from_u32(ordering);
        Some(Self { call: Call::new(operation, object, position), other, ordering, column, value, unwinding })
    }
}
