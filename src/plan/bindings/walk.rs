//! Through the tokens of a cell, with what the expression at hand is bound to.

use super::{Bound, Word};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Methods that call what they are given again and again.
const REPEATING: [&str; 8] =
    ["map", "flat_map", "filter_map", "map_while", "from_fn", "repeat_with", "resize_with", "fill_with"];
/// Methods by which a list gets one more.
const ADDING: [&str; 5] = ["push", "push_back", "push_front", "insert", "extend"];

/// The words of some items, with lines from 1 and columns from 0.
pub(super) fn words(tokens: TokenStream) -> Vec<Word> {
    let mut walk = Walk { words: Vec::new(), of: None };
    walk.block(tokens, None);
    walk.words
}

struct Walk {
    words: Vec<Word>,
    /// The type whose implementation it is in.
    of: Option<String>,
}

fn is_punct(token: Option<&TokenTree>, c: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == c)
}

fn word(token: Option<&TokenTree>) -> Option<String> {
    match token {
        Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
        _ => None,
    }
}

/// The parts of a level between such separators, and whether the last one has none behind it.
fn parts(tokens: &[TokenTree], separator: char) -> Vec<&[TokenTree]> {
    tokens.split(|token| is_punct(Some(token), separator)).collect()
}

/// Where the value of a `let`, a `static` or a `const` begins: behind the first `=` that is no part of another operator.
fn value_at(tokens: &[TokenTree]) -> Option<usize> {
    let is_joint = |at: usize| {
        let joint = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.spacing() == proc_macro2::Spacing::Joint && punct.as_char() != '>');
        at > 0 && joint(&tokens[at - 1])
    };
    (0..tokens.len())
        .find(|at| is_punct(tokens.get(*at), '=') && !is_joint(*at) && !is_punct(tokens.get(at + 1), '='))
        .map(|at| at + 1)
}

/// The names in a pattern, in order.
fn names(pattern: &[TokenTree]) -> Vec<String> {
    let mut found = Vec::new();
    for token in pattern {
        match token {
            TokenTree::Ident(ident) if !["mut", "ref"].iter().any(|it| ident == it) => found.push(ident.to_string()),
            TokenTree::Group(group) => found.extend(names(&group.stream().into_iter().collect::<Vec<_>>())),
            // A type follows.
            TokenTree::Punct(punct) if punct.as_char() == ':' => break,
            _ => {}
        }
    }
    found
}

/// A number in digits.
fn number(tokens: &[TokenTree]) -> Option<u32> {
    match tokens {
        [TokenTree::Literal(number)] => number.to_string().parse().ok(),
        _ => None,
    }
}

/// How often `(1..5).map` calls what it is given, of which these are the tokens.
fn rounds(tokens: &[TokenTree]) -> Option<u32> {
    let [before @ .., TokenTree::Group(range), dot, map] = tokens else { return None };
    let is_map = is_punct(Some(dot), '.') && word(Some(map)).as_deref() == Some("map");
    let is_call = word(before.last()).is_some() || is_punct(before.last(), '>') || is_punct(before.last(), '!');
    let range: Vec<TokenTree> = range.stream().into_iter().collect();
    let (from, to) = match range.as_slice() {
        [from, a, b, to @ ..] if is_punct(Some(a), '.') && is_punct(Some(b), '.') => (from, to),
        _ => return None,
    };
    let (more, to) = if is_punct(to.first(), '=') { (1, &to[1..]) } else { (0, to) };
    let count = number(to)?.checked_sub(number(std::slice::from_ref(from))?)?.checked_add(more)?;
    (is_map && !is_call).then_some(count)
}

/// What is bound to a name of a pattern, if it is one.
fn named(name: &String) -> Option<Bound> {
    one(name).filter(|_| name != "_")
}

fn one(name: impl Into<String>) -> Option<Bound> {
    Some(Bound { name: name.into(), is_list: false, of: None })
}

