//! The page of any notebook with any record is well-formed, and holds no script but the theme's. The first bytes make the
//! record, the text behind them is the notebook.
#![no_main]

use arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use nbrun::record::Record;
use nbrun::render;

fuzz_target!(|data: &[u8]| {
    let Some((size, data)) = data.split_first() else { return };
    let (made, text) = data.split_at((usize::from(*size) * 4).min(data.len()));
    let Some(notebook) = std::str::from_utf8(text).ok().and_then(nbrun_fuzz::read) else { return };
    let Some(mut record) = nbrun_fuzz::made_up::make::<Record>(&mut Unstructured::new(made)) else { return };
    for (index, cell) in record.cells.iter_mut().enumerate() {
        cell.cell = index;
    }
    let page = render::render(&notebook, &record);
    // What a trusted author writes as HTML is theirs; then only whether the page can be made is tested.
    let trusted = record.provenance.sandbox.is_none();
    if !trusted || !text.contains(&b'<') {
        nbrun_fuzz::page::check(&page, trusted);
    }
});
