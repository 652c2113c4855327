//! A queue between workers.

use crate::abi;
use crate::host::{checked, collect, explain, here, host, limit};
use crate::message::Message;
use crate::time::Seconds;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

thread_local! {
    /// Memory for one encoded item after the other.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The largest memory that is kept for the next item.
const KEPT: usize = 4 << 20;

/// Lends an empty buffer; one inside the other, as where an item's own encoding uses a queue, gets a new one.
fn with_buffer<R>(mut body: impl FnMut(&mut Vec<u8>) -> R) -> R {
    let lent = BUFFER.try_with(|kept| {
        let mut bytes = kept.take();
        bytes.clear();
        let result = body(&mut bytes);
        if bytes.capacity() <= KEPT {
            kept.set(bytes);
        }
        result
    });
    // A thread that is ending keeps nothing.
    lent.unwrap_or_else(|_| body(&mut Vec::new()))
}

/// A first-in, first-out queue that all workers of a notebook share. What one producer puts comes out in its order.
pub struct Queue<T> {
    id: u32,
    of: PhantomData<fn(T) -> T>,
}

/// Why a queue did not take or give an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QueueError {
    /// It stayed at its `maxsize`.
    Full,
    /// It stayed empty.
    Empty,
    /// It is closed, and for `get`, also drained.
    Closed,
}

impl fmt::Display for QueueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            QueueError::Full => "the queue is full",
            QueueError::Empty => "the queue is empty",
            QueueError::Closed => "the queue is closed",
        })
    }
}

impl std::error::Error for QueueError {}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Queue<T> {}

/// Each method asks for a [`Message`] by itself: so where the type is none, the error says that, and says it at the call.
impl<T> Queue<T> {
    #[doc(hidden)]
    pub const fn from_id(id: u32) -> Self {
        Self { id, of: PhantomData }
    }

    /// Puts an item; waits while the queue is full.
    ///
    /// # Panics
    /// If the queue is closed.
    #[track_caller]
    pub fn put(&self, item: T)
    where
        T: Message,
    {
        if let Err(error) = self.put_within(&item, abi::FOREVER) {
            self.give_up(error);
        }
    }

    /// Puts an item, waiting at most that long while the queue is full.
    #[track_caller]
    pub fn put_timeout(&self, item: T, timeout: impl Seconds) -> Result<(), QueueError>
    where
        T: Message,
    {
        self.put_within(&item, limit(timeout.seconds()))
    }

    /// Puts an item if that needs no waiting.
    #[track_caller]
    pub fn try_put(&self, item: T) -> Result<(), QueueError>
    where
        T: Message,
    {
        self.put_within(&item, 0)
    }

    /// Takes the first item; waits while the queue is empty.
    ///
    /// # Panics
    /// If the queue is closed and drained.
    #[track_caller]
    pub fn get(&self) -> T
    where
        T: Message,
    {
        match self.get_within(abi::FOREVER) {
            Ok(item) => item,
            Err(error) => self.give_up(error),
        }
    }

    /// Takes the first item, waiting at most that long for one.
    #[track_caller]
    pub fn get_timeout(&self, timeout: impl Seconds) -> Result<T, QueueError>
    where
        T: Message,
    {
        self.get_within(limit(timeout.seconds()))
    }

    /// Takes the first item if there is one.
    #[track_caller]
    pub fn try_get(&self) -> Result<T, QueueError>
    where
        T: Message,
    {
        self.get_within(0)
    }

    /// The number of items in the queue at this moment.
    pub fn len(&self) -> usize {
        (host().queue_len)(self.id) as usize
    }

    /// Whether there is no item in the queue at this moment.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Closes the queue: nothing more can be put, and who waits for an item of the drained queue is told.
    #[track_caller]
    pub fn close(&self) {
        (host().close)(self.id, here());
    }

    /// Says that an item that was taken is done with.
    ///
    /// # Panics
    /// If it is said more often than items were put.
    #[track_caller]
    pub fn task_done(&self) {
        crate::host::expect_ok(self.id, (host().item_done)(self.id, here()));
    }

    /// Waits until every item that was put is done with.
    #[track_caller]
    pub fn join(&self) {
        crate::host::expect_ok(self.id, (host().queue_join)(self.id, abi::FOREVER, here()));
    }

    /// The items as they come, until the queue is closed and drained.
    pub fn iter(&self) -> Items<T> {
        Items { queue: *self }
    }

    #[track_caller]
    fn put_within(&self, item: &T, timeout_ns: i64) -> Result<(), QueueError>
    where
        T: Message,
    {
        let line = here();
        let status = with_buffer(|bytes| {
            item.encode(bytes);
            (host().put)(self.id, bytes.as_ptr(), bytes.len(), timeout_ns, line)
        });
        match checked(status) {
            abi::OK => Ok(()),
            abi::TIMED_OUT => Err(QueueError::Full),
            abi::CLOSED => Err(QueueError::Closed),
            other => panic!("{}", explain(self.id, other)),
        }
    }

    #[track_caller]
    fn get_within(&self, timeout_ns: i64) -> Result<T, QueueError>
    where
        T: Message,
    {
        let line = here();
        let (status, item) = with_buffer(|bytes| {
            let status = (host().get)(self.id, timeout_ns, line, collect, (&raw mut *bytes).cast());
            (status, if status == abi::OK { T::decode(&mut bytes.as_slice()) } else { None })
        });
        match checked(status) {
            abi::OK => Ok(item.expect("a queue gives back what was put")),
            abi::TIMED_OUT => Err(QueueError::Empty),
            abi::CLOSED => Err(QueueError::Closed),
            other => panic!("{}", explain(self.id, other)),
        }
    }

    #[track_caller]
    fn give_up(&self, error: QueueError) -> ! {
        match error {
            QueueError::Closed => panic!("{}", explain(self.id, abi::CLOSED)),
            other => panic!("{other}"),
        }
    }
}

/// The items of a queue, until it is closed and drained.
pub struct Items<T> {
    queue: Queue<T>,
}

impl<T: Message> Iterator for Items<T> {
    type Item = T;
    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.queue.get_within(abi::FOREVER).ok()
    }
}

impl<T: Message> IntoIterator for Queue<T> {
    type Item = T;
    type IntoIter = Items<T>;
    fn into_iter(self) -> Items<T> {
        self.iter()
    }
}

/// How many items it holds now.
impl<T: Message> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Queue({} items)", self.len())
    }
}
