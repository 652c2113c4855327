//! What workers share: one memory mapping, and the queue, value, array, lock, trace and journal that live in it.
