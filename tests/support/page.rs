//! Reads a page the way its readers do: cell by cell, as text.

/// The HTML of the cell with this number, from 1.
#[track_caller]
pub fn cell(page: &str, number: usize) -> &str {
    let start = page.find(&format!("id=\"cell-{number}\"")).unwrap_or_else(|| panic!("the page has a cell {number}"));
    let rest = &page[start..];
    &rest[..rest.find("</section>").expect("a cell ends")]
}

/// What stands below a cell's code: its output, as text.
#[track_caller]
pub fn output(page: &str, number: usize) -> String {
    let cell = cell(page, number);
    cell.split_once("<div class=\"out\"").map(|(_, out)| text(&format!("<div{out}"))).unwrap_or_default()
}

/// What a cell's workers printed: worker and lines, in order. Lines of one worker in a row stand together.
#[track_caller]
pub fn printed(page: &str, number: usize) -> Vec<(String, String)> {
    let lines = cell(page, number).split("<li class=\"w").skip(1);
    let parts = lines.map(|line| {
        let worker = line.split_once("<b").and_then(|(_, rest)| rest.split_once("</b>")).expect("a line has a worker");
        let lines =
            worker.1.split_once("<pre").and_then(|(_, rest)| rest.split_once("</pre>")).expect("a line has text");
        (
            text(worker.0.split_once('>').expect("the tag ends").1),
            text(lines.0.split_once('>').expect("the tag ends").1),
        )
    });
    parts.collect()
}

/// The text of some HTML, with pictures left out.
pub fn text(html: &str) -> String {
    let mut text = String::new();
    for (n, picture) in html.split("<svg").enumerate() {
        let rest = if n == 0 { picture } else { picture.split_once("</svg>").map_or("", |(_, rest)| rest) };
        for (n, part) in rest.split('<').enumerate() {
            text.push_str(if n == 0 { part } else { part.split_once('>').map_or("", |(_, text)| text) });
        }
    }
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("\u{a0}", " "), ("&amp;", "&")];
    entities.into_iter().fold(text, |text, (entity, character)| text.replace(entity, character))
}

/// Some HTML without the drawings for small windows.
pub fn wide(html: &str) -> String {
    let (mut out, mut rest) = (String::new(), html);
    while let Some(start) = rest.find("<svg class=\"lanes small\"") {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let mut open = 0;
        loop {
            let end = rest.find("</svg>").expect("a whole picture") + "</svg>".len();
            open += rest[..end].matches("<svg").count();
            rest = &rest[end..];
            open -= 1;
            if open == 0 {
                break;
            }
        }
    }
    out + rest
}

/// A URL without its percent signs.
pub fn unescaped_url(url: &str) -> String {
    let mut bytes = Vec::new();
    for (n, part) in url.split('%').enumerate() {
        let code = part.get(..2).filter(|_| n > 0).map(|code| u8::from_str_radix(code, 16).expect("two digits"));
        bytes.extend(code);
        bytes.extend_from_slice(if code.is_some() { &part.as_bytes()[2..] } else { part.as_bytes() });
    }
    String::from_utf8(bytes).expect("a URL is UTF-8")
}

/// A page with the quotes and the end tags in tables that HTML does not ask for, which pages lack.
pub fn unpacked(html: &str) -> String {
    let (mut out, mut open, mut is_html) = (String::with_capacity(html.len() + html.len() / 8), Vec::new(), true);
    for (n, part) in html.split('<').enumerate() {
        let name = part.split([' ', '>', '\n']).next().unwrap_or_default();
        is_html = matches!(name, "/script" | "/style") || is_html && !matches!(name, "script" | "style");
        if n == 0 || !is_html {
            out.push_str(if n == 0 { "" } else { "<" });
            out.push_str(part);
            continue;
        }
        // What is still open ends where something begins or ends that cannot stand within it.
        let ended: &[&str] = match name {
            "td" | "th" => &["td", "th"],
            "tr" | "/tbody" | "/thead" => &["td", "th", "tr"],
            "tbody" => &["thead"],
            "/table" => &["td", "th", "tr", "tbody"],
            "/tr" => &["td", "th"],
            _ => &[],
        };
        while let Some(last) = open.pop_if(|last: &mut &str| ended.contains(last)) {
            out.push_str(&format!("</{last}>"));
        }
        match name {
            "td" | "th" | "tr" | "thead" | "tbody" => open.push(name),
            "/td" | "/th" | "/tr" | "/thead" | "/tbody" => drop(open.pop()),
            _ => {}
        }
        out.push('<');
        match part.split_once('>') {
            Some((tag, rest)) if !name.starts_with(['/', '!']) => out.extend([&quoted(tag), ">", rest]),
            _ => out.push_str(part),
        }
    }
    out
}

/// What stands between the signs of a tag, with quotes around each value.
fn quoted(tag: &str) -> String {
    let mut out = String::new();
    for (n, part) in tag.split('"').enumerate() {
        if n % 2 == 1 {
            out.push_str(&format!("\"{part}\""));
            continue;
        }
        for (n, word) in part.split(' ').enumerate() {
            out.push_str(if n == 0 { "" } else { " " });
            match word.split_once('=').filter(|(name, value)| !name.is_empty() && !value.is_empty()) {
                Some((name, value)) => out.push_str(&format!("{name}=\"{value}\"")),
                None => out.push_str(word),
            }
        }
    }
    out
}
