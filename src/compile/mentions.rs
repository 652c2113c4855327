//! What code mentions of `std` and `core`, as far as its tokens tell.

use crate::plan::names::{Names, Unnamed};
use proc_macro2::{TokenStream, TokenTree};

/// Modules of `std` that the mirror has something of its own in, each with what that is; nothing where it is most of them.
const PARTS: &[(&str, &[&str])] = &[
    ("thread", &[]),
    ("sync", &[]),
    ("time", &["Instant"]),
    ("io", &["stdout", "stderr", "Stdout", "Stderr", "StdoutLock", "StderrLock"]),
    ("hint", &["spin_loop"]),
    ("thread_local", &[]),
];

/// Whether some code mentions what the mirror has, as far as its tokens tell.
pub(super) fn mirrored_std(code: &str) -> bool {
    // Most code is not looked at any closer.
    if code.contains("thread_local") {
        return true;
    }
    let named = |part: &(&str, &[&str])| {
        code.contains(part.0) && (part.1.is_empty() || part.1.iter().any(|name| code.contains(name)))
    };
    if !code.contains("std") || !(PARTS.iter().any(named) || code.contains('*') || code.contains(" as ")) {
        return false;
    }
    // A cell whose delimiters do not match has no tokens, and is refused later.
    code.parse().is_ok_and(|tokens| in_tokens(tokens, &|name| PARTS.iter().any(|part| part.0 == name && named(part))))
}

/// Whether there is a path into `std` among the tokens, to something that is mirrored, or to all that there is.
fn in_tokens(tokens: TokenStream, is_part: &dyn Fn(&str) -> bool) -> bool {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    tokens.iter().enumerate().any(|(n, token)| match token {
        TokenTree::Group(group) => in_tokens(group.stream(), is_part),
        TokenTree::Ident(name) if name == "std" && is_colon(n + 1) && is_colon(n + 2) => match tokens.get(n + 3) {
            Some(TokenTree::Ident(name)) => is_part(&name.to_string()),
            Some(TokenTree::Group(group)) => heads(group.stream()).iter().any(|head| is_part(head) || head == "self"),
            Some(TokenTree::Punct(punct)) => punct.as_char() == '*',
            _ => false,
        },
        // `use std as other;`
        TokenTree::Ident(name) if name == "std" => {
            matches!(tokens.get(n + 1), Some(TokenTree::Ident(name)) if name == "as")
        }
        _ => false,
    })
}

/// Names of the prelude that modules of `std` have, too.
const IN_BOTH: &[(&str, &[&str])] = &[("sync", &["Barrier", "RwLock"]), ("thread", &["sleep"]), ("process", &["exit"])];

/// The names of the prelude that some code imports from `std` by a glob: there it means those.
pub(super) fn globbed_names(code: &str) -> Vec<&'static str> {
    if !code.contains('*') || !code.contains("std") {
        return Vec::new();
    }
    let in_both = |module: &str| IN_BOTH.iter().find(|(name, _)| *name == module).map_or(&[][..], |(_, names)| names);
    let names = |import: Unnamed| match import.path.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["std", module] | ["", "std", module] if import.glob => in_both(module),
        _ => &[],
    };
    Names::of(code).unnamed.into_iter().flat_map(names).copied().collect()
}

/// The first names of the paths in the braces of a `use`.
fn heads(tokens: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    tokens.split(is_comma).filter_map(|path| path.first()).map(ToString::to_string).collect()
}

/// Where paths to the atomics of `core` begin in some code: line and column from 1.
pub(super) fn atomics_of_core(code: &str) -> Vec<(u32, u32)> {
    let mut places = Vec::new();
    if code.contains("core")
        && let Ok(tokens) = code.parse()
    {
        in_core(tokens, &mut places);
    }
    places
}

fn in_core(tokens: TokenStream, places: &mut Vec<(u32, u32)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (n, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => in_core(group.stream(), places),
            TokenTree::Ident(name) if name == "core" => {
                let is_sync = match tokens.get(n + 3) {
                    Some(TokenTree::Ident(name)) => name == "sync",
                    Some(TokenTree::Group(group)) => heads(group.stream()).iter().any(|head| head == "sync"),
                    _ => false,
                };
                if is_sync {
                    let start = name.span().start();
                    places.push((start.line as u32, start.column as u32 + 1));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_mirrored_is_found_by_its_path() {
        for code in [
            "use std::thread;",
            "use std::{collections::HashMap, sync::{Arc, Mutex}};",
            "fn f() { let t = ::std::thread::current(); }",
            "use std::time::{Duration, Instant};",
            "use std::*;",
            "use std as s;",
            "thread_local! { static A: u8 = 1; }",
            "use std::io::{self, Write}; fn f() { io::stdout(); }",
        ] {
            assert!(mirrored_std(code), "{code}");
        }
        for code in [
            "use std::collections::HashMap;",
            "fn sync() {} use std::fmt;",
            "use std::time::Duration; // no Inst",
            "use std::io::Read;",
            "fn f() { \"std::thread\"; }",
            "// std::thread",
        ] {
            assert!(!mirrored_std(code), "{code}");
        }
    }

    #[test]
    fn the_atomics_of_core_are_found_in_every_form_of_a_path() {
        let code = "use core::sync::atomic::*;\nuse core::{fmt, sync};\nfn f() { ::core::sync::atomic::fence() }\nuse core::fmt;";
        assert_eq!(atomics_of_core(code), [(1, 5), (2, 5), (3, 12)]);
    }

    #[test]
    fn what_a_glob_imports_from_std_is_known_by_name() {
        assert_eq!(globbed_names("use std::sync::*;"), ["Barrier", "RwLock"]);
        assert_eq!(globbed_names("use std::{sync::{self, *}, thread::*};"), ["Barrier", "RwLock", "sleep"]);
        assert_eq!(globbed_names("use ::std::process::*; fn f() {}"), ["exit"]);
        for code in
            ["use std::sync::atomic::*;", "use std::sync::RwLock;", "fn f() { use std::sync::*; }", "use my::sync::*;"]
        {
            assert_eq!(globbed_names(code), [] as [&str; 0], "{code}");
        }
    }
}
