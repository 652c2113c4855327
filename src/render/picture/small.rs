//! What is drawn for a small window takes as few bytes as it can, since each picture is drawn twice.

use std::fmt::Write;

/// Appends what is drawn for a small window: in whole pixels, and without what is told of events, unless it `tells` that. It stands
/// in the drawing for a wide page, in the same order.
pub fn push_small(out: &mut String, body: &str, tells: bool) {
    let mut rest = body;
    while let Some(start) = rest.find("<title>").filter(|_| !tells) {
        let Some(end) = rest[start..].find("</title>") else { break };
        push_rounded(out, &rest[..start]);
        rest = &rest[start + end + "</title>".len()..];
    }
    push_rounded(out, rest);
}

/// Appends some SVG in which each number of a tag from 1 on is a whole one.
fn push_rounded(out: &mut String, svg: &str) {
    let is_of_number = |c: char| c.is_ascii_digit() || c == '.';
    let mut in_tag = false;
    let mut rest = svg;
    while let Some(first) = rest.chars().next() {
        let long = match is_of_number(first) {
            true => rest.find(|c| !is_of_number(c)).unwrap_or(rest.len()),
            false => rest.find(is_of_number).unwrap_or(rest.len()),
        };
        let (part, after) = rest.split_at(long);
        match part.parse::<f64>() {
            Ok(number) if in_tag && part.contains('.') && number >= 1.0 => {
                let _ = write!(out, "{number:.0}");
            }
            _ => {
                out.push_str(part);
                in_tag = part.rfind(['<', '>']).map_or(in_tag, |at| part[at..].starts_with('<'));
            }
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_drawing_has_whole_numbers_and_tells_nothing_twice() {
        let mut out = String::new();
        push_small(
            &mut out,
            "<g class=\"e\"><title>at 1.5 ms</title><path d=\"M10.6 3.2l-2.6 0.4h.5\"/></g><text x=\"7.5\">1.5 ms</text>",
            false,
        );
        assert_eq!(out, "<g class=\"e\"><path d=\"M11 3l-3 0.4h.5\"/></g><text x=\"8\">1.5 ms</text>");
    }
}