impl Walk {
    /// Statements, or items, of which the last yields the value.
    fn block(&mut self, tokens: TokenStream, bound: Option<&Bound>) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let statements = parts(&tokens, ';');
        let last = statements.len() - 1;
        for (number, statement) in statements.into_iter().enumerate() {
            self.statement(statement, bound.filter(|_| number == last));
        }
    }

    fn statement(&mut self, tokens: &[TokenTree], bound: Option<&Bound>) {
        let begins = |at: usize| {
            let is_condition =
                at > 0 && ["if", "while"].map(str::to_owned).contains(&word(tokens.get(at - 1)).unwrap_or_default());
            let is = |it: &str| word(tokens.get(at)).as_deref() == Some(it);
            (is("let") && !is_condition && !is_punct(at.checked_sub(1).and_then(|at| tokens.get(at)), '&'))
                || is("static")
                || is("const")
        };
        let binding = (0..tokens.len()).find(|at| begins(*at));
        let Some((at, value)) = binding.and_then(|at| Some((at, at + value_at(&tokens[at..])?))) else {
            return self.expression(tokens, bound);
        };
        self.expression(&tokens[..at], None);
        let names = names(&tokens[at + 1..value - 1]);
        let value = &tokens[value..];
        match (names.as_slice(), value) {
            ([], _) => self.expression(value, None),
            ([only], _) => self.expression(value, named(only).as_ref()),
            (names, [TokenTree::Group(group)]) if group.delimiter() == Delimiter::Parenthesis => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for (number, part) in parts(&inner, ',').into_iter().enumerate() {
                    self.expression(part, names.get(number).and_then(named).as_ref());
                }
            }
            // The two ends of a channel, of which others wait for the second.
            (names, _) => self.expression(value, names.iter().rev().find_map(named).as_ref()),
        }
    }

    fn expression(&mut self, tokens: &[TokenTree], bound: Option<&Bound>) {
        for (at, token) in tokens.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| tokens.get(at));
            match token {
                TokenTree::Ident(ident) => {
                    let start = ident.span().start();
                    let receiver = is_punct(before, '.').then(|| self.receiver(&tokens[..at - 1])).flatten();
                    let place = (start.line as u32, start.column as u32);
                    self.words.push(Word { at: place, bound: bound.cloned(), receiver });
                }
                TokenTree::Group(group) => self.group(group, &tokens[..at], bound),
                _ => {}
            }
        }
    }

    fn group(&mut self, group: &Group, before: &[TokenTree], bound: Option<&Bound>) {
        let last = before.last();
        let name = word(last);
        let inner: Vec<TokenTree> = group.stream().into_iter().collect();
        // Of lists in a list it does not show how many there are.
        let list = |of: Option<u32>| {
            bound.map(|it| Bound { name: it.name.clone(), is_list: true, of: of.filter(|_| !it.is_list) })
        };
        match group.delimiter() {
            Delimiter::Bracket => match bound {
                // Each element stands there by itself.
                Some(Bound { name, is_list: false, .. }) if !inner.iter().any(|token| is_punct(Some(token), ';')) => {
                    for (number, part) in parts(&inner, ',').into_iter().enumerate() {
                        self.expression(part, one(format!("{name}[{number}]")).as_ref());
                    }
                }
                _ => self.expression(&inner, list(parts(&inner, ';').get(1).and_then(|count| number(count))).as_ref()),
            },
            Delimiter::Brace => {
                let of = self.implemented(before);
                let outer = of.is_some().then(|| std::mem::replace(&mut self.of, of));
                let is_type = name.as_deref().filter(|name| name.starts_with(char::is_uppercase));
                let is_literal = word(inner.first()).is_some()
                    && (is_punct(inner.get(1), ':') && !is_punct(inner.get(2), ':') || is_punct(inner.get(1), ','));
                match is_type.filter(|_| is_literal && outer.is_none()) {
                    Some(name) => self.fields(name, &inner),
                    None => self.block(group.stream(), bound),
                }
                if let Some(outer) = outer {
                    self.of = outer;
                }
            }
            Delimiter::Parenthesis | Delimiter::None => {
                let is_called = name.is_some()
                    || is_punct(last, '!')
                    || is_punct(last, '>')
                    || matches!(last, Some(TokenTree::Group(_)));
                let method =
                    name.as_deref().filter(|_| before.len() > 1 && !is_punct(before.get(before.len() - 2), '|'));
                let receiver = || {
                    before
                        .len()
                        .checked_sub(2)
                        .filter(|dot| is_punct(before.get(*dot), '.'))
                        .and_then(|dot| self.receiver(&before[..dot]))
                };
                let added = method.filter(|name| ADDING.contains(name)).and_then(|_| receiver());
                let parts = parts(&inner, ',');
                match (added, bound) {
                    (Some(Bound { name, .. }), _) => {
                        self.statement(&inner, Some(&Bound { name, is_list: true, of: None }))
                    }
                    _ if method.is_some_and(|name| REPEATING.contains(&name)) => {
                        self.expression(&inner, list(rounds(before)).as_ref())
                    }
                    (None, Some(bound)) if !is_called && parts.len() > 1 => {
                        for (number, part) in parts.into_iter().enumerate() {
                            let name = format!("{}.{number}", bound.name);
                            self.expression(part, Some(&Bound { name, is_list: bound.is_list, of: bound.of }));
                        }
                    }
                    _ => self.expression(&inner, bound),
                }
            }
        }
    }

    /// The fields of a value of the type `of`.
    fn fields(&mut self, of: &str, tokens: &[TokenTree]) {
        let of = if of == "Self" { self.of.clone().unwrap_or_else(|| of.to_owned()) } else { of.to_owned() };
        for field in parts(tokens, ',') {
            match (word(field.first()), field.get(1)) {
                (Some(name), Some(_)) => self.expression(&field[1..], one(format!("{of}.{name}")).as_ref()),
                _ => self.expression(field, None),
            }
        }
    }

    /// The type that is implemented in the block behind these tokens, if it is the block of an `impl`.
    fn implemented(&self, before: &[TokenTree]) -> Option<String> {
        let head = before.iter().rposition(|token| word(Some(token)).as_deref() == Some("impl"))?;
        let head = &before[head + 1..];
        if head.iter().any(|token| {
            matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
                || word(Some(token)).as_deref() == Some("fn")
        }) {
            return None;
        }
        let behind_for =
            head.iter().rposition(|token| word(Some(token)).as_deref() == Some("for")).map_or(0, |at| at + 1);
        let mut depth = 0;
        let mut name = None;
        for token in &head[behind_for..] {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '<' => depth += 1,
                TokenTree::Punct(punct) if punct.as_char() == '>' => depth -= 1,
                TokenTree::Ident(ident) if ident == "where" => break,
                TokenTree::Ident(ident) if depth == 0 => name = Some(ident.to_string()),
                _ => {}
            }
        }
        name
    }

    /// What the last tokens are, if they are a path of names: `self.hits`, `COUNTER`, `slots[2]`. Which element another index means, the
    /// code does not say.
    fn receiver(&self, tokens: &[TokenTree]) -> Option<Bound> {
        let (mut end, mut index, mut is_list) = (tokens.len(), String::new(), false);
        if let Some(TokenTree::Group(group)) = tokens.last()
            && group.delimiter() == Delimiter::Bracket
        {
            match group.stream().to_string() {
                number if number.chars().all(|c| c.is_ascii_digit()) => index = format!("[{number}]"),
                _ => is_list = true,
            }
            end -= 1;
        }
        let name = word(tokens.get(end.checked_sub(1)?))?;
        let is_of_self =
            end > 2 && is_punct(tokens.get(end - 2), '.') && word(tokens.get(end - 3)).as_deref() == Some("self");
        let name = match self.of.as_ref().filter(|_| is_of_self) {
            Some(of) => format!("{of}.{name}{index}"),
            None => format!("{name}{index}"),
        };
        Some(Bound { name, is_list, of: None })
    }
}
