//! Tags that a page has in place of an author's.

pub use crate::notebook::tags::{Tag, tags};

use super::text::escape;

impl Tag<'_> {
    /// The tag with another value of an attribute, and without those in `dropped`.
    pub fn with(&self, name: &str, value: &str, dropped: &[&str]) -> String {
        let mut out = format!("<{}", self.name);
        for (attribute, old) in &self.attributes {
            if dropped.iter().any(|dropped| attribute.eq_ignore_ascii_case(dropped)) {
                continue;
            }
            let value = if attribute.eq_ignore_ascii_case(name) { value } else { old.as_str() };
            out.extend([" ", attribute, "=\"", &escape(value), "\""]);
        }
        out.push('>');
        out
    }
}

/// HTML in which nothing leads to lines of code, for places where these do not stand.
pub fn without_line_links(html: &str) -> String {
    let (mut out, mut from, mut is_within) = (String::with_capacity(html.len()), 0, false);
    for tag in tags(html).iter().filter(|tag| tag.name == "a") {
        if tag.closes && is_within || !tag.closes && tag.get("class") == Some("line") {
            out.push_str(&html[from..tag.start]);
            from = tag.end;
            is_within = !tag.closes;
        }
    }
    out + &html[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_gets_another_value_and_loses_attributes() {
        let html = "<IMG src='x y.png' alt=c hidden/>";
        assert_eq!(tags(html)[0].with("src", "\"", &["hidden"]), "<img src=\"&quot;\" alt=\"c\">");
    }

    #[test]
    fn what_leads_to_lines_is_only_text_where_no_lines_are() {
        let html = "<a href=\"#x\">x</a> at <a class=\"line\" href=\"#L7\">line 7</a>, <a>y</a>";
        assert_eq!(without_line_links(html), "<a href=\"#x\">x</a> at line 7, <a>y</a>");
    }
}
