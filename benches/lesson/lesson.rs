//! The lesson's text, and what its page must show.

/// The lesson as readers get it.
const TEXT: &str = include_str!("../../notebooks/multiprocessing.md");
/// The line with which its jobs nap.
const NAP: &str = "sleep(0.1);";
/// How its comparison says how far to count.
const RANGE: &str = "0..20_000_000_i128";

/// A variant of the lesson.
pub struct Lesson {
    /// Its markdown.
    pub text: String,
    /// How far its comparison counts.
    pub iterations: u64,
}

impl Lesson {
    /// As it is printed.
    pub fn whole() -> Self {
        Self { text: TEXT.to_owned(), iterations: 20_000_000 }
    }

    /// Without its naps, and with a comparison that counts to `iterations`. It has the same lines.
    ///
    /// # Panics
    /// If the lesson has changed so that it would be another one than the bench says.
    pub fn without_naps(iterations: u64) -> Self {
        let lines = TEXT.lines().map(|line| if line.trim() == NAP { "" } else { line });
        let text: String = lines.flat_map(|line| [line, "\n"]).collect();
        assert!(!text.contains("sleep("), "the lesson naps in a way that the bench does not know");
        assert!(text.contains(RANGE), "the lesson's comparison has changed");
        Self { text: text.replace(RANGE, &format!("0..{iterations}_i128")), iterations }
    }

    /// Checks that a page of it, whoever made it, shows the results of its queue and its comparison.
    ///
    /// # Panics
    /// If it does not.
    pub fn check(page: &str, iterations: u64) {
        let sum = |below: u64| (0..u128::from(below)).map(|i| i + i * i + i * i * i).sum::<u128>();
        for result in [2 * sum(1000), 2 * sum(iterations)] {
            assert!(page.contains(&result.to_string()), "the page lacks the result {result}");
        }
    }
}
