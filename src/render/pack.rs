//! A page in fewer bytes: no browser needs most of the quotes, and its pictures, its tables and its code nobody reads as HTML. It joins shapes
//! that are drawn alike, so it is no general minifier.

use super::picture::length;
use super::theme;
use std::borrow::Cow;
use std::fmt::Write;

/// With what pictures, tables and code begin, and with what the latter two end. Tables of the prose begin otherwise.
const PICTURE: &str = "<svg class=\"lanes";
const OTHERS: [(&str, &str); 3] =
    [("<table class=\"", "</table>"), ("<table><thead>", "</table>"), ("<pre class=\"code\"", "</pre>")];
/// End tags that HTML does not ask for where one of these follows. Of two that end together one is left out: what else reads pages does
/// not expect that both are.
const IMPLIED: [(&str, &[&str]); 4] =
    [("/td", &["td", "th", "/tr"]), ("/th", &["td", "th", "/tr"]), ("/thead", &["tbody"]), ("/tbody", &["/table"])];
/// What a table is made of.
const ROWS: [&str; 12] =
    ["table", "thead", "tbody", "tr", "td", "th", "/td", "/th", "/thead", "/tbody", "/tr", "/table"];
/// Elements that stand by themselves, whatever is between them and the next one.
const BLOCKS: [&str; 18] = [
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "section",
    "details",
    "summary",
    "figure",
    "figcaption",
    "nav",
    "main",
    "header",
    "footer",
];
/// Elements whose content is no HTML.
const AS_IT_IS: [(&str, &str); 4] =
    [("<script", "</script>"), ("<style", "</style>"), ("<textarea", "</textarea>"), ("<!--", "-->")];

/// A page in which its body is packed, and whose style is for what it has.
pub fn packed(html: &str) -> String {
    let (head, mut rest) = html.split_at(html.find("<body").unwrap_or(0));
    let (mut out, classes) = (String::with_capacity(html.len()), theme::classes(rest));
    match head.split_once("<style>\n").and_then(|(before, rest)| Some((before, rest.split_once("</style>")?))) {
        Some((before, (style, behind))) => {
            out.extend([before, "<style>\n", &theme::fitting(style, &classes), "</style>", behind]);
        }
        None => out.push_str(head),
    }
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        // Most tags begin with a letter with which nothing of the rest begins.
        let is_other = !matches!(rest.as_bytes().get(1), Some(b't' | b'p' | b's' | b'!'));
        let end_of =
            |(begin, end): &(&str, &str)| Some(rest.find(end)? + end.len()).filter(|_| rest.starts_with(begin));
        let part = OTHERS.iter().filter(|(begin, _)| rest.starts_with(begin)).find_map(end_of);
        let part = part.or_else(|| if rest.starts_with(PICTURE) { length(rest) } else { None });
        let pattern = rest.strip_prefix("<pattern id=\"").and_then(|rest| rest.split('"').next());
        let long = if let Some(long) = is_other.then(|| plain_tag(rest)).flatten() {
            push_tag(&mut out, &rest[..long]);
            long
        } else if pattern.is_some_and(|id| !classes.contains(id)) {
            // No picture refers to it.
            rest.find("</pattern>").map_or(rest.len(), |end| end + "</pattern>".len())
        } else if let Some(long) = part {
            push(&mut out, &rest[..long]);
            long
        } else if let Some((_, end)) = AS_IT_IS.iter().find(|(begin, _)| rest.starts_with(begin)) {
            let long = rest.find(end).unwrap_or(rest.len());
            out.push_str(&rest[..long]);
            long
        } else if let Some(long) = plain_tag(rest) {
            push_tag(&mut out, &rest[..long]);
            long
        } else {
            // What its author has written in another way stays, down to its end.
            let long = rest.find('>').map_or(rest.len(), |end| end + 1);
            out.push_str(&rest[..long]);
            long
        };
        let (tag, behind) = rest.split_at(long);
        rest = behind;
        // Around a block, line feeds are for its authors.
        let next = rest.trim_start_matches('\n');
        if next.len() < rest.len() && next.starts_with('<') && [tag, next].iter().any(|tag| BLOCKS.contains(&name(tag)))
        {
            rest = next;
        }
    }
    out + rest
}

