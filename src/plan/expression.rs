//! The Rust in a spec: each piece is parsed here, so that a slip of the pen is an error at its own place.

use super::reader::Reader;
use super::{Assertion, Comparison, Show};
use crate::diagnostic::Diagnostic;
use crate::notebook::yaml::{Entry, Node, Value};
use crate::notebook::{Snippet, SnippetLine};
use proc_macro2::{Span, TokenStream, TokenTree};
use syn::BinOp;
use syn::parse::Parser;

/// How deep brackets may nest.
const DEEPEST: usize = 32;

/// How many tokens one item between commas may have with what it nests: each may be a level of syn's recursion.
const LONGEST_RUN: usize = 400;

/// How many characters one expression may have.
const LONGEST: usize = 10_000;

const SEMICOLON: &str = "leave it out; to do several things, put a block in quotes: \"{ first(); second() }\"";

impl Reader<'_> {
    /// One Rust expression that does something. A function that is only named, or a closure that is only made, is a slip:
    /// nothing would run, and nobody would notice.
    pub(super) fn action(&mut self, node: &Node, what: &str) -> Option<(Snippet, syn::Expr)> {
        let (code, parsed) = self.parsed_expression(node, what)?;
        let mut inner = &parsed;
        while let syn::Expr::Paren(paren) = inner {
            inner = &paren.expr;
        }
        let (message, help) = match inner {
            syn::Expr::Path(_) => {
                let name = code.text();
                let name = name.trim();
                (format!("`{name}` is named here, and not called"), format!("write `{name}()`, with its arguments"))
            }
            syn::Expr::Closure(_) => (
                "a closure is made here, and not called".to_owned(),
                "write only what it is to do, without the `|…|` before it".to_owned(),
            ),
            _ => return Some((code, parsed)),
        };
        let place = code.whole(self.file, self.source);
        self.errors.push(Diagnostic::new(message).at(place).help(help));
        None
    }

    /// One Rust expression. `what` it is for, with an article: "a call".
    pub(super) fn expression(&mut self, node: &Node, what: &str) -> Option<Snippet> {
        self.parsed_expression(node, what).map(|(code, _)| code)
    }

    /// One Rust expression and its syntax tree.
    pub(super) fn parsed_expression(&mut self, node: &Node, what: &str) -> Option<(Snippet, syn::Expr)> {
        let code = self.code(node, what, "Rust expression")?;
        let parsed = self.syntax(&code, syn::parse2::<syn::Expr>)?;
        Some((code, parsed))
    }

    /// A Rust type.
    pub(super) fn rust_type(&mut self, node: &Node, what: &str) -> Option<Snippet> {
        let code = self.code(node, what, "Rust type")?;
        self.syntax(&code, syn::parse2::<syn::Type>).map(|_| code)
    }

    /// `PATTERN in ITEMS`.
    pub(super) fn for_each(&mut self, node: &Node) -> Option<(Snippet, Snippet)> {
        const HELP: &str = "write `for: i in 0..10`";
        let code = self.code(node, "`for`", "pattern and an iterator, as in `i in 0..10`")?;
        let tokens = self.tokens(&code)?;
        let is_in = |token: &TokenTree| matches!(token, TokenTree::Ident(ident) if ident == "in");
        let Some(found) = tokens.into_iter().find(is_in) else {
            self.report(node.span, Diagnostic::new("`for` has no ` in `").help(HELP));
            return None;
        };
        let (start, end) = (found.span().start(), found.span().end());
        let pattern = part(&code, (1, 0), (start.line, start.column));
        let items = part(&code, (end.line, end.column), (usize::MAX, 0));
        let missing = [(&pattern, "pattern before"), (&items, "iterator behind")];
        if let Some((_, what)) = missing.iter().find(|(part, _)| part.text().trim().is_empty()) {
            self.report(node.span, Diagnostic::new(format!("`for` has no {what} ` in `")).help(HELP));
            return None;
        }
        let pattern_is_one = self.syntax(&pattern, |tokens| syn::Pat::parse_multi.parse2(tokens)).is_some();
        let items_are_one = self.syntax(&items, syn::parse2::<syn::Expr>).is_some();
        (pattern_is_one && items_are_one).then_some((pattern, items))
    }

    /// `show`: an expression, a list of them, or a mapping from labels to expressions.
    pub(super) fn show(&mut self, node: Option<&Node>) -> Vec<Show> {
        let mut shows = Vec::new();
        match node.map(|node| (node, &node.value)) {
            None => {}
            Some((_, Value::List { items, .. })) => {
                for item in items {
                    match &item.value {
                        Value::Map { entries, .. } => self.labelled(entries, &mut shows),
                        _ => shows.extend(self.unlabelled(item)),
                    }
                }
            }
            Some((_, Value::Map { entries, .. })) => self.labelled(entries, &mut shows),
            Some((node, Value::Scalar(_))) => shows.extend(self.unlabelled(node)),
        }
        shows
    }

    fn unlabelled(&mut self, node: &Node) -> Option<Show> {
        self.expression(node, "`show`").map(|value| Show { label: None, value })
    }

    fn labelled(&mut self, entries: &[Entry], shows: &mut Vec<Show>) {
        for entry in entries {
            if entry.value.scalar().is_some_and(|scalar| scalar.text.is_empty()) {
                let diagnostic = Diagnostic::new(format!("the label `{}` has no expression", entry.key.text));
                self.report(entry.key.span, diagnostic.help("an expression that begins with `{` needs quotes"));
                continue;
            }
            let value = self.expression(&entry.value, &format!("`{}`", entry.key.text));
            shows.extend(value.map(|value| Show { label: Some(entry.key.text.clone()), value }));
        }
    }

    /// `assert`: an expression or a list of them.
    pub(super) fn assertions(&mut self, node: Option<&Node>) -> Vec<Assertion> {
        let nodes = match node.map(|node| (node, &node.value)) {
            None => &[],
            Some((_, Value::List { items, .. })) => items.as_slice(),
            Some((node, _)) => std::slice::from_ref(node),
        };
        let conditions = nodes.iter().filter_map(|node| self.parsed_expression(node, "`assert`"));
        let assertion = |(condition, parsed)| Assertion { comparison: comparison(&condition, &parsed), condition };
        conditions.map(assertion).collect()
    }

    /// The Rust text of a scalar.
    fn code(&mut self, node: &Node, what: &str, kind: &str) -> Option<Snippet> {
        match node.scalar() {
            Some(scalar) if !scalar.code.text().trim().is_empty() => Some(scalar.code.clone()),
            Some(_) => {
                self.report(node.span, Diagnostic::new(format!("{what} has no value")).help(format!("write a {kind}")));
                None
            }
            None => {
                let diagnostic = Diagnostic::new(format!("{what} is a {kind}, and this is {}", node.what()));
                let help = "an expression that begins with `[` or `{` needs quotes, or else YAML takes it for its own";
                self.report(node.span, diagnostic.help(help));
                None
            }
        }
    }

    /// Parses Rust text, and reports syn's error at its place in the notebook.
    fn syntax<T>(&mut self, code: &Snippet, parse: impl FnOnce(TokenStream) -> syn::Result<T>) -> Option<T> {
        let tokens = self.tokens(code)?;
        match parse(tokens) {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                let (start, end) = (error.span().start(), error.span().end());
                let width = if start.line == end.line { end.column.saturating_sub(start.column) } else { 1 };
                // An error at the end of the text has an empty span, and syn puts it at the beginning.
                let line = if start == end { usize::MAX } else { start.line.saturating_sub(1) };
                let place = code.place(self.file, self.source, line, start.column, width as u32);
                let problem = match error.to_string() {
                    long if long.starts_with("expected one of") => "unexpected token".to_owned(),
                    short => short,
                };
                self.errors.push(match place.text.chars().nth(place.column.saturating_sub(1) as usize) {
                    Some(';') => Diagnostic::new("an expression ends without a `;`").at(place).help(SEMICOLON),
                    _ => Diagnostic::new(format!("this is not Rust: {problem}")).at(place),
                });
                None
            }
        }
    }

    /// The tokens of Rust text, if syn can take them without overflowing its stack.
    fn tokens(&mut self, code: &Snippet) -> Option<TokenStream> {
        let text = code.text();
        if text.len() > LONGEST {
            let place = code.whole(self.file, self.source);
            let help = "write a function in a `rust job` cell and call it here";
            let message = format!("an expression may have {LONGEST} bytes, and this has {}", text.len());
            self.errors.push(Diagnostic::new(message).at(place).help(help));
            return None;
        }
        match text.parse::<TokenStream>() {
            Ok(tokens) if depth(tokens.clone(), 0) <= LONGEST_RUN => Some(tokens),
            Ok(_) => {
                let place = code.whole(self.file, self.source);
                self.errors.push(Diagnostic::new("this expression is too long or nested too deeply").at(place));
                None
            }
            Err(error) => {
                let start = error.span().start();
                if let Some(wrong) = self.look_alike(code, &text) {
                    self.errors.push(wrong);
                    return None;
                }
                let (line, column, message) = match unbalanced(&text) {
                    Some((line, column, bracket)) => (line, column, format!("`{bracket}` has no partner")),
                    None => (start.line.saturating_sub(1), start.column, "not a Rust token".to_owned()),
                };
                let place = code.place(self.file, self.source, line, column, 1);
                let diagnostic = Diagnostic::new(format!("this is not Rust: {message}")).at(place);
                let help = "YAML takes ` #` for the beginning of a comment: put quotes around the expression";
                self.errors.push(if self.is_cut_by_a_comment(code) { diagnostic.help(help) } else { diagnostic });
                None
            }
        }
    }

    /// What is wrong with the first sign that looks like one of Rust's and is none: quotation marks of typography, signs of
    /// full width, and text in single quotes.
    fn look_alike(&self, code: &Snippet, text: &str) -> Option<Diagnostic> {
        let mut in_text = false;
        for (number, line) in text.lines().enumerate() {
            let (mut found, mut fixed, mut previous) = (None, String::new(), ' ');
            for (column, c) in line.chars().enumerate() {
                in_text ^= c == '"' && previous != '\\';
                previous = c;
                let right = meant(c).filter(|_| !in_text);
                fixed.push(right.unwrap_or(c));
                found = found.or(right.map(|right| (column, c, right)));
                let quoted = (c == '\'' && !in_text && found.is_none()).then(|| quoted(line, column)).flatten();
                if let Some(inside) = quoted {
                    let place = code.place(self.file, self.source, number, column, inside.chars().count() as u32 + 2);
                    let message = "single quotes are for one character in Rust";
                    return Some(Diagnostic::new(message).at(place).help(format!("write text as `\"{inside}\"`")));
                }
            }
            if let Some((column, c, right)) = found {
                let message = format!("`{c}` (U+{:04X}) is no sign of Rust, and looks like `{right}`", c as u32);
                let place = code.place(self.file, self.source, number, column, 1);
                return Some(Diagnostic::new(message).at(place).help(format!("write `{}`", fixed.trim())));
            }
        }
        None
    }

    /// Whether a comment follows the Rust text in the notebook.
    fn is_cut_by_a_comment(&self, code: &Snippet) -> bool {
        let end = code.place(self.file, self.source, usize::MAX, 0, 1);
        let rest: String = end.text.chars().skip(end.column.saturating_sub(1) as usize).collect();
        rest.starts_with([' ', '\t']) && rest.trim_start().starts_with('#')
    }
}

