//! What a cell is for in an exercise, as its fence says it beside the cell's kind.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a cell is for in an exercise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It tries the reader's code. As long as it fails, the exercise is not solved, and nothing is wrong.
    Exercise,
    /// It belongs to a solution, which is folded on the page, and which a reader may be given the lesson without.
    Solution,
}

impl Role {
    /// Both.
    pub const ALL: [Role; 2] = [Role::Exercise, Role::Solution];

    /// The word in the fence.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Exercise => "exercise",
            Role::Solution => "solution",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The words of an info string.
fn all_words(info: &str) -> impl Iterator<Item = &str> {
    info.split([' ', '\t', ',']).filter(|word| !word.is_empty())
}

/// The roles that an info string says behind its language. What stands in attributes for other tools, `{…}`, is none.
pub(super) fn roles(info: &str) -> impl Iterator<Item = Role> {
    all_words(info).skip(1).take_while(|word| !word.starts_with('{')).filter_map(Role::of_word)
}

/// The words of an info string without those that say a role.
pub(super) fn words(info: &str) -> impl Iterator<Item = &str> {
    let mut is_ours = true;
    all_words(info).enumerate().filter_map(move |(at, word)| {
        is_ours &= !word.starts_with('{');
        (at == 0 || !is_ours || Role::of_word(word).is_none()).then_some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_stands_anywhere_behind_the_language_and_before_attributes() {
        for (info, role, rest) in [
            ("yaml spawn exercise", Some(Role::Exercise), "yaml spawn"),
            ("yaml exercise spawn", Some(Role::Exercise), "yaml spawn"),
            ("rust,job,compile_fail,E0382,solution", Some(Role::Solution), "rust job compile_fail E0382"),
            ("rust solution,job", Some(Role::Solution), "rust job"),
            ("rust job {solution}", None, "rust job {solution}"),
            ("rust job { .a solution }", None, "rust job { .a solution }"),
            ("solution", None, "solution"),
        ] {
            assert_eq!((roles(info).next(), words(info).collect::<Vec<_>>().join(" ")), (role, rest.into()), "{info}");
        }
    }
}