/// The name in a tag with which some HTML begins.
fn name(html: &str) -> &str {
    let name = html.trim_start_matches(['<', '/']);
    name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default()
}

/// How long the tag is that some HTML begins with, if each of its values stands between double quotes, or in none.
fn plain_tag(html: &str) -> Option<usize> {
    // Most tags have no value.
    let end = html.find('>')?;
    if !html[1..end].contains(['"', '\'', '`', '<']) {
        return Some(end + 1);
    }
    let (mut is_within, mut last) = (false, b'<');
    for (at, byte) in html.bytes().enumerate().skip(1) {
        match byte {
            b'"' if is_within => is_within = false,
            b'"' if last == b'=' => is_within = true,
            b'>' if !is_within => return Some(at + 1),
            _ if is_within => {}
            b'"' | b'\'' | b'`' | b'<' => return None,
            // Behind a value something else begins.
            _ if last == b'"' && !matches!(byte, b' ' | b'\n' | b'/') => return None,
            _ => {}
        }
        last = byte;
    }
    None
}

fn push(out: &mut String, part: &str) {
    let mut tags = part.split('<').skip(1).peekable();
    // In code each line feed counts.
    if part.starts_with("<pre") {
        for (tag, text) in tags.map(|tag| tag.split_once('>').unwrap_or((tag, ""))) {
            out.push('<');
            push_tag(out, tag);
            out.push('>');
            out.push_str(text);
        }
        return;
    }
    // By its beginning a picture is found in a page.
    if let Some(first) = tags.next_if(|_| part.starts_with(PICTURE)) {
        out.extend(["<", first.trim_end_matches('\n')]);
    }
    let mut last = "";
    while let Some(tag) = tags.next() {
        let (tag, text) = tag.split_once('>').unwrap_or((tag, ""));
        let next = tags.peek().and_then(|next| next.split([' ', '>']).next()).unwrap_or_default();
        // Between words in a table's cell a line feed is a space.
        let is_between =
            || !part.starts_with("<table") || ROWS.contains(&next) || ROWS.iter().any(|row| tag.starts_with(row));
        let is_blank = text.trim_matches('\n').is_empty() && is_between();
        let is_implied = is_blank && IMPLIED.iter().any(|(end, before)| *end == tag && before.contains(&next));
        // Shapes that are drawn alike, one after the other, are one.
        match mergeable(tag).filter(|(class, _)| *class == last) {
            Some((_, d)) if out.ends_with("\"/>") => {
                out.truncate(out.len() - "\"/>".len());
                out.extend([&path(d), "\"/>"]);
            }
            _ if is_implied => {}
            _ => {
                out.push('<');
                push_tag(out, tag);
                out.push('>');
            }
        }
        out.push_str(if is_blank { "" } else { text });
        last = mergeable(tag).map_or("", |(class, _)| class);
    }
}

/// The class and the line of a path that has nothing else, and keeps no shape of its own when its picture is stretched.
fn mergeable(tag: &str) -> Option<(&str, &str)> {
    let (class, rest) = tag.strip_prefix("path class=\"")?.split_once("\" d=\"")?;
    let d = rest.strip_suffix("\"/").filter(|d| d.starts_with('M'))?;
    (!class.split(' ').any(|class| class == "fix")).then_some((class, d))
}