/// The text between the single quote at `column` and the next, if it is longer than a character.
fn quoted(line: &str, column: usize) -> Option<String> {
    let rest: String = line.chars().skip(column + 1).collect();
    let (inside, _) = rest.split_once('\'')?;
    (inside.chars().count() > 1 && !inside.starts_with('\\')).then(|| inside.to_owned())
}

/// The sign of Rust that was most likely meant by one that looks like it.
fn meant(c: char) -> Option<char> {
    Some(match c {
        '“' | '”' | '„' | '‟' | '″' | '〝' | '〞' | '「' | '」' => '"',
        '‘' | '’' | '‚' | '‛' | '′' => '\'',
        '–' | '—' | '−' | '‐' | '‑' => '-',
        '，' | '、' => ',',
        '。' => '.',
        '\u{a0}' | '\u{3000}' | '\u{2003}' | '\u{202f}' => ' ',
        // Signs of full width stand in the order of ASCII.
        '\u{ff01}'..='\u{ff5e}' if !c.is_alphanumeric() => char::from_u32(c as u32 - 0xfee0)?,
        _ => return None,
    })
}

/// How deep syn may recurse into some tokens at most, for each level of its recursion takes a token: a bracket, an
/// operator, a keyword. Only `,` and `;` end what has been begun. Beyond [`DEEPEST`] brackets it is not counted further.
fn depth(tokens: TokenStream, brackets: usize) -> usize {
    if brackets > DEEPEST {
        return usize::MAX;
    }
    let (mut deepest, mut run, mut inner) = (0, 0_usize, 0);
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';') => (run, inner) = (0, 0),
            TokenTree::Group(group) => inner = inner.max(depth(group.stream(), brackets + 1)),
            _ => {}
        }
        run += 1;
        deepest = deepest.max(run.saturating_add(inner));
    }
    deepest
}

