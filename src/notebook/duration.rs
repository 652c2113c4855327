//! Durations as an author writes them.

use std::time::Duration;

/// How a duration is written, as advice.
pub const DURATION_HELP: &str = "write `2s`, `500ms`, `1m 30s`, or a number of seconds";

/// No cell of a lesson takes longer, and what is below it is safe to add to any clock.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Reads a time limit: `2s`, `500ms`, `1m 30s`, or a number of seconds; more than none and at most a week.
///
/// # Errors
/// What is wrong with the text, as a diagnostic's message.
pub fn duration(text: &str) -> Result<Duration, String> {
    let shown = text.lines().next().unwrap_or("");
    let read = match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 => Duration::try_from_secs_f64(seconds).ok(),
        Ok(_) => Some(Duration::ZERO),
        Err(_) => match text.parse::<jiff::SignedDuration>() {
            Ok(signed) if signed.is_positive() => signed.try_into().ok(),
            Ok(_) => Some(Duration::ZERO),
            Err(_) => return Err(format!("`{shown}` is not a duration")),
        },
    };
    match read {
        Some(duration) if duration.is_zero() => Err(format!("a time limit must be longer than `{shown}`")),
        Some(duration) if duration <= LONGEST => Ok(duration),
        _ => Err(format!("`{shown}` is longer than a week")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_friendly_text_or_seconds() {
        let cases = [("2s", 2000), ("500ms", 500), ("1m 30s", 90_000), ("2", 2000), ("0.25", 250), ("2 seconds", 2000)];
        for (text, millis) in cases {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn a_time_limit_is_more_than_none_and_at_most_a_week() {
        for text in ["0", "-1", "-1s", "0s", "nan", "1e-12"] {
            assert_eq!(duration(text), Err(format!("a time limit must be longer than `{text}`")));
        }
        for text in ["1e300", "inf", "169h", "604801"] {
            assert_eq!(duration(text), Err(format!("`{text}` is longer than a week")));
        }
        for text in ["soon", "", "2 fortnights", "1s 2x"] {
            assert_eq!(duration(text), Err(format!("`{text}` is not a duration")));
        }
    }
}
