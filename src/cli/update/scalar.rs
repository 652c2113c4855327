//! A line as a scalar of YAML.

use std::fmt::Write as _;

/// What YAML or a person might take for something else than text.
const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];

/// A line as a scalar: plain where nobody can take it for anything else, and else between double quotes.
pub fn scalar(line: &str) -> String {
    let is_plain =
        |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '/' | '(' | ')' | '+' | '=' | '，' | '。');
    let is_word = WORDS.iter().any(|word| line.eq_ignore_ascii_case(word));
    if line.starts_with(char::is_alphabetic) && !line.ends_with(' ') && line.chars().all(is_plain) && !is_word {
        return line.to_owned();
    }
    let mut out = String::from('"');
    for c in line.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\t' => out.push_str("\\t"),
            _ if is_visible(c) => out.push(c),
            _ => {
                let _ = write!(out, "\\U{:08X}", c as u32);
            }
        }
    }
    out + "\""
}

/// Whether a character may stand in a spec as it is.
fn is_visible(c: char) -> bool {
    let is_mark = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    // The last two of each plane are no characters.
    !c.is_control() && !is_mark && (c as u32) & 0xfffe != 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::Snippet;
    use crate::notebook::yaml::{Value, parse};
    use proptest::prelude::*;

    #[test]
    fn a_line_is_quoted_where_it_could_be_read_as_something_else() {
        for line in ["hello ada", "多线程，完成。", "a = 1", "a-1 (b)"] {
            assert_eq!(scalar(line), line);
        }
        for line in ["", "1", "true", "No", "- a", "a: b", "a #b", " a", "a ", "~", "`a`", "{a", "'a'"] {
            assert_eq!(scalar(line), format!("\"{line}\""));
        }
        assert_eq!(scalar("a\t\"\\\u{1b}"), r#""a\t\"\\\U0000001B""#);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_read_again_is_the_line(line in "(.|[ \t\"'\\\\:#多\u{85}\u{2028}\u{feff}\u{1b}\r\u{ffff}\u{1f600}-]){0,12}") {
            let text = format!("- {}", scalar(&line));
            let read = parse("a.md", &text, &Snippet::of_lines(&text, 1)).expect("YAML").expect("a node").value;
            let Value::List { items, .. } = read else { panic!("no list: {text:?}") };
            prop_assert_eq!(items[0].scalar().map(|scalar| scalar.text.clone()), Some(line));
        }
    }
}
