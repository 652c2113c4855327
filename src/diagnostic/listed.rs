//! Several things in one sentence.

use std::fmt::Display;

/// `a`, `a and b`, `a, b and c`; of more than `most`, the first and how many more there are: `a, b and 3 more`.
pub fn listed(items: &[impl AsRef<str>], most: usize) -> String {
    let join = |items: &[_]| items.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", ");
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        _ if items.len() > most => format!("{} and {} more", join(&items[..most]), items.len() - most),
        [first @ .., last] => format!("{} and {}", join(first), last.as_ref()),
    }
}

/// The same of names, each between backticks.
pub fn named(names: impl IntoIterator<Item = impl Display>, most: usize) -> String {
    listed(&names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>(), most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_listed_as_prose() {
        let all = ["a", "b", "c", "d", "e"];
        assert_eq!(listed(&all[..0], 5), "");
        assert_eq!(listed(&all[..1], 5), "a");
        assert_eq!(listed(&all[..2], 5), "a and b");
        assert_eq!(listed(&all, 5), "a, b, c, d and e");
        assert_eq!(listed(&all, 2), "a, b and 3 more");
        assert_eq!(named(all, 2), "`a`, `b` and 3 more");
        assert_eq!(named(&all[..3], 9), "`a`, `b` and `c`");
    }
}
