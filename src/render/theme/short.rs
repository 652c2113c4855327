//! Scripts and style sheets in fewer bytes: without spaces for their authors, with short names, and without rules for what a page lacks.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Words of the language that are as short as names are here.
const TAKEN: [&str; 5] = ["as", "do", "if", "in", "of"];

/// A style sheet without the spaces and line feeds that are for its authors.
pub fn close(sheet: &str) -> String {
    let mut out = String::with_capacity(sheet.len());
    for (number, part) in sheet.split('"').enumerate() {
        // What stands between quotes is a text.
        if number % 2 == 1 {
            out.push_str(&format!("\"{part}\""));
            continue;
        }
        let begin = out.len();
        for c in part.chars() {
            let written = &out[begin..];
            if c.is_whitespace() {
                out.push_str(if written.ends_with(['{', '}', ';', ',', ':', ' ']) { "" } else { " " });
                continue;
            }
            if matches!(c, '{' | '}' | ';') && written.ends_with(' ') {
                out.pop();
            }
            if c == '}' && out.ends_with(';') {
                out.pop();
            }
            out.push(c);
        }
    }
    out
}

/// Such a style sheet without the rules for classes that are not among these.
pub fn fitting(sheet: &str, all: &HashSet<&str>) -> String {
    let (mut out, mut rest) = (String::with_capacity(sheet.len()), sheet);
    while let Some((head, behind)) = rest.split_once('{') {
        let long = closing(behind);
        let (body, after) = behind.split_at(long);
        rest = after.get(1..).unwrap_or_default();
        let (kept, body) = match head.trim_start().starts_with('@') {
            true => (head.to_owned(), fitting(body, all)),
            false => (fitting_selectors(head, all), body.to_owned()),
        };
        if !kept.is_empty() && !body.is_empty() {
            out.extend([&kept, "{", &body, "}"]);
        }
    }
    out + rest
}

/// Where the brace is closed that stands before some style; none stands in a text.
fn closing(style: &str) -> usize {
    let mut depth = 1;
    let closes = |byte: u8| {
        depth += i32::from(byte == b'{') - i32::from(byte == b'}');
        depth == 0
    };
    style.bytes().position(closes).unwrap_or(style.len())
}

/// Those of some selectors whose classes are all among these. What stands in parentheses is one of several, or must not be there.
fn fitting_selectors(selectors: &str, all: &HashSet<&str>) -> String {
    let mut depth = 0;
    let ends = |c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    };
    let fits = |selector: &&str| {
        let (mut depth, mut rest) = (0, *selector);
        while let Some(at) = rest.find(['(', ')', '.']) {
            let (sign, behind) = (&rest[at..=at], &rest[at + 1..]);
            depth += i32::from(sign == "(") - i32::from(sign == ")");
            let name = behind.split(|c: char| !is_of_class(c)).next().unwrap_or_default();
            if sign == "." && depth == 0 && !all.contains(name) && !is_of_worker(name) {
                return false;
            }
            rest = behind;
        }
        true
    };
    let kept: Vec<&str> = selectors.split(ends).filter(fits).collect();
    kept.join(",")
}

/// Whether a class gives a worker's colour; scripts put such a one together.
fn is_of_worker(class: &str) -> bool {
    class.strip_prefix('w').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_of_class(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

/// The classes of what stands in some HTML, and all words of its script, which may be classes of what comes to stand there.
pub fn classes(html: &str) -> HashSet<&str> {
    let (html, script) = html.rsplit_once("<script>").unwrap_or((html, ""));
    let of_tags = html.split("class=").skip(1).flat_map(|rest| {
        let value = match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => rest[1..].split(quote).next(),
            _ => rest.split(|c: char| c.is_whitespace() || c == '>').next(),
        };
        value.unwrap_or_default().split_whitespace()
    });
    of_tags.chain(script.split(|c| !is_of_class(c))).collect()
}

/// A piece of a script.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Space,
    Text,
    Name,
    Other,
}

