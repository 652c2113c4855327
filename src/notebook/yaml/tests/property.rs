//! What holds for any text.

use super::*;
use proptest::prelude::*;

/// Pieces of which YAML is made.
const PIECES: [&str; 30] = [
    "a: ", "b: ", "- ", "\n", "\n  ", "\n- ", "\n\n    ", "x", "f(1, 2)", "'", "\"", "''", "\\\"", "\\n", "\\\n  ",
    "|\n  ", ">-\n    ", "|2\n   ", "[", "]", "{", "}", ", ", " # c", "\t", "多", "é", "1.50", "~", " ",
];

fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![9 => proptest::sample::select(&PIECES[..]).prop_map(str::to_owned), 1 => "\\PC{0,3}"];
    proptest::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

/// A text without the blanks and breaks that YAML folds.
fn black(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')).collect()
}

/// Every scalar of a tree.
fn scalars(node: &Node) -> Vec<&Scalar> {
    match &node.value {
        Value::Scalar(scalar) => vec![scalar],
        Value::List { items, .. } => items.iter().flat_map(scalars).collect(),
        Value::Map { entries, .. } => entries.iter().flat_map(|entry| scalars(&entry.value)).collect(),
    }
}

/// At least 2000 cases; `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    ProptestConfig { cases: config.cases.max(2000), ..config }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_code_of_a_scalar_is_its_text_and_stands_at_its_places(text in texts()) {
        let (snippet, source) = (snippet(&text, 2), source(&text, 2));
        let lines: Vec<&str> = source.split('\n').collect();
        // A line that libyaml breaks in two is no line of a notebook: such characters only must not do any harm.
        let exotic = text.contains(['\r', '\u{85}', '\u{2028}', '\u{2029}']);
        prop_assume!(!exotic);
        for scalar in parse("n.md", &source, &snippet).ok().flatten().iter().flat_map(scalars) {
            prop_assert_eq!(black(&scalar.code.text()), black(&scalar.text));
            prop_assert!(!scalar.code.lines.is_empty());
            for line in &scalar.code.lines {
                let there: Vec<char> = lines[line.line as usize - 1].chars().collect();
                for (index, c) in line.text.chars().enumerate() {
                    let escaped = line.escapes.iter().any(|escape| escape.at as usize == index);
                    let written = there.get(line.column_of(index) as usize - 1).copied();
                    let right = if escaped { matches!(written, Some('\\' | '\'')) } else { written == Some(c) };
                    prop_assert!(right, "{:?}: {index} of {:?} at {}:{}", c, line.text, line.line, line.column);
                }
            }
        }
    }
}
