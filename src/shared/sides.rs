//! How the two sides of a comparison stand in the journal.

use super::journal::{SEPARATOR, cut};
use crate::model::Sides;

/// The most of a side that is kept, in bytes.
const MAX_SIDE_BYTES: usize = 2 << 10;

impl Sides {
    /// Two texts, of which no more is kept than anybody reads.
    pub fn new(left: &[u8], right: &[u8]) -> Self {
        let side = |bytes| cut(&String::from_utf8_lossy(bytes).replace(SEPARATOR, "\u{fffd}"), MAX_SIDE_BYTES);
        Self { left: side(left), right: side(right) }
    }

    /// As one text.
    pub fn joined(&self) -> String {
        format!("{}{SEPARATOR}{}", self.left, self.right)
    }

    /// From one text.
    pub fn parted(text: &str) -> Option<Self> {
        let (left, right) = text.split_once(SEPARATOR)?;
        Some(Self { left: left.to_owned(), right: right.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sides_are_cut_and_a_separator_inside_does_no_harm() {
        let sides = Sides::new("多".repeat(MAX_SIDE_BYTES).as_bytes(), b"a\x1fb");
        assert!(sides.left.len() < MAX_SIDE_BYTES + 100 && sides.left.ends_with("… (the rest is left out)"));
        assert_eq!(sides.right, "a\u{fffd}b");
        assert_eq!(Sides::parted(&sides.joined()), Some(sides));
        assert_eq!(Sides::parted(""), None);
    }
}
