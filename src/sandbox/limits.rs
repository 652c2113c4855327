//! How much a program in the sandbox may use.

use super::spec::Limits;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::fs;

/// Sets them for this process and all that come from it.
pub(super) fn set(limits: &Limits) -> Result<(), String> {
    let set = |resource, name: &str, most: u64| {
        // Where the user has a lower limit already, it stays.
        let (_, hard) = getrlimit(resource).unwrap_or((most, most));
        let most = most.min(hard);
        setrlimit(resource, most, most).map_err(|error| format!("the {name} cannot be limited: {}", error.desc()))
    };
    set(Resource::RLIMIT_CORE, "size of core dumps", 0)?;
    // Nobody goes before all others, also where the user could.
    set(Resource::RLIMIT_RTPRIO, "priority in real time", 0)?;
    set(Resource::RLIMIT_NICE, "priority", 0)?;
    set(Resource::RLIMIT_NPROC, "number of processes", limits.processes)?;
    for (resource, name, most) in [
        (Resource::RLIMIT_DATA, "memory", limits.memory_bytes),
        (Resource::RLIMIT_FSIZE, "size of files", limits.file_bytes),
        (Resource::RLIMIT_CPU, "time on the processor", limits.cpu_seconds),
    ] {
        if let Some(most) = most {
            set(resource, name, most)?;
        }
    }
    // Should memory run out all the same, the system ends these first. Where it does not listen, nothing is lost.
    let _ = fs::write("/proc/self/oom_score_adj", "1000");
    Ok(())
}
