//! The launcher: nbrun, called by itself to build a sandbox, and to start a program in it.

use super::program::{CONFIG, Program, UNBUILT, complain, stay_with};
use super::spec::Spec;
use super::{limits, namespaces, system};
use nix::unistd::Pid;
use std::process::ExitCode;

/// The hidden argument that makes nbrun a launcher. Without anything behind it, it does nothing, and succeeds.
pub const ARGUMENT: &str = "__sandbox";

/// Builds the sandbox that the environment describes, and runs the program of the command line in it.
pub fn serve() -> ExitCode {
    let Some(spec) = std::env::var_os(CONFIG) else { return ExitCode::SUCCESS };
    let spec = spec.to_str().and_then(|spec| serde_json::from_str::<Spec>(spec).ok());
    let program = Program::of(std::env::args_os().skip(2).collect());
    let done = match (spec, program) {
        (Some(spec), Some(program)) => enter(&spec, &program),
        _ => Err("a path in it is no text".to_owned()),
    };
    done.unwrap_or_else(|why| {
        complain(&why);
        ExitCode::from(UNBUILT)
    })
}

fn enter(spec: &Spec, program: &Program) -> Result<ExitCode, String> {
    system::close_files().map_err(|error| format!("files cannot be closed: {}", error.desc()))?;
    stay_with(Pid::from_raw(spec.parent))?;
    limits::set(&spec.config.limits)?;
    if spec.walls.namespaces {
        return namespaces::run(spec, program);
    }
    program.replace(spec).map(|never| match never {})
}