/// Appends a tag, or what stands between its signs.
fn push_tag(out: &mut String, tag: &str) {
    if !tag.contains('"') {
        out.push_str(tag);
        return;
    }
    let mut parts = tag.split('"').peekable();
    while let Some(name) = parts.next() {
        out.push_str(name);
        let Some(value) = parts.next() else { break };
        let value = if name.ends_with(" d=") { Cow::Owned(path(value)) } else { Cow::Borrowed(value) };
        // A slash behind a value would be a part of it.
        let is_before_slash = parts.peek().is_some_and(|next| next.starts_with('/'));
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '%' | '#' | '_' | ':' | ',');
        match !is_before_slash && !value.is_empty() && value.chars().all(is_plain) {
            true => out.push_str(&value),
            false if value.contains("&quot;") && !value.contains('\'') => {
                out.extend(["'", &value.replace("&quot;", "\""), "'"]);
            }
            false => out.extend(["\"", &*value, "\""]),
        }
    }
}

/// A path whose lines are told by how far they lead, where these go only across and up and down; any other as it is.
fn path(d: &str) -> String {
    let mut out = String::with_capacity(d.len());
    let (mut rest, mut at, mut begin) = (d, [0; 2], [0; 2]);
    while let Some(command) = rest.chars().next() {
        let long = rest[1..].find(|c: char| c.is_ascii_alphabetic()).map_or(rest.len(), |long| long + 1);
        let numbers: Option<Vec<i64>> = rest[1..long].split_ascii_whitespace().map(tenths).collect();
        let before = at;
        match (command, numbers.as_deref()) {
            ('M', Some([x, y])) => (at, begin) = ([*x, *y], [*x, *y]),
            ('m', Some([x, y])) => {
                at = [at[0] + x, at[1] + y];
                begin = at;
            }
            ('H', Some([x])) => at[0] = *x,
            ('V', Some([y])) => at[1] = *y,
            ('h', Some([x])) => at[0] += x,
            ('v', Some([y])) => at[1] += y,
            ('z' | 'Z', Some([])) => at = begin,
            _ => return d.to_owned(),
        }
        let far = [at[0] - before[0], at[1] - before[1]].map(written);
        let relative = match command {
            // A minus begins a number.
            'M' if far[1].starts_with('-') => format!("m{}{}", far[0], far[1]),
            'M' => format!("m{} {}", far[0], far[1]),
            'H' => format!("h{}", far[0]),
            _ => format!("v{}", far[1]),
        };
        match command {
            // A line to where it begins is none.
            'H' | 'V' if relative[1..] == *"0" => {}
            'H' | 'V' if relative.len() < long => out.push_str(&relative),
            'M' if !out.is_empty() && relative.len() < long => out.push_str(&relative),
            _ => out.push_str(&rest[..long]),
        }
        rest = &rest[long..];
    }
    out
}

/// A number that has one decimal at most, in tenths.
fn tenths(number: &str) -> Option<i64> {
    let value: f64 = number.parse().ok()?;
    let tenths = (value * 10.0).round();
    ((tenths / 10.0 - value).abs() < 1e-9 && tenths.abs() < 1e9).then_some(tenths as i64)
}