/// The pieces of a script: texts, which may be regular expressions or parts of a template, names, marks, and what separates these. A
/// template has none within.
fn pieces(script: &str) -> Vec<(Piece, &str)> {
    let (mut found, mut rest, mut templates): (Vec<(Piece, &str)>, _, Vec<usize>) = (Vec::new(), script, Vec::new());
    let mut depth = 0;
    while let Some(first) = rest.chars().next() {
        let before = found.iter().rev().find(|(piece, _)| *piece != Piece::Space).map_or("", |(_, text)| *text);
        let is_template = first == '`' || first == '}' && templates.last() == Some(&depth);
        let quoted = |begin: usize, end: &[char]| {
            let mut is_escaped = false;
            let found = rest[begin..].char_indices().find(|(at, c)| {
                let is_end = !is_escaped
                    && (end.contains(c) || *c == '$' && is_template && rest[begin + at..].starts_with("${"));
                is_escaped = !is_escaped && *c == '\\';
                is_end
            });
            found.map_or(rest.len(), |(at, c)| begin + at + if c == '$' { 2 } else { c.len_utf8() })
        };
        let while_true = |is: fn(char) -> bool| rest.find(|c| !is(c)).unwrap_or(rest.len());
        let (piece, long) = match first {
            '"' | '\'' => (Piece::Text, quoted(1, &[first])),
            _ if is_template => {
                let long = quoted(1, &['`']);
                if first == '}' {
                    templates.pop();
                }
                if rest[..long].ends_with("${") {
                    templates.push(depth);
                }
                (Piece::Text, long)
            }
            '/' if rest.starts_with("//") => (Piece::Space, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => (Piece::Space, rest.find("*/").map_or(rest.len(), |end| end + 2)),
            // Behind a value it divides.
            '/' if before.ends_with(['(', ',', '=', ':', '[', '!', '&', '|', '?', '{', '}', ';']) => {
                (Piece::Text, quoted(1, &['/']))
            }
            c if c.is_whitespace() => (Piece::Space, while_true(char::is_whitespace)),
            c if is_of_name(c) && !c.is_ascii_digit() => (Piece::Name, while_true(is_of_name)),
            c if c.is_ascii_digit() => (Piece::Other, while_true(|c| is_of_name(c) || c == '.')),
            _ if rest.starts_with("...") => (Piece::Other, 3),
            _ if rest.starts_with("=>") => (Piece::Other, 2),
            c => {
                depth += usize::from(c == '{');
                depth = if c == '}' { depth.saturating_sub(1) } else { depth };
                (Piece::Other, c.len_utf8())
            }
        };
        found.push((piece, &rest[..long]));
        rest = &rest[long..];
    }
    found
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$')
}

/// A script in fewer bytes: without the spaces around its marks and without comments, and with short names in place of its own. Its lines stay,
/// for they may end statements.
pub fn closer(script: &str) -> String {
    let pieces = pieces(script);
    let short = short_names(&pieces);
    let mut out = String::with_capacity(script.len());
    let mut last = "";
    for (at, (piece, text)) in pieces.iter().enumerate() {
        match piece {
            Piece::Space => {
                let next =
                    pieces[at + 1..].iter().find(|(piece, _)| *piece != Piece::Space).map_or("", |(_, text)| *text);
                // What would be one word, or another mark, stays apart.
                let joins = last.chars().last().zip(next.chars().next()).is_some_and(|(last, next)| {
                    is_of_name(last) && is_of_name(next) || last == next && matches!(last, '+' | '-' | '/')
                });
                if text.contains('\n') {
                    out.push_str(if out.is_empty() || out.ends_with('\n') { "" } else { "\n" });
                } else if joins && !out.ends_with([' ', '\n']) {
                    out.push(' ');
                }
                continue;
            }
            Piece::Name if last != "." => out.push_str(short.get(text).map_or(*text, String::as_str)),
            _ => out.push_str(text),
        }
        last = text;
    }
    out
}

/// A short name for each name that a script gives to something of its own, the shortest for the one that it uses most.
fn short_names<'s>(pieces: &[(Piece, &'s str)]) -> HashMap<&'s str, String> {
    let solid: Vec<(Piece, &str)> = pieces.iter().copied().filter(|(piece, _)| *piece != Piece::Space).collect();
    let (mut declared, mut public, mut used): (BTreeSet<&str>, BTreeSet<&str>, BTreeMap<&str, usize>) =
        Default::default();
    // The brackets that are open, and where parameters may begin.
    let mut open: Vec<(&str, usize)> = Vec::new();
    for (at, (piece, text)) in solid.iter().enumerate() {
        let before = if at > 0 { solid[at - 1].1 } else { "" };
        let next = solid.get(at + 1).map_or("", |(_, text)| *text);
        match *text {
            _ if *piece == Piece::Text => {}
            // Behind these a brace begins a block, and not an object.
            "{" if matches!(before, ")" | "=>" | ";" | "{" | "}" | "else" | "try" | "catch" | "finally" | "") => {
                open.push(("", at));
            }
            "{" | "(" | "[" => open.push((text, at)),
            "}" | "]" | ")" => {
                let begin = open.pop().map_or(at, |(_, begin)| begin);
                let binds = match next {
                    "=>" => *text == ")",
                    "=" | "of" => *text != ")" && matches!(solid[begin.max(1) - 1].1, "const" | "let"),
                    _ => false,
                };
                let bound = solid[begin..at].windows(2).filter(|pair| {
                    pair[1].0 == Piece::Name && matches!(pair[0].1, "(" | "[" | "{" | "," | ":" | "...")
                });
                declared.extend(bound.filter(|_| binds).map(|pair| pair[1].1));
            }
            _ if *piece != Piece::Name || before == "." => {}
            _ => {
                *used.entry(text).or_default() += 1;
                if next == "=>" || matches!(before, "const" | "let") {
                    declared.insert(text);
                }
                // What an object has is known by its name elsewhere.
                let is_listed = matches!(before, "{" | ",") && open.last().is_some_and(|(sign, _)| *sign == "{");
                if is_listed && matches!(next, ":" | "," | "}" | "=" | "(") {
                    public.insert(text);
                }
            }
        }
    }
    public.extend(TAKEN);
    let mut own: Vec<(&str, usize)> =
        declared.difference(&public).filter_map(|name| Some((*name, *used.get(name)?))).collect();
    own.sort_by_key(|(_, many)| std::cmp::Reverse(*many));
    let letters = || ('a'..='z').chain('A'..='Z');
    let two = letters().flat_map(|first| letters().map(move |second| format!("{first}{second}")));
    let mut free = letters()
        .map(String::from)
        .chain(two)
        .filter(|name| !used.contains_key(name.as_str()) && !TAKEN.contains(&name.as_str()));
    own.into_iter().filter(|(name, _)| name.len() > 1).filter_map(|(name, _)| Some((name, free.next()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_sheet_keeps_the_spaces_that_mean_something() {
        let sheet = "a > b, .c :is(d, e) {\n  margin: calc(1px + 2px) 0;\n  font: 1em/2 \"A: b, c\" , d; }\n@media (max-width: 4rem) {\n\
                     f {\ncolor: red;\n}\n}\n";
        let kept = "a > b,.c :is(d,e){margin:calc(1px + 2px) 0;font:1em/2 \"A: b, c\" ,d}@media (max-width:4rem){f{color:red}}";
        assert_eq!(close(sheet), kept);
    }

    #[test]
    fn a_page_has_the_rules_for_what_it_has() {
        let sheet = "a{b:c}.x{d:e}.x,.y b,:is(.x,.y){f:g}a.y:not(.x),.y-z{h:i}@media print{.x{j:k}}@media print{.y{l:m}.x a{n:o}}.w1{p:q}\n";
        let kept = "a{b:c}.y b,:is(.x,.y){f:g}a.y:not(.x){h:i}@media print{.y{l:m}}.w1{p:q}\n";
        for html in ["<a class=\"y z\">x", "<a class='z y'>", "x <a class=y>", "<script>a.className = \"y\";</script>"]
        {
            assert_eq!(fitting(sheet, &classes(html)), kept);
        }
        assert_eq!(fitting(sheet, &classes("<script>x y y-z")), sheet);
    }

    #[test]
    fn a_script_keeps_its_lines_and_what_its_texts_say() {
        let script = "return \"d, \\\" = e\"; // f\ng = `h, ${i ? { j } : k} l` + +m / 2;\n\n/* n */ if (o in [p]) return !q.match(/a \" b/g);\n";
        let kept = "return\"d, \\\" = e\";\ng=`h, ${i?{j}:k} l`+ +m/2;\nif(o in[p])return!q.match(/a \" b/g);\n";
        assert_eq!(closer(script), kept);
    }

    #[test]
    fn a_script_has_short_names_for_what_is_its_own_alone() {
        let script = "const list = [], { size, is: most } = c.size;\nlet part;\nfor (const [one, ...rest] of list) part = one.rest ? most : rest;\n\
                      const act = (part, place = size, { kind }) => ({ kind, act: place, list: `${part} part` });\nother = act;\n";
        let kept = "const list=[],{size,is:most}=c.size;\nlet a;\nfor(const[b,...e]of list)a=b.rest?most:e;\n\
                    const act=(a,d=size,{kind})=>({kind,act:d,list:`${a} part`});\nother=act;\n";
        assert_eq!(closer(script), kept);
    }
}