/// The first bracket without a partner as line and column from 0. Text in quotes is left out, as far as it ends.
fn unbalanced(text: &str) -> Option<(usize, usize, char)> {
    let mut open: Vec<(usize, usize, char)> = Vec::new();
    for (line, line_text) in text.lines().enumerate() {
        let mut quoted = false;
        let mut escaped = false;
        for (column, c) in line_text.chars().enumerate() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = quoted,
                '"' => quoted = !quoted,
                '(' | '[' | '{' if !quoted => open.push((line, column, c)),
                ')' | ']' | '}' if !quoted => match open.pop() {
                    Some((.., '(')) if c == ')' => {}
                    Some((.., '[')) if c == ']' => {}
                    Some((.., '{')) if c == '}' => {}
                    _ => return Some((line, column, c)),
                },
                _ => {}
            }
        }
    }
    open.pop()
}

/// The part of a snippet between two places (line from 1, column from 0), without blanks around it.
fn part(code: &Snippet, from: (usize, usize), to: (usize, usize)) -> Snippet {
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(&code.lines) {
        if number < from.0 || number > to.0 {
            continue;
        }
        let length = line.text.chars().count();
        let mut start = if number == from.0 { from.1.min(length) } else { 0 };
        let end = if number == to.0 { to.1.min(length) } else { length };
        let text = line.part(start, end).text;
        start += text.chars().take_while(|c| c.is_whitespace()).count();
        lines.push(line.part(start, start + text.trim().chars().count()));
    }
    while lines.len() > 1 && lines.last().is_some_and(|line| line.text.is_empty()) {
        lines.pop();
    }
    while lines.len() > 1 && lines[0].text.is_empty() {
        lines.remove(0);
    }
    Snippet { lines }
}

