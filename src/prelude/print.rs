//! Printing that is captured for each worker. The macros shadow std's by name in every cell.

use crate::host::{host, shown};
use crate::position;
use std::cell::Cell;
use std::fmt::{self, Write as _};
use std::io::Write as _;

thread_local! {
    /// The last text's buffer, kept so that a printing loop does not allocate.
    static BUFFER: Cell<String> = const { Cell::new(String::new()) };
}

/// That something is being formatted, until it is dropped; holds the position of whatever was formatted around it.
struct Formats(u32);

impl Drop for Formats {
    fn drop(&mut self) {
        (host().formats)(self.0);
    }
}

#[doc(hidden)]
pub fn __print(stream: u32, text: fmt::Arguments<'_>, newline: bool, file: &str, line: u32) {
    // What stands in the buffer of std's own standard output was written before this.
    let _ = std::io::stdout().flush();
    let position = position::at(file, line);
    let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
    buffer.clear();
    {
        let _formats = Formats((host().formats)(position));
        // A `Display` that fails would panic in std's println; here its text is simply cut at that point.
        let _ = buffer.write_fmt(text);
    }
    if newline {
        buffer.push('\n');
    }
    (host().print)(stream, buffer.as_ptr(), buffer.len(), position);
    let _ = BUFFER.try_with(|cell| cell.set(buffer));
}

/// Prints what was written to a handle of standard output or standard error.
pub fn written(stream: u32, text: &[u8], position: u32) {
    (host().print)(stream, text.as_ptr(), text.len(), position);
}

#[doc(hidden)]
pub fn __debug<T: fmt::Debug>(file: &str, line: u32, column: u32, expression: &str, value: &T) {
    let place = shown(file, line, column);
    __print(crate::abi::STDERR, format_args!("[{place}] {expression} = {value:#?}"), true, file, line);
}

#[doc(hidden)]
pub fn __debug_here(file: &str, line: u32, column: u32) {
    __print(crate::abi::STDERR, format_args!("[{}]", shown(file, line, column)), true, file, line);
}

/// Like std's `print!`, captured for the calling worker.
#[macro_export]
macro_rules! print {
    ($($arg:tt)*) => { $crate::__print($crate::abi::STDOUT, ::std::format_args!($($arg)*), false, ::std::file!(), ::std::line!()) };
}

/// Like std's `println!`, captured for the calling worker.
#[macro_export]
macro_rules! println {
    () => { $crate::__print($crate::abi::STDOUT, ::std::format_args!(""), true, ::std::file!(), ::std::line!()) };
    ($($arg:tt)*) => { $crate::__print($crate::abi::STDOUT, ::std::format_args!($($arg)*), true, ::std::file!(), ::std::line!()) };
}

/// Like std's `eprint!`, captured for the calling worker.
#[macro_export]
macro_rules! eprint {
    ($($arg:tt)*) => { $crate::__print($crate::abi::STDERR, ::std::format_args!($($arg)*), false, ::std::file!(), ::std::line!()) };
}

/// Like std's `eprintln!`, captured for the calling worker.
#[macro_export]
macro_rules! eprintln {
    () => { $crate::__print($crate::abi::STDERR, ::std::format_args!(""), true, ::std::file!(), ::std::line!()) };
    ($($arg:tt)*) => { $crate::__print($crate::abi::STDERR, ::std::format_args!($($arg)*), true, ::std::file!(), ::std::line!()) };
}

/// Like std's `dbg!`, captured for the calling worker.
#[macro_export]
macro_rules! dbg {
    () => { $crate::__debug_here(::std::file!(), ::std::line!(), ::std::column!()) };
    ($value:expr $(,)?) => {
        match $value {
            value => {
                $crate::__debug(::std::file!(), ::std::line!(), ::std::column!(), ::std::stringify!($value), &value);
                value
            }
        }
    };
    ($($value:expr),+ $(,)?) => { ($($crate::dbg!($value)),+,) };
}
