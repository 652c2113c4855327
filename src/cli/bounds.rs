//! What a notebook that is not trusted may ask for: less than the user grants, and never more.

use super::args::Args;
use crate::diagnostic::{Diagnostic, Place};
use crate::kernel::Limits;
use crate::notebook::{self, Notebook, Size};
use crate::plan::Plan;
use std::time::Duration;

/// What the user grants on the command line.
#[derive(Debug, Clone, Default)]
pub struct Granted {
    /// The time of each run of a cell.
    pub timeout: Option<Duration>,
    /// The other limits.
    pub limits: notebook::Limits,
}

impl Granted {
    /// What a command line grants.
    pub fn by(args: &Args) -> Self {
        Self { timeout: args.timeout, limits: args.limits() }
    }

    /// Holds a plan to it. What the command line says holds for all cells, whatever they say themselves.
    ///
    /// # Errors
    /// Everything of which the plan asks for more than there is without an option, and of which the command line says nothing.
    pub fn hold(&self, plan: &mut Plan, notebook: &Notebook) -> Result<(), Vec<Diagnostic>> {
        let mut errors = self.too_much(plan);
        let most = Limits::default().timeout;
        let timeouts = plan.steps.iter_mut().map(|step| (&mut step.options.timeout, step.options.timeout_at));
        for (timeout, at) in timeouts {
            match (self.timeout, *timeout) {
                (Some(granted), Some(asked)) => *timeout = Some(asked.min(granted)),
                (None, Some(asked)) if asked > most => {
                    let place = at.map(|[line, column, width]| {
                        Place::in_source(&notebook.file, &notebook.text, line, column, width)
                    });
                    errors.push(refused("timeout", &time(asked), &time(most), place));
                }
                _ => {}
            }
        }
        if let (Some(granted), Some(asked)) = (self.timeout, plan.settings.timeout) {
            plan.settings.timeout = Some(asked.min(granted));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// What the front matter asks for beyond what is granted.
    fn too_much(&self, plan: &Plan) -> Vec<Diagnostic> {
        let (settings, most) = (&plan.settings, Limits::default());
        let asked = &settings.limits;
        let more =
            |asked: Option<u64>, granted: Option<u64>, most: u64| asked.filter(|it| granted.is_none() && *it > most);
        let bytes = |name: &'static str, asked, granted, most| {
            more(asked, granted, most).map(|asked| (name, size(asked), size(most)))
        };
        let span = |name: &'static str, asked: Option<Duration>, granted: Option<Duration>, most: Duration| {
            asked.filter(|it| granted.is_none() && *it > most).map(|asked| (name, time(asked), time(most)))
        };
        let granted = &self.limits;
        let processes = more(asked.processes.map(u64::from), granted.processes.map(u64::from), most.processes.into());
        let all = [
            span("timeout", settings.timeout, self.timeout, most.timeout),
            span("total", asked.total, granted.total, most.total),
            bytes("output", asked.output_bytes, granted.output_bytes, most.output_bytes),
            bytes("memory", asked.memory_bytes, granted.memory_bytes, most.memory_bytes),
            processes.map(|asked| ("processes", asked.to_string(), most.processes.to_string())),
            bytes("shared", asked.shared_bytes, granted.shared_bytes, most.shared_bytes),
        ];
        let place = |name: &str| settings.asked_at.iter().rfind(|(key, _)| key == name).map(|(_, place)| place.clone());
        let refused = |(name, asked, most): (&'static str, String, String)| refused(name, &asked, &most, place(name));
        all.into_iter().flatten().map(refused).collect()
    }
}

fn refused(name: &str, asked: &str, most: &str, place: Option<Place>) -> Diagnostic {
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
