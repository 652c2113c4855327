//! What nbrun tells the launcher: which program is to run in which sandbox. Plain data, handed over in the environment.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What keeps a program in. Each is asked for by name, and one that cannot be had is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Walls {
    /// Namespaces: users, processes, files, network, and whatever else processes can meet in.
    pub namespaces: bool,
    /// Landlock, which guards files, signals and sockets without any namespace.
    pub landlock: bool,
}

/// What a program can see and may use.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SandboxConfig {
    /// Files and directories that it can read and execute, beside the system's own programs.
    pub read: Vec<PathBuf>,
    /// Directories that it can write to.
    pub write: Vec<PathBuf>,
    /// How much it may use.
    pub limits: Limits,
}

/// How much each process of a sandbox may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Processes and threads in the whole sandbox.
    pub processes: u64,
    /// The size of the directory for temporary files, which is kept in memory.
    pub scratch_bytes: u64,
    /// Memory of its own of each process; what is shared with others is not counted.
    pub memory_bytes: Option<u64>,
    /// The size of each file.
    pub file_bytes: Option<u64>,
    /// Seconds on a processor of each process.
    pub cpu_seconds: Option<u64>,
}

impl Default for Limits {
    /// As many processes as a cell may have workers, and some more; 256 MiB of temporary files.
    fn default() -> Self {
        Self { processes: 2048, scratch_bytes: 256 << 20, memory_bytes: None, file_bytes: None, cpu_seconds: None }
    }
}

/// The whole order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Spec {
    pub walls: Walls,
    pub config: SandboxConfig,
    /// The process that gives the order: nothing in the sandbox outlives it.
    pub parent: i32,
}
