//! Lists of what is shared that a cell binds to a name, such as `let forks: Vec<_> = (0..n).map(|_| Mutex::new(())).collect();`.
//!
//! Behind each such statement the mirror of `std` tells the elements which they are. That works where code is run and nowhere else, and only
//! for a name under which nothing can change places.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// The macro that tells the elements of a list which they are, and what it is at the beginning of a root: nothing to real `std`.
pub(super) const TELL: &str = "__nb_elements";
pub(super) const UNTOLD: &str = "macro_rules! __nb_elements { ($($list:tt)*) => {} } ";
pub(super) const TOLD: &str = "macro_rules! __nb_elements { ($list:ident $a:literal $b:literal $c:literal $d:literal) => { \
    ::std::element::Bound(&$list, ::std::element::Other).__tell_elements([($a, $b), ($c, $d)]) } } ";

/// A line and a column, both from 1.
pub(super) type Place = (u32, u32);

/// A list that is bound to a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct List {
    /// The name.
    pub name: String,
    /// The place behind its statement.
    pub end: Place,
    /// From where to where it is made.
    pub made: [Place; 2],
}

/// What is made, of which elements know who they are.
const MADE: [&str; 6] = ["Mutex", "RwLock", "Condvar", "Barrier", "channel", "sync_channel"];

/// The lists in a cell's code, in order, each at the end of its line.
pub(super) fn lists(code: &str) -> Vec<List> {
    if !code.contains("let ") || !MADE.iter().any(|made| code.contains(made)) {
        return Vec::new();
    }
    let Ok(tokens) = code.parse::<TokenStream>() else { return Vec::new() };
    let mut found = Vec::new();
    walk(&tokens.into_iter().collect::<Vec<_>>(), false, &mut found);
    let lines: Vec<&str> = code.split('\n').collect();
    // Whatever of the code came behind it on its line would be moved.
    let is_last = |(line, column): Place| {
        let rest = lines.get(line as usize - 1).map(|line| line.chars().skip(column as usize - 1).collect::<String>());
        rest.is_some_and(|rest| rest.trim().is_empty() || rest.trim_start().starts_with("//"))
    };
    found.retain(|list| is_last(list.end));
    found
}

fn is_punct(token: Option<&TokenTree>, c: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == c)
}

fn is_word(token: Option<&TokenTree>, words: &[&str]) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if words.iter().any(|word| ident == word))
}

fn is_brace(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace)
}

/// Goes through code, which is run or consists of items.
fn walk(tokens: &[TokenTree], runs: bool, found: &mut Vec<List>) {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        match token {
            // Worked out at compile time, up to the end of the block or the statement. No lifetime, pointer or parameter.
            TokenTree::Ident(ident)
                if (ident == "const" || ident == "static")
                    && !['\'', '*', '<', ','].into_iter().any(|c| is_punct(before, c)) =>
            {
                let is_end = |token: &TokenTree| is_punct(Some(token), ';') || is_brace(Some(token));
                at += tokens[at..].iter().position(is_end).unwrap_or(tokens.len());
            }
            // What a macro makes of its tokens is not known.
            TokenTree::Punct(punct) if punct.as_char() == '!' && matches!(before, Some(TokenTree::Ident(_))) => {
                at += if is_word(before, &["macro_rules"]) { 2 } else { 1 };
            }
            TokenTree::Ident(ident) if ident == "let" && runs && !is_word(before, &["if", "while"]) => {
                found.extend(list(&tokens[at..]));
            }
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                walk(&inner, runs || is_brace(Some(token)) && is_body(&tokens[..at]), found);
            }
            _ => {}
        }
        at += 1;
    }
}

/// Whether the block behind these tokens is a function's.
fn is_body(before: &[TokenTree]) -> bool {
    let of_item = before.iter().rev().take_while(|token| !is_punct(Some(token), ';') && !is_brace(Some(token)));
    of_item.into_iter().any(|token| is_word(Some(token), &["fn"]))
}

