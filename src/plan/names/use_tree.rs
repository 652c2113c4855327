//! The tree of an import: `a::{self, b as c, d::*}`.

use proc_macro2::TokenTree;

/// How deep a tree of imports may be before it is not looked into.
const DEEPEST: usize = 32;

/// What an import binds.
#[derive(Debug, PartialEq)]
pub(super) enum Leaf {
    /// A name.
    Named(String),
    /// A trait, without a name.
    Underscore,
    /// All that there is.
    Glob,
}

/// A leaf of a tree of imports.
pub(super) struct Imported {
    /// The path to it.
    pub path: Vec<String>,
    /// What it binds.
    pub name: Leaf,
}

/// The leaves of a tree of imports, if all of it is understood.
pub(super) fn leaves(tree: &[TokenTree]) -> Option<Vec<Imported>> {
    let mut leaves = Vec::new();
    tree_of(tree, &mut Vec::new(), &mut leaves, 0).then_some(leaves)
}

/// Adds the leaves of a tree of imports below a path. Whether all of it was understood.
fn tree_of(tokens: &[TokenTree], path: &mut Vec<String>, leaves: &mut Vec<Imported>, depth: usize) -> bool {
    let before = path.len();
    let mut at = 0;
    let mut whole = depth <= DEEPEST;
    while let Some(token) = tokens.get(at).filter(|_| whole) {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == ':' => {
                if path.is_empty() {
                    // A path that begins with `::`.
                    path.push(String::new());
                }
                at += 2;
                continue;
            }
            TokenTree::Punct(mark) if mark.as_char() == '*' => {
                leaves.push(Imported { path: path.clone(), name: Leaf::Glob });
                path.truncate(before);
                return tokens.len() == at + 1;
            }
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ',');
                let parts = inner.split(is_comma).filter(|part| !part.is_empty());
                for part in parts {
                    whole &= tree_of(part, path, leaves, depth + 1);
                }
                path.truncate(before);
                return whole;
            }
            TokenTree::Ident(word) if word == "as" => break,
            TokenTree::Ident(word) => path.push(word.to_string()),
            _ => whole = false,
        }
        at += 1;
    }
    let renamed = match tokens.get(at + 1) {
        Some(TokenTree::Ident(name)) if at < tokens.len() => Some(name.to_string()),
        _ => None,
    };
    // `{self}` is what the path before it leads to.
    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    let name = match (renamed, path.last()) {
        (Some(name), _) if name == "_" => Leaf::Underscore,
        (Some(name), _) => Leaf::Named(name),
        (None, Some(last)) => Leaf::Named(last.clone()),
        (None, None) => return false,
    };
    leaves.push(Imported { path: path.clone(), name });
    path.truncate(before.min(path.len()));
    whole
}
