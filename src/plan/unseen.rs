//! What the code of a cell tells other threads past everything that an exploration sees: the counts of an `Arc`, memory by `unsafe`, the
//! objects of a crate or of `core`. States of such a cell may differ although all that is seen of them is alike.

use super::needs::{expressions, needs};
use super::{Explore, Plan, Step};
use crate::model::{Position, Unseen};
use crate::notebook::{Notebook, Snippet};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;

/// What asks for the counts of an `Arc`, or does something else if it is the only one.
const COUNTS: [&str; 7] =
    ["strong_count", "weak_count", "try_unwrap", "unwrap_or_clone", "into_inner", "get_mut", "make_mut"];

/// Types that have functions of such names and are no `Arc`.
const OTHERS: [&str; 16] = [
    "Rc", "Mutex", "RwLock", "Cell", "RefCell", "OnceCell", "OnceLock", "LazyCell", "LazyLock", "Vec", "VecDeque",
    "HashMap", "BTreeMap", "Pin", "Cursor", "Box",
];

/// Keywords behind which a path may begin by `::`.
const BEFORE_A_ROOT: [&str; 17] = [
    "as", "break", "const", "dyn", "for", "if", "impl", "in", "let", "match", "move", "mut", "pub", "return", "use",
    "where", "while",
];

/// What lets an effect of a destructor be seen although the destructor takes no step.
const KEEPERS: [&str; 2] = ["thread_local", "catch_unwind"];

impl Plan {
    /// Looks for such a thing in all cells that are explored, and in those that they need.
    pub(super) fn look_for_unseen(&mut self, notebook: &Notebook) {
        if !self.steps.iter().any(|step| step.options.explore.is_some()) {
            return;
        }
        let needs = needs(notebook, self);
        let crates: Vec<String> =
            self.settings.dependencies.iter().map(|dependency| dependency.name.replace('-', "_")).collect();
        for place in 0..self.steps.len() {
            let cell = self.steps[place].cell;
            if self.steps[place].options.explore.is_none() {
                continue;
            }
            let needed = needs.all_of([cell]);
            let (found, has_drops) = self.first_unseen(&needed, &crates);
            if let Some(Explore { unseen, drops, .. }) = &mut self.steps[place].options.explore {
                (*unseen, *drops) = (found, has_drops);
            }
        }
    }

    /// The first such thing in these cells, and whether they have destructors.
    fn first_unseen(&self, cells: &BTreeSet<usize>, crates: &[String]) -> (Option<Unseen>, bool) {
        let steps = self.steps.iter().filter(|step| cells.contains(&step.cell));
        let all = |step| expressions(self, step).into_iter().chain(step.items()).map(move |code| (step, code));
        let codes: Vec<(&Step, &Snippet)> = steps.flat_map(all).collect();
        let words: Vec<Vec<Word>> = codes.iter().map(|(_, code)| words(&code.text())).collect();
        let mentions = |name: &str| words.iter().flatten().any(|word| word.text == name);
        // A destructor that runs with the last `Arc` runs in whichever thread comes last.
        let keeps = mentions("Arc") && KEEPERS.iter().any(|keeper| mentions(keeper));
        let drops = words.iter().any(|words| (0..words.len()).any(|n| is_destructor(words, n)));
        let unseen = codes.iter().zip(&words).find_map(|((step, code), words)| {
            let found = (0..words.len()).find(|n| is_unseen(words, *n, crates, keeps))?;
            let Word { text, line } = &words[found];
            let line = code.lines.get(*line - 1)?.line.saturating_sub(step.line);
            let word = if text == "Drop" { "impl Drop".to_owned() } else { text.clone() };
            Some(Unseen { word, position: Position::new(step.cell as u32, line) })
        });
        (unseen, drops)
    }
}

/// Whether a word is that of `impl Drop for` a type.
fn is_destructor(words: &[Word], n: usize) -> bool {
    words[n].text == "Drop" && words.get(n + 1).is_some_and(|word| word.text == "for")
}

/// A token of some code that is no literal, and its line, from 1.
struct Word {
    text: String,
    line: usize,
}

/// All of them, whatever they stand in. Code that is no Rust has none.
fn words(code: &str) -> Vec<Word> {
    fn add(tokens: TokenStream, words: &mut Vec<Word>) {
        for token in tokens {
            let line = token.span().start().line;
            match token {
                TokenTree::Group(group) => {
                    // What stands in it is no part of a path that ends before it.
                    words.push(Word { text: String::new(), line });
                    add(group.stream(), words);
                    words.push(Word { text: String::new(), line });
                }
                TokenTree::Ident(ident) => words.push(Word { text: ident.to_string(), line }),
                TokenTree::Punct(punct) => words.push(Word { text: punct.as_char().to_string(), line }),
                TokenTree::Literal(_) => words.push(Word { text: String::new(), line }),
            }
        }
    }
    let mut words = Vec::new();
    if let Ok(tokens) = code.parse() {
        add(tokens, &mut words);
    }
    words
}

