//! A line of a cell as one number, which is what passes through the host's table. This file is compiled twice: into nbrun,
//! and into the prelude, which makes such numbers of the places that the compiler knows.

/// How many bits of the number are the line's.
pub const LINE_BITS: u32 = 19;
/// How many cells a notebook can have.
pub const MAX_CELLS: u32 = 1 << (32 - LINE_BITS);
/// How many lines a cell can have.
pub const MAX_LINES: u32 = (1 << LINE_BITS) - 1;

/// The line `line` (from 1) of the cell `cell` (from 0) as one number. No line has the number 0, which stands for none.
#[inline(always)]
pub const fn packed(cell: u32, line: u32) -> u32 {
    if cell < MAX_CELLS && line > 0 && line <= MAX_LINES { cell << LINE_BITS | line } else { 0 }
}

/// The cell whose code stands in the source file of this name. Such a name has the cell's number, counted from 1, in four
/// digits: `cell:0012`.
#[inline(always)]
pub const fn cell_of(file: &str) -> Option<u32> {
    let &[b'c', b'e', b'l', b'l', b':', a, b, c, d] = file.as_bytes() else { return None };
    let number = value(a) * 1000 + value(b) * 100 + value(c) * 10 + value(d);
    number.checked_sub(1)
}

/// The value of a digit.
#[inline(always)]
const fn value(digit: u8) -> u32 {
    digit.wrapping_sub(b'0') as u32
}

/// The number of a line of a source file; 0 where that is no cell's.
#[inline(always)]
pub const fn at(file: &str, line: u32) -> u32 {
    match cell_of(file) {
        Some(cell) => packed(cell, line),
        None => 0,
    }
}
