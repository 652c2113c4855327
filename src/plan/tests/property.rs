//! What holds for any spec, well-formed or not.

use super::*;
use proptest::prelude::*;

/// Pieces of which specs are made, right and wrong ones.
const PIECES: [&str; 60] = [
    "executor: ",
    "thread",
    "process",
    "normal",
    "jobs:",
    "\n",
    "\n- ",
    "\n  - ",
    "call: ",
    "name: ",
    "timeout: ",
    "expect: ",
    "error: ",
    "repeat: ",
    "show: ",
    "assert: ",
    "workers: ",
    "map: ",
    "over: ",
    "apply_async: ",
    "for: ",
    "i in 0..10",
    "type: ",
    "init: ",
    "len: ",
    "of: ",
    "maxsize: ",
    "semaphore: ",
    "barrier: ",
    "lock",
    "q: ",
    "v: ",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ", ",
    "\"",
    "'",
    "|",
    ">",
    "|-\n  ",
    "&",
    "*",
    "!",
    "#",
    ": ",
    "\t",
    "多",
    "\\",
    "0",
    "-1",
    "3.14",
    "1e999",
    "f(1, 2)",
    "\u{2028}",
    "\r",
    "---\n",
];

fn specs() -> impl Strategy<Value = (String, String)> {
    let kinds = proptest::sample::select(SpecKind::ALL.map(|kind| kind.as_str().to_owned()).to_vec());
    let piece = prop_oneof![9 => proptest::sample::select(&PIECES[..]).prop_map(str::to_owned), 1 => ".{0,3}"];
    let pieces = proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat());
    (kinds, pieces)
}

/// At least 2000 cases; `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    ProptestConfig { cases: config.cases.max(2000), ..config }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_text_is_a_plan_or_errors_inside_of_its_cell((kind, text) in specs()) {
        let notebook = notebook(&[("job", "// before"), (&kind, &text), ("job", "// behind")]);
        let (first, last) = (notebook.cells[1].line, notebook.cells[2].line - 2);
        for diagnostic in plan(&notebook).err().unwrap_or_default() {
            let place = diagnostic.place.clone().expect("a place");
            prop_assert!((first..=last).contains(&place.line), "{diagnostic}");
            let length = place.text.chars().count() as u32;
            prop_assert!(place.column <= length + 1 && place.width <= length.max(1), "{diagnostic}");
            prop_assert!(!diagnostic.message.is_empty());
        }
    }
}
