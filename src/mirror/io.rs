//! `std::io`: what is written to the handles of standard output and standard error is printed by the worker that writes it.

pub use ::std::io::*;

use ::std::fmt;
use ::std::marker::PhantomData;
use ::std::panic::Location;
use ::std::sync::MutexGuard;
use nbrun::abi;
use nbrun::seam::{at, written};

/// The place of the caller, as the table wants it.
#[track_caller]
fn here() -> u32 {
    let place = Location::caller();
    at(place.file(), place.line())
}

/// Prints a text that is formatted first, so that it is one text to nbrun.
fn formatted(stream: u32, text: fmt::Arguments<'_>, position: u32) -> Result<()> {
    let failed = || Error::other("formatter error");
    let mut whole = String::new();
    fmt::write(&mut whole, text).map_err(|_| failed())?;
    written(stream, whole.as_bytes(), position);
    Ok(())
}

macro_rules! streams {
    ($($stream:ident $locked:ident $function:ident $number:ident $name:literal)*) => { $(
        #[doc = concat!("`std::io::", $name, "`.")]
        pub struct $stream(());

        #[doc = concat!("`std::io::", $name, "Lock`. It locks nothing: each worker has a stream of its own. Like a guard, it stays with its thread.")]
        #[must_use = "if unused stream will immediately unlock"]
        pub struct $locked<'a>(PhantomData<MutexGuard<'a, ()>>);

        #[must_use]
        pub fn $function() -> $stream {
            $stream(())
        }

        impl $stream {
            pub fn lock(&self) -> $locked<'static> {
                $locked(PhantomData)
            }

            /// The output of a cell is on a page.
            pub fn is_terminal(&self) -> bool {
                false
            }
        }

        impl $locked<'_> {
            /// The output of a cell is on a page.
            pub fn is_terminal(&self) -> bool {
                false
            }
        }

        impl fmt::Debug for $stream {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct($name).finish_non_exhaustive()
            }
        }

        impl fmt::Debug for $locked<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(concat!($name, "Lock")).finish_non_exhaustive()
            }
        }

        streams! { writes $stream, $number }
        streams! { writes &$stream, $number }
        streams! { writes $locked<'_>, $number }
    )* };
    (writes $stream:ty, $number:ident) => {
        impl Write for $stream {
            #[track_caller]
            fn write(&mut self, bytes: &[u8]) -> Result<usize> {
                written(abi::$number, bytes, here());
                Ok(bytes.len())
            }

            #[track_caller]
            fn write_all(&mut self, bytes: &[u8]) -> Result<()> {
                written(abi::$number, bytes, here());
                Ok(())
            }

            #[track_caller]
            fn write_fmt(&mut self, text: fmt::Arguments<'_>) -> Result<()> {
                formatted(abi::$number, text, here())
            }

            fn flush(&mut self) -> Result<()> {
                Ok(())
            }
        }
    };
}

streams! {
    Stdout StdoutLock stdout STDOUT "Stdout"
    Stderr StderrLock stderr STDERR "Stderr"
}
