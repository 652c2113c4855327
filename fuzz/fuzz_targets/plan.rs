//! Any text of a job spec is a step of a plan, or errors inside of it. The first byte says which kind of spec it is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nbrun::notebook::SpecKind;

fuzz_target!(|text: &str| {
    let Some(first) = text.chars().next() else { return };
    let kind = SpecKind::ALL[first as usize % SpecKind::ALL.len()];
    let spec = &text[first.len_utf8()..];
    nbrun_fuzz::read(&format!("```yaml queue\nq: i64\n```\n\n``````````yaml {kind}\n{spec}\n``````````\n"));
});
