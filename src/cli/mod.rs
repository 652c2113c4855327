//! The command line: the one place that reads arguments, prints, and touches the files of an author.

pub mod args;
pub mod exit;
pub mod images;
mod input;
pub mod output;
pub mod progress;
mod provenance;
mod replay;
pub mod report;
mod run;

pub use run::run;

use std::io;

/// An I/O error's reason in words, without Rust's `(os error 2)`.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = words.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_in_words() {
        assert_eq!(reason(&io::Error::from_raw_os_error(2)), "no such file or directory");
        assert_eq!(reason(&io::Error::other("disk on fire")), "disk on fire");
    }
}
