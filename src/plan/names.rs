//! What a job cell defines and mentions, as far as its tokens tell. No function body is looked into.

mod macro_rules;
mod use_tree;

pub use macro_rules::{Macro, Words};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use use_tree::{Leaf, leaves};

/// Everything that a text mentions: its words, also those in comments and in strings, for a format string may name a
/// constant.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The names of a cell.
#[derive(Debug, Default, PartialEq)]
pub struct Names {
    /// The names of its items and of what it imports.
    pub defined: BTreeSet<String>,
    /// The names of items that an attribute may leave out.
    pub maybe: BTreeSet<String>,
    /// Its enums, with their variants.
    pub enums: BTreeMap<String, Vec<String>>,
    /// Its traits, with the names of what they have, if these are known.
    pub traits: BTreeMap<String, Option<Words>>,
    /// What it imports by name and may be a trait.
    pub imported: BTreeSet<String>,
    /// What it imports without a name.
    pub unnamed: Vec<Unnamed>,
    /// Its implementations.
    pub impls: Vec<Implementation>,
    /// Its macros, with all that is mentioned in them.
    pub macros: Vec<(String, Macro)>,
    /// The macros that it calls in the place of an item, with all that is mentioned in the calls.
    pub calls: Vec<(String, Words)>,
    /// Whether it may define names that its text does not have.
    pub opaque: bool,
}

/// An implementation of a type or of a trait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Implementation {
    /// All that stands before the block: the type, the trait, their parameters.
    pub head: Words,
    /// What the block defines.
    pub defined: Words,
}

/// An import without a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unnamed {
    /// The path, of one segment at least.
    pub path: Vec<String>,
    /// Whether it is all that is there, and not a trait as `_`.
    pub glob: bool,
}

/// Derives of std's and of well-known crates, which add no names.
const DERIVES: [&str; 13] = [
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Deserialize",
    "Eq",
    "Error",
    "Hash",
    "Message",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Serialize",
];

/// Attributes that leave an item as it is.
const INERT: [&str; 25] = [
    "allow",
    "automatically_derived",
    "clippy",
    "cold",
    "deny",
    "deprecated",
    "derive",
    "doc",
    "expect",
    "export_name",
    "forbid",
    "inline",
    "link",
    "link_section",
    "macro_export",
    "macro_use",
    "must_use",
    "no_mangle",
    "non_exhaustive",
    "path",
    "repr",
    "rustfmt",
    "track_caller",
    "unsafe",
    "warn",
];

/// Attributes that may leave an item out.
const REMOVING: [&str; 3] = ["cfg", "cfg_attr", "test"];

impl Names {
    /// The names of a cell with this text.
    pub fn of(text: &str) -> Self {
        match text.parse::<TokenStream>() {
            Ok(tokens) => Scan::all(tokens),
            Err(_) => Self { opaque: true, ..Self::default() },
        }
    }
}

/// What the attributes of an item do to it.
#[derive(Default)]
struct Attributes {
    /// They may leave it out.
    removing: bool,
    /// They may do anything.
    unknown: bool,
}

struct Scan {
    tokens: Vec<TokenTree>,
    at: usize,
    names: Names,
}

impl Scan {
    /// The names of all items among some tokens.
    fn all(tokens: TokenStream) -> Names {
        let mut scan = Self { tokens: tokens.into_iter().collect(), at: 0, names: Names::default() };
        while scan.at < scan.tokens.len() {
            scan.item();
        }
        scan.names
    }

    fn peek(&self, ahead: usize) -> Option<&TokenTree> {
        self.tokens.get(self.at + ahead)
    }

    fn word(&self, ahead: usize) -> Option<String> {
        match self.peek(ahead)? {
            TokenTree::Ident(word) => Some(word.to_string()),
            _ => None,
        }
    }

