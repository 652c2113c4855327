//! What the user grants a notebook: its time, its other limits, and how far it is trusted.

use crate::diagnostic::{Diagnostic, Place};
use crate::kernel::Limits;
use crate::notebook::{self, Notebook, Size};
use crate::plan::Plan;
use crate::sandbox::Mode;
use std::time::Duration;

/// What every command that runs notebooks is told about them.
#[derive(Debug, Clone, PartialEq, Default, clap::Args)]
pub struct Bounds {
    /// The time limit of each cell that has none of its own, such as 10s, 500ms, or `1m 30s`; a plain number is seconds
    ///
    /// With --sandbox, no cell may have more.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,

    /// A limit for each notebook, whatever it says itself; may be given several times
    ///
    /// `total=5m` is the time of all its cells together, `output=1MiB` what is kept of a cell's output, `memory=2GiB` the
    /// memory of each worker, `processes=64` how many processes a cell's jobs may start by themselves at a time,
    /// `shared=4GiB` the memory of all that is shared.
    #[arg(long = "limit", value_name = "NAME=VALUE")]
    limits: Vec<notebook::Limits>,

    /// Whether the author is trusted
    #[command(flatten)]
    pub trust: Trust,
}

/// Whether the author of what is run is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Default, clap::Args)]
pub struct Trust {
    /// Runs what you do not trust: without network, and without your files
    ///
    /// The compiler and the jobs see the Rust toolchain, the system's own programs and a directory for temporary files, and
    /// nothing else of the machine; HTML in the prose is cleaned, and no local image is put into the page, also where a page is
    /// made from a record and nothing runs. What this system cannot enforce is an error, unless
    /// `best-effort` is said: then the page says what was missing.
    #[arg(long, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "strict")]
    pub sandbox: Option<Mode>,
}

impl Bounds {
    /// All limits together; what is said last holds.
    pub fn limits(&self) -> notebook::Limits {
        self.limits.iter().cloned().fold(notebook::Limits::default(), |before, limit| limit.or(&before))
    }

    /// All that decides how a notebook's run goes: its own settings and what the command line says, as text to be compared.
    pub fn decisive(&self, plan: &Plan) -> String {
        let Self { timeout, limits: _, trust: Trust { sandbox } } = self;
        format!("{:?} {timeout:?} {sandbox:?} {:?}", plan.settings.without_places(), self.of_run(plan))
    }

    /// The limits of a notebook's run. The command line is the word of the one whose machine it is.
    pub fn of_run(&self, plan: &Plan) -> Limits {
        let all = Limits::default();
        let timeout = self.timeout.unwrap_or(all.timeout);
        Limits { timeout, ..all }.with(&self.limits().or(&plan.settings.limits))
    }

    /// Holds the plan of a notebook that is not trusted to them. What the command line says holds for all cells, whatever
    /// they say themselves.
    ///
    /// # Errors
    /// Everything of which the plan asks for more than there is without an option, and of which the command line says nothing.
    pub fn hold(&self, plan: &mut Plan, notebook: &Notebook) -> Result<(), Vec<Diagnostic>> {
        let (settings, granted, most) = (&mut plan.settings, self.limits(), Limits::default());
        let asked = &settings.limits;
        let all = [
            more("timeout", settings.timeout, self.timeout, most.timeout, time),
            more("total", asked.total, granted.total, most.total, time),
            more("output", asked.output_bytes, granted.output_bytes, most.output_bytes, size),
            more("memory", asked.memory_bytes, granted.memory_bytes, most.memory_bytes, size),
            more("processes", asked.processes, granted.processes, most.processes, |many| many.to_string()),
            more("shared", asked.shared_bytes, granted.shared_bytes, most.shared_bytes, size),
        ];
        let place = |name: &str| settings.asked_at.iter().rfind(|(key, _)| key == name).map(|(_, place)| place.clone());
        let mut errors: Vec<_> = all.into_iter().flatten().map(|more| refused(&more, place(&more[0]))).collect();
        let within = |asked: Duration| self.timeout.map_or(asked, |granted| asked.min(granted));
        settings.timeout = settings.timeout.map(within);
        for options in plan.steps.iter_mut().map(|step| &mut step.options) {
            if let Some(more) = more("timeout", options.timeout, self.timeout, most.timeout, time) {
                let place = options
                    .timeout_at
                    .map(|[line, column, width]| Place::in_source(&notebook.file, &notebook.text, line, column, width));
                errors.push(refused(&more, place));
            }
            options.timeout = options.timeout.map(within);
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// The name of a limit, what is asked for, and the most without an option: if it is more, and nothing is granted.
fn more<T>(name: &str, asked: Option<T>, granted: Option<T>, most: T, show: fn(T) -> String) -> Option<[String; 3]>
where
    T: PartialOrd,
{
    let asked = asked.filter(|asked| granted.is_none() && *asked > most)?;
    Some([name.to_owned(), show(asked), show(most)])
}

fn refused([name, asked, most]: &[String; 3], place: Option<Place>) -> Diagnostic {
    let option = if name == "timeout" { format!("--timeout {asked}") } else { format!("--limit {name}={asked}") };
    let error = Diagnostic::new(format!("`{name}` is at most {most} for a notebook in the sandbox, not {asked}"));
    let error = error.help(format!("ask for less, or grant it on the command line with `{option}`"));
    place.into_iter().fold(error, Diagnostic::at)
}

fn size(bytes: u64) -> String {
    Size(bytes).to_string().replace(' ', "")
}

fn time(time: Duration) -> String {
    format!("{time:?}")
}

/// Reads a time limit: a number of seconds, or a duration with units.
fn duration(text: &str) -> Result<Duration, String> {
    const HELP: &str = "write a duration such as 10s, 500ms or `1m 30s`, or a number of seconds";
    let read = match text.trim().parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => text.parse::<jiff::SignedDuration>().ok().and_then(|duration| duration.try_into().ok()),
    };
    match read {
        Some(duration) if duration > Duration::ZERO => Ok(duration),
        Some(_) => Err(format!("a time limit must be longer than nothing; {HELP}")),
        None => Err(HELP.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_limit_has_units_or_is_in_seconds() {
        assert_eq!(duration("1m 30s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("0.25"), Ok(Duration::from_millis(250)));
        assert!(duration("0s").unwrap_err().starts_with("a time limit must be longer"));
        for wrong in ["", "-1", "-1s", "soon", "NaN", "inf", "1e300", "1 month"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
