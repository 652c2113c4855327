//! What a macro by example mentions, and what it may define.

use std::collections::BTreeSet;

/// Words of a text, each once.
pub type Words = BTreeSet<String>;

/// A macro by example.
#[derive(Debug, Default, PartialEq)]
pub struct Macro {
    /// All that is mentioned in it.
    pub words: Words,
    /// The names that it may define by itself: they stand where an item has its name, in an import, or in the call of
    /// another macro.
    pub makes: Words,
    /// The macros that it calls.
    pub calls: Words,
}

/// The words behind which an item has its name.
const NAMING: [&str; 12] =
    ["as", "const", "enum", "fn", "macro_rules", "mod", "mut", "static", "struct", "trait", "type", "union"];

impl Macro {
    /// A macro whose rules have these tokens, as text.
    pub fn of(rules: &str) -> Self {
        let mut it = Self::default();
        let (mut before, mut before_that) = ("", "");
        // The end of a call is found by the brackets that are open where it begins.
        let (mut open, mut call, mut importing) = (0_usize, None, false);
        for token in tokens(rules) {
            let is_word = token.starts_with(|c: char| c.is_alphanumeric() || c == '_');
            match token {
                "(" | "[" | "{" => {
                    open += 1;
                    if before == "!" && call.is_none() {
                        call = Some(open);
                    }
                }
                ")" | "]" | "}" => {
                    call = call.filter(|begun| *begun < open);
                    open = open.saturating_sub(1);
                }
                "!" if is_named(before) => drop(it.calls.insert(before.to_owned())),
                ";" => importing = false,
                _ if is_word && before != "$" => {
                    importing |= token == "use";
                    let is_name = NAMING.contains(&before) && before_that != "$";
                    if is_name || importing || call.is_some() {
                        it.makes.insert(token.to_owned());
                    }
                }
                _ => {}
            }
            if is_word {
                it.words.insert(token.to_owned());
            }
            (before_that, before) = (before, token);
        }
        it
    }
}

fn is_named(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The words of a text and its other characters, each by itself.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = text.trim_start();
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let len = if is_word(first) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (token, behind) = rest.split_at(len);
        rest = behind.trim_start();
        Some(token)
    })
}
