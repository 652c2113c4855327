//! `nbrun completions` and `nbrun man`: what the command line takes, for a shell and for a reader.

use super::Errors;
use super::exit::Exit;
use super::output::{self, Target};
use crate::diagnostic::{Diagnostic, nearest, reason};
use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

/// For which shell.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

impl Completions {
    /// Prints the script for all that `whole` takes.
    pub fn run(self, mut whole: Command) -> Result<Exit, Errors> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut whole, "nbrun", &mut script);
        print(&script)
    }
}

/// Which page of the manual.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct Manual {
    /// The command that the page is about, such as `check`; without it, nbrun itself
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}

impl Manual {
    /// Prints the page about `whole`, or about one of its commands.
    pub fn run(self, mut whole: Command) -> Result<Exit, Errors> {
        whole.build();
        let command = match &self.command {
            None => whole,
            Some(name) => match whole.find_subcommand(name) {
                Some(command) => command.clone(),
                None => {
                    let error = Diagnostic::new(format!("nbrun has no command `{name}`"));
                    let near = nearest(name, whole.get_subcommands().map(Command::get_name));
                    let help = |near| error.clone().help(format!("did you mean `{near}`?"));
                    return Err(near.map_or(error.clone(), help).into());
                }
            },
        };
        let mut page = Vec::new();
        let rendered = Man::new(command).render(&mut page);
        rendered.map_err(|error| Diagnostic::new(format!("the page cannot be made: {}", reason(&error))))?;
        print(&page)
    }
}

/// Writes to standard output.
fn print(text: &[u8]) -> Result<Exit, Errors> {
    output::check_stdout()?;
    output::write(&Target::Stdout, text)?;
    Ok(Exit::Passed)
}
