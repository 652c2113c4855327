//! What a notebook's library lends for the time of a call. Here, and nowhere else, the addresses that it passes become references.

use std::borrow::Cow;
use std::mem::MaybeUninit;

/// The bytes that the library lends for a call.
pub(super) fn borrowed<'a>(bytes: *const u8, len: usize) -> &'a [u8] {
    if bytes.is_null() || len == 0 {
        return &[];
    }
    // SAFETY: the prelude passes the address and length of a slice that lives during the call.
    unsafe { std::slice::from_raw_parts(bytes, len) }
}

/// The room that the library lends for an answer.
pub(super) fn lent<'a>(out: *mut u8, len: usize) -> &'a mut [MaybeUninit<u8>] {
    if out.is_null() || len == 0 {
        return &mut [];
    }
    // SAFETY: the prelude passes the address and length of memory of its own that nobody else uses during the call.
    unsafe { std::slice::from_raw_parts_mut(out.cast(), len) }
}

/// The place that the library lends for one answer.
pub(super) fn answer_in<'a, T>(place: *mut T) -> Option<&'a mut T> {
    // SAFETY: the prelude passes a valid place of its own, which holds some value.
    unsafe { place.as_mut() }
}

/// What the library passes as text.
pub(super) fn text<'a>(bytes: *const u8, len: usize) -> Cow<'a, str> {
    String::from_utf8_lossy(borrowed(bytes, len))
}

/// What the library passes by its address.
pub(super) fn passed<'a, T>(address: *const T) -> Option<&'a T> {
    // SAFETY: the library passes a valid place of its own, which lives during the call.
    unsafe { address.as_ref() }
}
