//! To look again for a moment before sleeping. This file is compiled twice: into nbrun, and into the prelude, for the mirror of `std`.

/// How many pauses there are between two looks at most.
const LONGEST_PAUSE: u32 = 32;

/// Looks again for as long as so many pauses take, until there is something. Each look takes the other side's cache line
/// away from it, so there are fewer and fewer.
pub fn look_again<R>(pauses: u32, mut look: impl FnMut() -> Option<R>) -> Option<R> {
    let (mut left, mut pause) = (pauses, 1);
    while left > 0 {
        (0..pause).for_each(|_| std::hint::spin_loop());
        left = left.saturating_sub(pause);
        pause = (2 * pause).min(LONGEST_PAUSE);
        if let Some(found) = look() {
            return Some(found);
        }
    }
    None
}
