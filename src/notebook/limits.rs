//! How much of the machine a notebook may take, as an author or a user writes it: `total: 5m`, `memory: 2GiB`.

use super::{DURATION_HELP, duration};
use crate::diagnostic::nearest;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// Limits that somebody asked for. What is not set is left to others.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Limits {
    /// The time of all cells together.
    pub total: Option<Duration>,
    /// The bytes of output that are kept of one run of a cell.
    pub output_bytes: Option<u64>,
    /// The bytes of memory that each worker has for itself.
    pub memory_bytes: Option<u64>,
    /// The processes that a cell's jobs may have started by themselves at a time.
    pub processes: Option<u32>,
    /// The bytes of everything that is declared to be shared.
    pub shared_bytes: Option<u64>,
}

/// Their names.
pub const LIMITS: [&str; 5] = ["total", "output", "memory", "processes", "shared"];

/// What is wrong with a limit, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongLimit {
    /// What is wrong.
    pub message: String,
    /// What to write.
    pub help: String,
}

/// As `--limit` says it.
impl fmt::Display for WrongLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.help)
    }
}

impl std::error::Error for WrongLimit {}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const TIB: u64 = 1 << 40;

impl Limits {
    /// Sets the limit of this name to what `text` says.
    ///
    /// # Errors
    /// There is no such limit, or the text is none.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), WrongLimit> {
        match name {
            "total" => self.total = Some(time(text)?),
            "output" => self.output_bytes = Some(size("output", text, KIB, GIB)?),
            "memory" => self.memory_bytes = Some(size("memory", text, 16 * MIB, 16 * TIB)?),
            "processes" => self.processes = Some(count(text)?),
            "shared" => self.shared_bytes = Some(size("shared", text, MIB, TIB)?),
            _ => {
                let near = nearest(name, LIMITS).map(|near| format!("did you mean `{near}`? "));
                return Err(WrongLimit {
                    message: format!("there is no limit `{name}`"),
                    help: format!("{}the limits are: {}", near.unwrap_or_default(), LIMITS.join(", ")),
                });
            }
        }
        Ok(())
    }

    /// These, and where they say nothing, `others`.
    pub fn or(self, others: &Limits) -> Limits {
        Limits {
            total: self.total.or(others.total),
            output_bytes: self.output_bytes.or(others.output_bytes),
            memory_bytes: self.memory_bytes.or(others.memory_bytes),
            processes: self.processes.or(others.processes),
            shared_bytes: self.shared_bytes.or(others.shared_bytes),
        }
    }
}

/// `--limit`'s value: `memory=2GiB`.
impl std::str::FromStr for Limits {
    type Err = WrongLimit;

    fn from_str(text: &str) -> Result<Self, WrongLimit> {
        let Some((name, value)) = text.split_once('=') else {
            let message = format!("`{text}` is no limit");
            return Err(WrongLimit { message, help: "write for example `memory=2GiB`".to_owned() });
        };
        let mut limits = Limits::default();
        limits.set(name.trim(), value.trim())?;
        Ok(limits)
    }
}

fn time(text: &str) -> Result<Duration, WrongLimit> {
    duration(text).map_err(|message| WrongLimit { message, help: DURATION_HELP.to_owned() })
}

fn count(text: &str) -> Result<u32, WrongLimit> {
    const MAX_COUNT: u32 = 100_000;
    let help = || "write a number of processes, such as 64".to_owned();
    match text.parse::<u32>() {
        Ok(count) if count <= MAX_COUNT => Ok(count),
        _ if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(WrongLimit { message: format!("`processes` is at most {MAX_COUNT}, not {text}"), help: help() })
        }
        _ => Err(WrongLimit { message: format!("`{text}` is not a number of processes"), help: help() }),
    }
}

