//! The other side: a Python with Jupyter of its own, in the target directory, so that the user's stays as it is.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What is installed. The versions are fixed, so that two runs of a bench have the same opponent.
const PACKAGES: [&str; 2] = ["nbconvert==7.17.2", "ipykernel==7.4.0"];

/// A Python environment that has Jupyter.
pub struct Python {
    dir: PathBuf,
}

impl Python {
    /// The environment below `scratch`; it is made if it is not there yet.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub fn with_jupyter(scratch: &Path) -> Result<Self, String> {
        let python = Self { dir: scratch.join("jupyter") };
        if python.is_complete() {
            return Ok(python);
        }
        println!("installing {} (once)", PACKAGES.join(" and "));
        succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&python.dir))?;
        succeed(python.program("pip").args(["install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES))?;
        if python.is_complete() { Ok(python) } else { Err("what was installed does not work".to_owned()) }
    }

    /// Whether everything is there in the right version.
    fn is_complete(&self) -> bool {
        let check = "import importlib.metadata as m, sys; \
                     sys.exit(any(m.version(p) != v for p, v in (a.split('==') for a in sys.argv[1:])))";
        succeed(self.program("python").args(["-c", check]).args(PACKAGES)).is_ok()
    }

    /// A call of one of its programs, out of reach of the user's settings.
    pub fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.dir.join("bin").join(name));
        for variable in ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR"] {
            command.env(variable, self.dir.join("settings"));
        }
        command.env_remove("PYTHONPATH").env_remove("PYTHONHOME");
        command
    }

    /// What it is, in one line.
    pub fn describe(&self) -> String {
        let output = self.program("python").arg("--version").output();
        let version = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        format!("{}, {}", version.unwrap_or_default(), PACKAGES.join(", ").replace("==", " "))
    }
}

/// Runs a command to its end; an error is what it said last.
fn succeed(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program}: {}", said.lines().last().unwrap_or("it failed without a word")))
}
