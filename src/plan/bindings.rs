//! What the author's code calls things: at each word the name of the `let`, the `static`, the field or the list that the value
//! of the expression around it goes to. So an object of `std` and a thread are called as their author calls them.

mod walk;

use super::Plan;
use proc_macro2::TokenStream;
use serde::{Deserialize, Serialize};

/// What the words of a plan's code are bound to, by their places in the notebook.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bindings {
    words: Vec<Word>,
}

/// A word of the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Word {
    /// Its line in the notebook and its column there, from 1.
    at: (u32, u32),
    /// What its expression is bound to.
    bound: Option<Bound>,
    /// If it is called by a dot: on what.
    receiver: Option<Bound>,
}

/// What a value is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// The name.
    pub name: String,
    /// Whether it has several such values, one beside the other, and which one this is does not show.
    pub is_list: bool,
    /// How many those are, where the code says it in digits.
    pub of: Option<u32>,
}

impl Bound {
    /// The name of the element with this index, from 0, or of a part of it: `pairs[2].0`.
    pub fn element(&self, index: usize) -> String {
        let is_part = |(_, part): &(&str, &str)| part.chars().all(|c| c.is_ascii_digit());
        match self.name.rsplit_once('.').filter(is_part) {
            Some((list, part)) => format!("{list}[{index}].{part}"),
            None => format!("{}[{index}]", self.name),
        }
    }
}

impl Bindings {
    /// The bindings in all Rust cells of a plan. Code that is no Rust has none.
    pub fn of(plan: &Plan) -> Self {
        let mut words = Vec::new();
        for code in plan.steps.iter().filter_map(super::Step::items) {
            let Ok(tokens) = code.text().parse::<TokenStream>() else { continue };
            let found = walk::words(tokens).into_iter().filter_map(|word| {
                let (line, column) = word.at;
                let line = code.lines.get(line as usize - 1)?;
                Some(Word { at: (line.line, line.column_of(column as usize)), ..word })
            });
            words.extend(found);
        }
        words.sort_by_key(|word| word.at);
        Self { words }
    }

    fn at(&self, place: (u32, u32)) -> Option<&Word> {
        self.words.binary_search_by_key(&place, |word| word.at).ok().map(|found| &self.words[found])
    }

    /// What the value of the expression goes to that begins, or is called, at this line and column of the notebook.
    pub fn bound(&self, place: (u32, u32)) -> Option<&Bound> {
        self.at(place)?.bound.as_ref()
    }