    fn is_punct(&self, ahead: usize, mark: char) -> bool {
        matches!(self.peek(ahead), Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
    }

    fn group(&self, ahead: usize, delimiter: Delimiter) -> Option<TokenStream> {
        match self.peek(ahead)? {
            TokenTree::Group(group) if group.delimiter() == delimiter => Some(group.stream()),
            _ => None,
        }
    }

    /// Goes behind the end of an item: a `;`, or a block if it may end with one, whose content is returned.
    fn skip(&mut self, or_block: bool) -> Option<TokenStream> {
        while self.at < self.tokens.len() {
            let block = self.group(0, Delimiter::Brace).filter(|_| or_block);
            let ends = block.is_some() || self.is_punct(0, ';');
            self.at += 1;
            if ends {
                return block;
            }
        }
        None
    }

    /// Looks at an item, or goes over what is none.
    fn item(&mut self) {
        let attributes = self.attributes();
        self.names.opaque |= attributes.unknown;
        if self.word(0).is_some_and(|word| word == "pub") {
            self.at += 1 + usize::from(self.group(1, Delimiter::Parenthesis).is_some());
        }
        let Some(word) = self.word(0) else {
            self.at += 1;
            return;
        };
        let next = self.word(1);
        match (word.as_str(), next.as_deref()) {
            ("const", Some("fn" | "async" | "unsafe" | "extern" | "trait"))
            | ("async" | "unsafe" | "safe" | "auto" | "default", Some(_)) => {
                // What follows is the item; its attributes are these.
                self.at += 1;
                self.qualified(&attributes);
            }
            _ => self.named(&word, next, &attributes),
        }
    }

    fn qualified(&mut self, attributes: &Attributes) {
        while let (Some(word), next) = (self.word(0), self.word(1)) {
            match word.as_str() {
                "async" | "unsafe" | "safe" | "auto" | "default" => self.at += 1,
                "const" if next.as_deref().is_some_and(|next| matches!(next, "fn" | "async" | "unsafe")) => {
                    self.at += 1
                }
                _ => return self.named(&word, next, attributes),
            }
        }
    }

    fn named(&mut self, word: &str, next: Option<String>, attributes: &Attributes) {
        match (word, next) {
            ("fn", Some(name)) => {
                self.define(name, attributes);
                self.skip(true);
            }
            ("struct" | "union" | "mod", Some(name)) => {
                self.define(name, attributes);
                self.skip(true);
            }
            ("enum", Some(name)) => {
                self.define(name.clone(), attributes);
                let variants = self.skip(true).and_then(variants);
                self.names.enums.extend(variants.map(|variants| (name, variants)));
            }
            ("trait", Some(name)) => {
                self.define(name.clone(), attributes);
                let body = self.skip(true).map(Scan::all).unwrap_or_default();
                let opaque = body.opaque || !body.calls.is_empty();
                let offered = body.defined.into_iter().chain(body.maybe).collect();
                self.names.traits.insert(name, (!opaque).then_some(offered));
            }
            ("const" | "type", Some(name)) => {
                self.define(name, attributes);
                self.skip(false);
            }
            ("static", Some(name)) => {
                let name = if name == "mut" { self.word(2).unwrap_or(name) } else { name };
                self.define(name, attributes);
                self.skip(false);
            }
            ("use", _) => self.imports(attributes),
            ("extern", next) => self.foreign(next, attributes),
            ("impl", _) => {
                let from = self.at + 1;
                let body = self.skip(true).map(Scan::all).unwrap_or_default();
                let head = self.tokens.get(from..self.at.saturating_sub(1)).unwrap_or_default();
                let head = head.iter().cloned().collect::<TokenStream>().to_string();
                let head = words(&head).map(str::to_owned).collect();
                let defined = body.defined.into_iter().chain(body.maybe).collect();
                self.names.impls.push(Implementation { head, defined });
            }
            ("macro_rules", _) if self.is_punct(1, '!') => self.macro_rules(),
            _ => self.call(),
        }
    }

    fn define(&mut self, name: String, attributes: &Attributes) {
        if name == "_" {
            return;
        }
        if attributes.removing || attributes.unknown {
            self.names.maybe.insert(name)
        } else {
            self.names.defined.insert(name)
        };
    }

    /// Goes over the attributes before an item.
    fn attributes(&mut self) -> Attributes {
        let mut all = Attributes::default();
        while self.is_punct(0, '#') {
            let inner = usize::from(self.is_punct(1, '!'));
            let Some(content) = self.group(1 + inner, Delimiter::Bracket) else { break };
            self.at += 2 + inner;
            let mut tokens = content.into_iter();
            let Some(TokenTree::Ident(name)) = tokens.next().filter(|_| inner == 0) else { continue };
            let name = name.to_string();
            let rest: TokenStream = tokens.collect();
            if REMOVING.contains(&name.as_str()) {
                all.removing = true;
                // It may stand for any attribute.
                all.unknown |= name == "cfg_attr";
            } else if !INERT.contains(&name.as_str()) {
                all.unknown = true;
            } else if name == "derive" {
                let rest = rest.to_string();
                let mut derived = rest.split(',').filter_map(|path| words(path).last());
                all.unknown |= !derived.all(|name| DERIVES.contains(&name));
            }
        }
        all
    }

    /// `extern crate`, a function with a foreign interface, or a block of foreign items.
    fn foreign(&mut self, next: Option<String>, attributes: &Attributes) {
        if next.as_deref() == Some("crate") {
            let name = if self.word(3).as_deref() == Some("as") { self.word(4) } else { self.word(2) };
            name.into_iter().for_each(|name| self.define(name, attributes));
            self.skip(false);
            return;
        }
        // The interface's name may be left out.
        self.at += 1 + usize::from(matches!(self.peek(1), Some(TokenTree::Literal(_))));
        if self.word(0).is_some_and(|word| word == "fn") {
            let next = self.word(1);
            self.named("fn", next, attributes);
        } else if let Some(block) = self.group(0, Delimiter::Brace) {
            self.at += 1;
            let inner = Scan::all(block);
            self.names.opaque |= inner.opaque || !inner.calls.is_empty();
            let all = inner.defined.into_iter().chain(inner.maybe);
            all.for_each(|name| self.define(name, attributes));
        }
    }

    fn macro_rules(&mut self) {
        let name = self.word(2).unwrap_or_default();
        let Some(TokenTree::Group(body)) = self.peek(3) else {
            self.at += 1;
            return;
        };
        self.names.macros.push((name, Macro::of(&body.stream().to_string())));
        self.at += 4;
    }

    /// A macro called in the place of an item.
    fn call(&mut self) {
        let mut name = self.word(0).unwrap_or_default();
        let mut ahead = 1;
        while self.is_punct(ahead, ':') && self.is_punct(ahead + 1, ':') {
            name = self.word(ahead + 2).unwrap_or_default();
            ahead += 3;
        }
        let body = if self.is_punct(ahead, '!') { self.peek(ahead + 1) } else { None };
        let Some(TokenTree::Group(body)) = body else {
            self.at += 1;
            return;
        };
        let text = body.stream().to_string();
        if name == "thread_local" {
            let mut tokens = words(&text);
            while let Some(word) = tokens.next() {
                if word == "static" {
                    self.names.maybe.extend(tokens.next().map(str::to_owned));
                }
            }
        } else {
            self.names.calls.push((name, words(&text).map(str::to_owned).collect()));
        }
        self.at += ahead + 2;
    }

    fn imports(&mut self, attributes: &Attributes) {
        self.at += 1;
        let from = self.at;
        self.skip(false);
        let tree = &self.tokens[from..self.at.saturating_sub(1).max(from)];
        let Some(leaves) = leaves(tree) else {
            self.names.opaque = true;
            return;
        };
        for leaf in leaves {
            match leaf.name {
                Leaf::Named(name) => {
                    if name.starts_with(char::is_uppercase) {
                        self.names.imported.insert(name.clone());
                    }
                    self.define(name, attributes);
                }
                Leaf::Glob | Leaf::Underscore => {
                    self.names.unnamed.push(Unnamed { path: leaf.path, glob: leaf.name == Leaf::Glob });
                }
            }
        }
    }
}

/// The variants of an enum with this body, if none of them can be left out.
fn variants(body: TokenStream) -> Option<Vec<String>> {
    let tokens: Vec<TokenTree> = body.into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ',');
    let mut names = Vec::new();
    for part in tokens.split(is_comma) {
        let mut scan = Scan { tokens: part.to_vec(), at: 0, names: Names::default() };
        if scan.attributes().removing {
            return None;
        }
        names.extend(scan.word(0));
    }
    Some(names)
}