fn written(tenths: i64) -> String {
    let mut out = String::new();
    if tenths < 0 {
        out.push('-');
    }
    let (whole, part) = (tenths.abs() / 10, tenths.abs() % 10);
    if whole > 0 || part == 0 {
        let _ = write!(out, "{whole}");
    }
    if part > 0 {
        let _ = write!(out, ".{part}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_across_and_down_are_told_by_how_far_they_lead() {
        assert_eq!(path("M188 100H204.1V99.9H204.9V100H648.7"), "M188 100h16.1v-.1h.8v.1H648.7");
        assert_eq!(path("M10 20V5H30V20ZM5 5h-2.5v3H4"), "M10 20V5H30V20ZM5 5h-2.5v3H4");
        assert_eq!(path("M1 1H1V2"), "M1 1V2");
        assert_eq!(path("M188.3 20v8M190.3 20v8ZM400 9.5V30"), "M188.3 20v8m2-8v8ZM400 9.5V30");
        for other in ["M1 1l2 3H4", "M1 1C2 3 4 5 6 7H100.5", "M1 1H100.55", "M1,1H100.5", "H", ""] {
            assert_eq!(path(other), other);
        }
    }

    #[test]
    fn what_a_picture_says_stays() {
        let html = "<p class=\"a\">\n</p><svg class=\"lanes small\" role=\"img\">\n<title id=\"c1-t\">a = \"b\"\nc</title>\n\
                    <g class=\"e\" data-p=\"0\"><path class=\"work w1\" d=\"M1 1H2\"/>\n<rect class=\"box\" width=\"3\"/></g>\n\
                    <text x=\"2.5\" class=\"\">d &lt; e</text>\n</svg>\n<b id=\"f\"></b>";
        let expected = "<p class=a></p><svg class=\"lanes small\" role=\"img\"><title id=c1-t>a = \"b\"\nc</title>\
                        <g class=e data-p=0><path class=\"work w1\" d=\"M1 1H2\"/><rect class=box width=\"3\"/></g>\
                        <text x=2.5 class=\"\">d &lt; e</text></svg>\n<b id=f></b>";
        assert_eq!(packed(html), expected);
        let (code, ours) = (
            "<pre class=\"code\"><span id=\"L1\">a\n</span>\n</pre>",
            "<pre class=code><span id=L1>a\n</span>\n</pre>",
        );
        assert_eq!(packed(&format!("{code}{html}")), format!("{ours}{expected}"));
        assert_eq!(packed("<svg class=\"lanes\"><g>"), "<svg class=lanes><g>", "what has no end");
    }

    #[test]
    fn tables_lack_only_ends_that_html_does_not_ask_for() {
        let table = "<table class=\"workers timed\"><thead><tr><th class=\"a\">a</th><th>b</th></tr></thead>\n<tbody>\n\
                     <tr><th>c</th><td>d\n<b>e</b>\n<b>f</b>\n</td></tr>\n</tbody></table>";
        let packed_table = "<table class=\"workers timed\"><thead><tr><th class=a>a<th>b</tr><tbody><tr><th>c<td>d\n\
                            <b>e</b>\n<b>f</b></tr></table>";
        assert_eq!(packed(table), packed_table);
        let prose = "<table>\n<tr><td>a</td>\n</tr></table>";
        assert_eq!(packed(prose), prose, "an author\u{2019}s");
    }

    #[test]
    fn the_head_and_what_is_no_html_stay_and_so_does_what_is_unusual() {
        for kept in [
            "<meta name=\"a\"><body><p>",
            "<body><script>\"<b id=\\\"c\\\">\"</script>",
            "<textarea><b id=\"a\"></textarea><!-- <b id=\"a\"> -->",
            "<a title='<b id=\"c\">' href=d>",
            "<b class=\"a b\" title=\"c > d\" id=\"\" lang=\"&amp;\">a < b <",
            "<b id=\"a\"class=\"b\">",
            "<img alt=\"a\"/>",
        ] {
            assert_eq!(packed(kept), kept);
        }
        assert_eq!(packed("<a title=\"b > c\" href=\"#d\">e"), "<a title=\"b > c\" href=#d>e");
        assert_eq!(packed("<a title=\"&quot;b&quot;\" lang=\"&quot;'\">"), "<a title='\"b\"' lang=\"&quot;'\">");
    }

    #[test]
    fn shapes_that_are_drawn_alike_are_one() {
        let svg = |inner: &str| format!("<svg class=\"lanes\">{inner}</svg>");
        let path = |class: &str, d: &str| format!("<path class=\"{class}\" d=\"{d}\"/>");
        let ways = path("way w1", "M1 2C3 4 5 6 7 8") + "\n" + &path("way w1", "M2 2H4") + &path("way w2", "M3 2H4");
        assert_eq!(packed(&svg(&ways)), svg(&(path("way w1", "M1 2C3 4 5 6 7 8M2 2H4") + &path("way w2", "M3 2H4"))));
        for kept in [path("head fix", "M1 2H3").repeat(2), format!("<g>{0}</g><g>{0}</g>", path("a b", "M1 2H3"))] {
            assert_eq!(packed(&svg(&kept)), svg(&kept));
        }
    }
}