    /// What the method is called on whose name stands at this line and column of the notebook.
    pub fn receiver(&self, place: (u32, u32)) -> Option<&Bound> {
        self.at(place)?.receiver.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is made in a code, in order, by the names that it is bound to.
    fn names(code: &str) -> Vec<String> {
        let tokens: TokenStream = code.parse().expect("tokens");
        let lines: Vec<&str> = code.lines().collect();
        let starts = |word: &Word| {
            let rest: String = lines[word.at.0 as usize - 1].chars().skip(word.at.1 as usize).collect();
            ["Mutex::new", "Condvar::new", "mpsc::channel", "thread::spawn"].iter().any(|it| rest.starts_with(it))
        };
        let words = walk::words(tokens).into_iter().filter(starts);
        words.map(|word| word.bound.map_or("-".to_owned(), shown)).collect()
    }

    fn shown(Bound { name, is_list, of }: Bound) -> String {
        match (is_list, of) {
            (true, of) => format!("{name}[{}]", of.map_or_else(String::new, |of| of.to_string())),
            (false, _) => name,
        }
    }

    #[test]
    fn a_let_a_static_and_a_field_give_their_names() {
        assert_eq!(names("fn main() { let counter = Arc::new(Mutex::new(0)); }"), ["counter"]);
        assert_eq!(names("static TOTAL: Mutex<Vec<u8>> = Mutex::new(Vec::new());"), ["TOTAL"]);
        assert_eq!(names("fn main() { let a = Account { balance: Mutex::new(1), id: 2 }; }"), ["Account.balance"]);
        assert_eq!(names("impl<T> Buffer<T> { fn new() -> Self { Self { lock: Mutex::new(0) } } }"), ["Buffer.lock"]);
        assert_eq!(names("impl Default for Pool { fn default() -> Self { Self { q: Mutex::new(0) } } }"), ["Pool.q"]);
    }

    #[test]
    fn a_tuple_gives_its_parts_and_a_channel_has_the_name_of_its_receiver() {
        assert_eq!(names("fn f() { let (a, b) = (Mutex::new(0), Mutex::new(1)); }"), ["a", "b"]);
        assert_eq!(names("fn f() { let pair = Arc::new((Mutex::new(false), Condvar::new())); }"), ["pair.0", "pair.1"]);
        assert_eq!(names("fn f() { let (tx, rx) = mpsc::channel(); }"), ["rx"]);
        assert_eq!(names("fn f() { let (tx, _) = mpsc::channel(); }"), ["tx"]);
        assert_eq!(names("fn f() { let (_, b) = (Mutex::new(0), Mutex::new(1)); }"), ["-", "b"]);
        assert_eq!(names("fn f() { let _ = thread::spawn(|| 5).join(); }"), ["-"]);
    }

    #[test]
    fn what_is_made_many_times_is_a_list() {
        assert_eq!(
            names("fn f() { let forks: Vec<_> = (0..5).map(|_| Arc::new(Mutex::new(()))).collect(); }"),
            ["forks[5]"]
        );
        assert_eq!(names("fn f() { let a: Vec<_> = (2..=5_u8).map(|_| Mutex::new(0)).collect(); }"), ["a[]"]);
        assert_eq!(names("fn f() { let a: Vec<_> = (2..=5).map(|_| Mutex::new(0)).collect(); }"), ["a[4]"]);
        assert_eq!(names("fn f() { let a: Vec<_> = all(0..5).map(|_| Mutex::new(0)).collect(); }"), ["a[]"]);
        assert_eq!(
            names("fn f() { let a: Vec<_> = (0..1).map(|_| (0..3).map(|_| Mutex::new(0)).collect()).collect(); }"),
            ["a[]"]
        );
        assert_eq!(names("fn f() { let a: Vec<_> = (0..n).map(|_| Mutex::new(0)).collect(); }"), ["a[]"]);
        assert_eq!(names("fn f() { let all = vec![Mutex::new(f(1, 2)), Mutex::new(1)]; }"), ["all[0]", "all[1]"]);
        assert_eq!(names("static A: [Mutex<u8>; 1] = [Mutex::new(0)];"), ["A[0]"]);
        assert_eq!(names("fn f() { let all = [const { Mutex::new(0) }; 5]; }"), ["all[5]"]);
        assert_eq!(
            names("fn f() { let all: Vec<_> = (0..5).map(|_| [Mutex::new(0), Mutex::new(1)]).collect(); }"),
            ["all[]"; 2]
        );
        assert_eq!(names("fn f() { for i in 0..3 { handles.push(thread::spawn(move || i)); } }"), ["handles[]"]);
    }

    #[test]
    fn a_statement_within_a_value_is_not_the_value() {
        assert_eq!(names("fn f() { let h = thread::spawn(|| { Mutex::new(0).lock(); 5 }); }"), ["h", "-"]);
        assert_eq!(names("fn f() { let v = { g(); Mutex::new(0) }; }"), ["v"]);
        assert_eq!(names("fn f() { thread::spawn(|| 5); thread::spawn(|| 6); }"), ["-", "-"]);
        assert_eq!(names("static G: LazyLock<Mutex<u8>> = LazyLock::new(|| Mutex::new(0));"), ["G"]);
    }

    #[test]
    fn a_method_is_called_on_what_stands_before_its_dot() {
        let code =
            "impl Stats { fn f(&self) { self.hits.load(A); hits.load(B); all[i].load(D); self.all[2].load(E); } }";
        let words = walk::words(code.parse().expect("tokens"));
        let receivers: Vec<_> = words.into_iter().filter_map(|word| word.receiver).map(shown).collect();
        assert_eq!(receivers, ["self", "Stats.hits", "hits", "all[]", "self", "Stats.all[2]"]);
    }
}