/// The list that is bound by the statement which begins with these tokens, if it is one.
fn list(tokens: &[TokenTree]) -> Option<List> {
    let Some(TokenTree::Ident(name)) = tokens.get(1).filter(|name| !is_word(Some(name), &["mut", "ref", "_"])) else {
        return None;
    };
    if !is_punct(tokens.get(2), ':') && !is_punct(tokens.get(2), '=') {
        return None;
    }
    let end = tokens.iter().position(|token| is_punct(Some(token), ';'))?;
    let is_value = |at: &usize| {
        let joint = matches!(&tokens[at - 1], TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint);
        matches!(&tokens[*at], TokenTree::Punct(punct) if punct.as_char() == '=' && punct.spacing() == Spacing::Alone)
            && !joint
    };
    let value = &tokens[(2..end).find(is_value)? + 1..end];
    let (first, last) = (value.first()?, value.last()?);
    if is_word(Some(first), &["match", "if"]) || value.iter().any(|token| is_word(Some(token), &["else"])) {
        return None;
    }
    if !makes(value, &MADE) {
        return None;
    }
    let (from, to, behind) = (first.span().start(), last.span().end(), tokens[end].span().end());
    let place = |at: proc_macro2::LineColumn| (at.line as u32, at.column as u32 + 1);
    Some(List { name: name.to_string(), end: place(behind), made: [place(from), place(to)] })
}

/// Whether one of the words stands somewhere among the tokens.
fn makes(tokens: &[TokenTree], words: &[&str]) -> bool {
    tokens.iter().any(|token| match token {
        TokenTree::Group(group) => makes(&group.stream().into_iter().collect::<Vec<_>>(), words),
        token => is_word(Some(token), words),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(code: &str) -> Vec<String> {
        lists(code).into_iter().map(|list| list.name).collect()
    }

    #[test]
    fn a_list_is_found_with_its_places() {
        let code = "fn f() {\n    let é: Vec<_> = (0..n).map(|_| Mutex::new(())).collect(); // five\n}";
        assert_eq!(lists(code), [List { name: "é".into(), end: (2, 62), made: [(2, 21), (2, 61)] }]);
    }

    #[test]
    fn lists_are_found_wherever_code_is_run() {
        assert_eq!(names("impl A { fn f() { let a = [const { Mutex::new(0) }; N];\n } }"), ["a"]);
        assert_eq!(names("fn f() { scope(|s| {\n let a = vec![Arc::new(RwLock::new(0))];\n }) }"), ["a"]);
        assert_eq!(names("fn f() { if x { let a: Vec<_> = g(mpsc::channel());\n } }"), ["a"]);
        assert_eq!(names("fn f(x: *const u8, y: &'static str) { let a = [Mutex::new(0)];\n }"), ["a"]);
        assert_eq!(names("fn f<const N: usize>() { let a = [Mutex::new(0)];\n }"), ["a"]);
    }

    #[test]
    fn nothing_is_said_where_code_is_not_run_or_nobody_knows() {
        for code in [
            "const fn f() { let a = [Mutex::new(0)];\n }",
            "const A: X = { let a = [Mutex::new(0)];\n X(a) };",
            "static A: X = { let a = [Mutex::new(0)];\n X(a) };",
            "fn f() { g(const { let a = [Mutex::new(0)];\n a }) }",
            "fn f() { m!({ let a = [Mutex::new(0)];\n a }) }",
            "macro_rules! m { () => { fn f() { let a = [Mutex::new(0)];\n } } }",
        ] {
            assert_eq!(names(code), [""; 0], "{code}");
        }
    }

    #[test]
    fn a_name_under_which_elements_can_change_places_is_none() {
        assert_eq!(names("fn f() { let mut a = vec![Mutex::new(0)];\n }"), [""; 0]);
        assert_eq!(names("fn f() { let _ = vec![Mutex::new(0)];\n }"), [""; 0]);
        assert_eq!(names("fn f() { let (a, b) = (Mutex::new(0), 1);\n }"), [""; 0]);
        assert_eq!(names("fn f() { let a = vec![Mutex::new(0)]; a }"), [""; 0], "more stands behind it");
        assert_eq!(names("fn f() { let Some(a) = b(Mutex::new(0)) else { return };\n }"), [""; 0]);
        assert_eq!(names("fn f() { if let a = vec![Mutex::new(0)] { g(); } }"), [""; 0]);
    }
}
