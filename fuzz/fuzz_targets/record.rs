//! Any text is a record, which comes back as it was saved and can be rendered, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nbrun::record::Record;
use nbrun::{notebook, render};

const NOTEBOOK: &str = "```rust job\nfn f() {}\n```\n\n```yaml queue\nq: i64\n```\n\n```yaml spawn\n- thread: f()\n```\n";

fuzz_target!(|text: &str| {
    let record = match Record::from_json("fuzz.json", text) {
        Ok(record) => record,
        Err(error) => return assert!(error.message.starts_with("fuzz.json: ")),
    };
    let again = Record::from_json("fuzz.json", &record.to_json().expect("a record can be saved"));
    assert_eq!(again.as_ref(), Ok(&record));
    let notebook = notebook::parse("fuzz.md", NOTEBOOK.to_owned()).expect("a notebook");
    let _ = render::check(&notebook, &record);
    nbrun_fuzz::page::check(&render::render(&notebook, &record), false);
});
