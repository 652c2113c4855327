//! Any text between the fences of the front matter is one, or errors inside of it.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    nbrun_fuzz::read(&format!("---\n{text}\n---\n\n# Title\n"));
});
