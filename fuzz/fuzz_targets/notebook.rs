//! Any text is a notebook, or errors inside of it.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    nbrun_fuzz::read(text);
});