/// Reads a size between `least` and `most` bytes: `64KiB`, `1.5 GB`, or a number of bytes.
fn size(name: &str, text: &str, least: u64, most: u64) -> Result<u64, WrongLimit> {
    let help = || "write a size such as 512KiB, 64MiB or 2GiB".to_owned();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        "k" | "kib" => KIB,
        "m" | "mib" => MIB,
        "g" | "gib" => GIB,
        "t" | "tib" => TIB,
        _ => 0,
    };
    let bytes = number.parse::<f64>().ok().filter(|_| unit > 0).map(|number| number * unit as f64);
    let wrong = |message| Err(WrongLimit { message, help: help() });
    match bytes {
        None => wrong(format!("`{}` is not a size", text.lines().next().unwrap_or(""))),
        Some(bytes) if bytes < least as f64 => wrong(format!("`{name}` is at least {}, not {text}", Size(least))),
        Some(bytes) if bytes > most as f64 => wrong(format!("`{name}` is at most {}, not {text}", Size(most))),
        Some(bytes) => Ok(bytes as u64),
    }
}

/// A number of bytes as limits are written: `2 GiB`.
#[derive(Debug, Clone, Copy)]
pub struct Size(pub u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(TIB, "TiB"), (GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")];
        match units.into_iter().find(|(unit, _)| self.0 >= *unit) {
            Some((unit, name)) => {
                let tenths = (self.0 as f64 / unit as f64 * 10.0).round() / 10.0;
                write!(f, "{tenths} {name}")
            }
            None => write!(f, "{} bytes", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Limits, String> {
        text.parse::<Limits>().map_err(|wrong| wrong.to_string())
    }

    #[test]
    fn a_limit_is_a_name_and_a_size_a_time_or_a_number() {
        let none = Limits::default();
        assert_eq!(read("memory=2GiB"), Ok(Limits { memory_bytes: Some(2 << 30), ..none.clone() }));
        assert_eq!(read("output = 64 KiB"), Ok(Limits { output_bytes: Some(64 << 10), ..none.clone() }));
        assert_eq!(read("shared=1.5g"), Ok(Limits { shared_bytes: Some(3 << 29), ..none.clone() }));
        assert_eq!(read("memory=100MB"), Ok(Limits { memory_bytes: Some(100_000_000), ..none.clone() }));
        assert_eq!(read("output=2048"), Ok(Limits { output_bytes: Some(2048), ..none.clone() }));
        assert_eq!(read("total=1m 30s"), Ok(Limits { total: Some(Duration::from_secs(90)), ..none.clone() }));
        assert_eq!(read("processes=0"), Ok(Limits { processes: Some(0), ..none }));
    }

    #[test]
    fn what_is_no_limit_is_told_with_what_to_write() {
        for (text, error) in [
            ("memory", "`memory` is no limit; write for example `memory=2GiB`"),
            ("memry=1GiB", "there is no limit `memry`; did you mean `memory`? the limits are: total, output, memory"),
            ("memory=lots", "`lots` is not a size; write a size such as 512KiB, 64MiB or 2GiB"),
            ("memory=1 PiB", "`1 PiB` is not a size"),
            ("memory=-1GiB", "`-1GiB` is not a size"),
            ("memory=1.2.3GiB", "`1.2.3GiB` is not a size"),
            ("memory=1KiB", "`memory` is at least 16 MiB, not 1KiB"),
            ("output=0", "`output` is at least 1 KiB, not 0"),
            ("shared=99TiB", "`shared` is at most 1 TiB, not 99TiB"),
            ("processes=many", "`many` is not a number of processes"),
            ("processes=99999999999999", "`processes` is at most 100000, not 99999999999999"),
            ("total=0", "a time limit must be longer than `0`"),
            ("total=soon", "`soon` is not a duration"),
        ] {
            let told = read(text).expect_err(text);
            assert!(told.starts_with(error), "{text}: {told}");
        }
    }

    #[test]
    fn what_one_leaves_open_the_other_says() {
        let mine = Limits { processes: Some(1), ..Limits::default() };
        let others = Limits { processes: Some(2), memory_bytes: Some(3 << 30), ..Limits::default() };
        assert_eq!(mine.or(&others), Limits { processes: Some(1), memory_bytes: Some(3 << 30), ..Limits::default() });
    }

    #[test]
    fn a_size_is_shown_in_the_unit_that_fits() {
        assert_eq!(
            [2 << 30, 3 << 29, 1 << 20, 1000].map(|bytes| Size(bytes).to_string()),
            ["2 GiB", "1.5 GiB", "1 MiB", "1000 bytes"]
        );
    }
}