/// Whether a word stands for something that an exploration does not see; `keeps` says whether what destructors do may be kept somewhere.
fn is_unseen(words: &[Word], n: usize, crates: &[String], keeps: bool) -> bool {
    let at = |n: Option<usize>| n.and_then(|n| words.get(n)).map_or("", |word| word.text.as_str());
    let before = |by: usize| at(n.checked_sub(by));
    let behind = |by: usize| at(Some(n + by));
    let (is_method, is_of_path) = (before(1) == ".", before(1) == ":" && before(2) == ":");
    // `::core` begins a path, and `a::core` does not.
    let is_inner = is_of_path && is_word(before(3)) && before(4) != "'" && !BEFORE_A_ROOT.contains(&before(3));
    let goes_on = behind(1) == ":" && behind(2) == ":";
    match words[n].text.as_str() {
        "unsafe" => true,
        "upgrade" => is_method || is_of_path,
        "strong_count" | "weak_count" if is_method => true,
        "core" if is_inner => false,
        "core" => behind(1) == "as" || goes_on && matches!(behind(3), "sync" | "cell" | "" | "*"),
        "Drop" => keeps && is_destructor(words, n),
        name if COUNTS.contains(&name) => is_of_path && !OTHERS.contains(&before(3)),
        name => crates.iter().any(|it| it == name) && !is_inner && !is_method,
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

#[cfg(test)]
mod tests {
    use crate::notebook::parse;
    use crate::plan::plan;

    /// What is unseen in the last cell of a notebook, and at which of its lines.
    fn unseen(text: &str) -> Option<(String, u32)> {
        let notebook = parse("a.md", text.to_owned()).expect("a notebook");
        let plan = plan(&notebook).expect("a plan");
        let explore = plan.steps.last()?.options.explore.clone().expect("explored");
        explore.unseen.map(|it| (it.word, it.position.map_or(0, |at| at.cell() * 100 + at.line())))
    }

    fn in_program(code: &str) -> Option<String> {
        unseen(&format!("```rust explore\nfn main() {{\n{code}\n}}\n```\n")).map(|(word, line)| {
            assert_eq!(line, 2);
            word
        })
    }

    #[test]
    fn who_asks_for_the_counts_of_an_arc_is_found() {
        for (code, word) in [
            ("let n = Arc::strong_count(&a);", "strong_count"),
            ("let n = weak.strong_count();", "strong_count"),
            ("let n = Arc::try_unwrap(a).unwrap().into_inner();", "try_unwrap"),
            ("let n = <Arc<u8>>::into_inner(a);", "into_inner"),
            ("let n = all.into_iter().map(sync::Arc::into_inner);", "into_inner"),
            ("if let Some(a) = weak.upgrade() {}", "upgrade"),
            ("println!(\"{}\", Arc::get_mut(&mut a));", "get_mut"),
        ] {
            assert_eq!(in_program(code).as_deref(), Some(word), "{code}");
        }
        for code in [
            "let n = Mutex::into_inner(m);",
            "let n = m.into_inner();",
            "map.get_mut(&5); vec.make_mut();",
            "Rc::try_unwrap(r);",
            "println!(\"Arc::strong_count\"); // unsafe",
            "Arc::new(Mutex::new(0)); Arc::clone(&a); Arc::ptr_eq(&a, &b);",
        ] {
            assert_eq!(in_program(code), None, "{code}");
        }
    }

    #[test]
    fn memory_that_is_used_unsafely_and_the_atomics_of_core_are_found() {
        assert_eq!(in_program("unsafe { COUNT += 1; }").as_deref(), Some("unsafe"));
        for code in [
            "use core::sync::atomic::AtomicU32;",
            "use ::core::sync::atomic::AtomicU32;",
            "fn f() -> &'static ::core::sync::atomic::AtomicU32 { &A }",
            "let a: Vec<::core::cell::Cell<u8>> = Vec::new();",
            "use core as c;",
            "use ::{core as c, std as s};",
            "extern crate core as c;",
        ] {
            assert_eq!(in_program(code).as_deref(), Some("core"), "{code}");
        }
        for code in ["core::mem::drop(5);", "my::core::sync::run();", "self::core::sync::run();"] {
            assert_eq!(in_program(code), None, "{code}");
        }
    }

    #[test]
    fn what_stands_in_a_spec_is_looked_at_as_what_it_calls() {
        let of = |spec: &str| {
            unseen(&format!("```rust job\nfn f(n: usize) {{}}\n```\n\n```yaml spawn\nexplore: all\n{spec}\n```\n"))
        };
        assert_eq!(of("jobs:\n  - f(1)\n  - f(Arc::strong_count(&SHARED))"), Some(("strong_count".to_owned(), 104)));
        assert_eq!(of("jobs: [f(1)]\nshow: unsafe { COUNT }"), Some(("unsafe".to_owned(), 103)));
        assert_eq!(of("jobs: [f(1)]"), None);
    }

    #[test]
    fn a_destructor_is_found_only_where_its_effects_could_be_kept_unseen() {
        let drop = "impl Drop for A { fn drop(&mut self) {} } let a = Arc::new(A);";
        assert_eq!(in_program(drop), None);
        assert_eq!(in_program(&format!("{drop} thread_local! {{}}")).as_deref(), Some("impl Drop"));
    }

    #[test]
    fn a_crate_is_found_where_it_is_used_and_only_cells_that_are_needed_count() {
        let front = "---\nnbrun:\n  dependencies:\n    crossbeam-deque: \"0.8\"\n---\n";
        let of = |main: &str| {
            unseen(&format!(
                "{front}```rust job\nfn deque() {{ crossbeam_deque::Worker::<u8>::new_fifo(); }}\n```\n\n\
                 ```rust job\nfn other() {{}}\n```\n\n```yaml spawn\nexplore: all\njobs:\n  - {main}()\n```\n"
            ))
        };
        assert_eq!(of("deque"), Some(("crossbeam_deque".to_owned(), 1)));
        assert_eq!(of("::crossbeam_deque::call"), Some(("crossbeam_deque".to_owned(), 203)));
        assert_eq!(of("other"), None);
    }
}
