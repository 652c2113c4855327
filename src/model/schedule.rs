//! Schedules: who takes each step of an interleaving, how one is chosen by chance, and how it is written.

use serde::{Deserialize, Serialize};

/// The most steps of a schedule.
const MAX_STEPS: usize = 1_000_000;

/// The most steps of a schedule that real workers follow.
pub const MAX_FOLLOWED: usize = 10_000;

/// How an interleaving is chosen by chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Sampling {
    /// Each step goes to any worker that can take it.
    Random,
    /// Workers have priorities, which change at a few places (Burckhardt and others, "A Randomized Scheduler with
    /// Probabilistic Guarantees of Finding Bugs", 2010).
    Pct,
}

impl Sampling {
    /// Every strategy.
    pub const ALL: [Sampling; 2] = [Sampling::Random, Sampling::Pct];

    /// The word in a spec.
    pub fn as_str(self) -> &'static str {
        match self {
            Sampling::Random => "random",
            Sampling::Pct => "pct",
        }
    }
}

/// A schedule as text: the workers' numbers in order, `2x3` for three steps of worker 2.
pub fn schedule_text(schedule: &[u32]) -> String {
    let runs = schedule.chunk_by(|a, b| a == b).map(|run| match run {
        [one] => one.to_string(),
        several => format!("{}x{}", several[0], several.len()),
    });
    runs.collect::<Vec<_>>().join(",")
}

/// Reads what [`schedule_text`] writes.
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_schedule(text: &str) -> Result<Vec<u32>, String> {
    let mut schedule = Vec::new();
    for part in text.split(',').map(str::trim) {
        let (worker, times) = part.split_once('x').unwrap_or((part, "1"));
        let number = |text: &str| text.trim().parse::<u32>().ok().filter(|number| *number > 0);
        let (Some(worker), Some(times)) = (number(worker), number(times)) else {
            return Err(format!("`{part}` is neither a worker's number nor one with a number of steps, such as `2x3`"));
        };
        if schedule.len() + times as usize > MAX_STEPS {
            return Err(format!("a schedule has at most {MAX_STEPS} steps"));
        }
        schedule.extend(std::iter::repeat_n(worker, times as usize));
    }
    Ok(schedule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_read_as_it_was_written() {
        let schedule = [1, 1, 1, 2, 1, 3, 3];
        assert_eq!(schedule_text(&schedule), "1x3,2,1,3x2");
        assert_eq!(parse_schedule(&schedule_text(&schedule)).as_deref(), Ok(&schedule[..]));
        assert_eq!(parse_schedule(" 1 , 2 x 2 ").as_deref(), Ok(&[1, 2, 2][..]));
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for wrong in ["", "0", "1,,2", "a", "1x0", "1x", "x2", "-1", "1x2000000", "1 2"] {
            assert!(parse_schedule(wrong).is_err(), "{wrong}");
        }
    }
}