/// The parts of an expression that compares two values.
fn comparison(code: &Snippet, parsed: &syn::Expr) -> Option<Comparison> {
    let syn::Expr::Binary(whole) = parsed else { return None };
    // Rust has no chains of comparisons: parentheses around the sides would make one valid.
    let is_chained = |side: &syn::Expr| matches!(side, syn::Expr::Binary(side) if compares(&side.op).is_some());
    if is_chained(&whole.left) || is_chained(&whole.right) {
        return None;
    }
    let spans = compares(&whole.op)?;
    let (start, end) = (spans.first()?.start(), spans.last()?.end());
    let (start, end) = ((start.line, start.column), (end.line, end.column));
    Some(Comparison {
        left: stretch(code, (1, 0), start),
        operator: stretch(code, start, end),
        right: stretch(code, end, (usize::MAX, 0)),
    })
}

/// Where an operator stands, if it compares.
fn compares(operator: &BinOp) -> Option<&[Span]> {
    match operator {
        BinOp::Eq(op) => Some(&op.spans),
        BinOp::Ne(op) => Some(&op.spans),
        BinOp::Lt(op) => Some(&op.spans),
        BinOp::Le(op) => Some(&op.spans),
        BinOp::Gt(op) => Some(&op.spans),
        BinOp::Ge(op) => Some(&op.spans),
        _ => None,
    }
}

/// The part of a snippet between two places (line from 1, column from 0), character by character.
fn stretch(code: &Snippet, from: (usize, usize), to: (usize, usize)) -> Snippet {
    let lines = (1..).zip(&code.lines).filter(|(number, _)| (from.0..=to.0).contains(number));
    let cut = |(number, line): (usize, &SnippetLine)| {
        let start = if number == from.0 { from.1 } else { 0 };
        let end = if number == to.0 { to.1 } else { usize::MAX };
        line.part(start, end)
    };
    Snippet { lines: lines.map(cut).collect() }
}

/// The name of the function that an expression calls: the last segment of its path.
pub(super) fn called(expression: &syn::Expr) -> Option<String> {
    match expression {
        syn::Expr::Call(call) => match &*call.func {
            syn::Expr::Path(path) => {
                let name = path.path.segments.last()?.ident.to_string();
                Some(name.trim_start_matches("r#").to_owned())
            }
            _ => None,
        },
        syn::Expr::Paren(inner) => called(&inner.expr),
        _ => None,
    }
}
