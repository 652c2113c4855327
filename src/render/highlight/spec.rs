//! A lexer for job specs, line by line: the marks and keys of YAML, and Rust at the leaves.

use super::{Class, push_escaped, rust};

/// Appends a job spec as HTML.
pub fn push(out: &mut String, code: &str) {
    for (at, line) in code.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        push_line(out, line);
    }
}

fn push_line(out: &mut String, line: &str) {
    let (line, comment) = line.split_at(comment_start(line));
    let mut rest = line;
    loop {
        let indent = rest.len() - rest.trim_start().len();
        out.push_str(&rest[..indent]);
        rest = &rest[indent..];
        match rest.strip_prefix('-').filter(|behind| behind.is_empty() || behind.starts_with(' ')) {
            Some(behind) => {
                out.push('-');
                rest = behind;
            }
            None => break,
        }
    }
    push_entry(out, rest);
    super::push(out, Some(Class::Comment).filter(|_| !comment.is_empty()), comment);
}

/// Where the comment of a line begins: at a `#` behind a space that is not in a string; the line's end if there is
/// none.
fn comment_start(line: &str) -> usize {
    let (mut quote, mut before, mut escaped) = (None, ' ', false);
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (Some(open), _) if c == open => quote = None,
            (None, '"') => quote = Some(c),
            (None, '\'') if matches!(before, ' ' | '[' | '{' | ',') => quote = Some(c),
            (None, '#') if before.is_whitespace() => return at,
            _ => {}
        }
        before = c;
    }
    line.len()
}

/// `key: value`, or a value alone.
fn push_entry(out: &mut String, text: &str) {
    match key_length(text) {
        Some(length) => {
            super::push(out, Some(Class::Key), &text[..length]);
            out.push(':');
            match &text[..length] {
                // A name is a word of YAML.
                "name" => push_escaped(out, &text[length + 1..]),
                _ => push_value(out, &text[length + 1..]),
            }
        }
        None => push_value(out, text),
    }
}

/// The length of the key at the start of `text`, which a colon and then a space or nothing follows.
fn key_length(text: &str) -> Option<usize> {
    let end = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | ' ')))?;
    let behind = text[end..].strip_prefix(':')?;
    (end > 0 && (behind.is_empty() || behind.starts_with(' '))).then_some(end)
}

fn push_value(out: &mut String, text: &str) {
    let value = text.trim_start();
    out.push_str(&text[..text.len() - value.len()]);
    match value.chars().next() {
        Some('{') if key_length(value[1..].trim_start()).is_some() => push_flow(out, value),
        // A string of YAML: what is in it may be Rust, but its quotes are not.
        Some('\'') => super::push(out, Some(Class::Text), value),
        _ => rust::push(out, value),
    }
}

/// A mapping in braces, and what follows it.
fn push_flow(out: &mut String, text: &str) {
    out.push('{');
    let mut rest = &text[1..];
    loop {
        let end = entry_end(rest);
        let entry = rest[..end].trim_start();
        out.push_str(&rest[..end - entry.len()]);
        push_entry(out, entry);
        rest = &rest[end..];
        let Some(mark) = rest.chars().next() else { return };
        out.push(mark);
        rest = &rest[1..];
        if mark == '}' {
            return rust::push(out, rest);
        }
    }
}

/// Where an entry of a mapping in braces ends: at a comma or brace that stands in no bracket and no string.
fn entry_end(text: &str) -> usize {
    let (mut depth, mut quote) = (0, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ',' | '}') if depth == 0 => return at,
            (None, ')' | ']' | '}') => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::super::spec;

    #[test]
    fn keys_are_yaml_and_leaves_are_rust() {
        assert_eq!(
            spec("- process: job(1)  # one"),
            "- <span class=\"y\">process</span>: <span class=\"f\">job</span>(<span class=\"n\">1</span>)  \
             <span class=\"c\"># one</span>"
        );
        assert_eq!(spec("  - f(q)"), "  - <span class=\"f\">f</span>(q)");
        assert_eq!(spec("jobs:"), "<span class=\"y\">jobs</span>:");
    }

    #[test]
    fn a_mapping_in_braces_has_keys_too() {
        assert_eq!(
            spec("v: {call: f(a, b), name: p2}"),
            "<span class=\"y\">v</span>: {<span class=\"y\">call</span>: <span class=\"f\">f</span>(a, b), \
             <span class=\"y\">name</span>: p2}"
        );
    }

    #[test]
    fn a_path_in_rust_is_not_a_key() {
        assert_eq!(spec("- Duration::ZERO"), "- <span class=\"t\">Duration</span>::<span class=\"n\">ZERO</span>");
    }

    #[test]
    fn a_hash_in_a_string_is_not_a_comment() {
        assert!(!spec("show: f(\"a # b\")").contains("class=\"c\""));
    }

    #[test]
    fn an_open_brace_at_the_end_keeps_all_its_text() {
        assert_eq!(
            spec("v: {a: 1"),
            "<span class=\"y\">v</span>: {<span class=\"y\">a</span>: <span class=\"n\">1</span>"
        );
        assert_eq!(
            spec("多: {a: \"é"),
            "<span class=\"y\">多</span>: {<span class=\"y\">a</span>: <span class=\"s\">&quot;é</span>"
        );
    }
}
