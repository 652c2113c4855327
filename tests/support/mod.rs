//! Runs the whole program on notebooks in a temporary directory, and says what came of it, in one chain:
//!
//! ```ignore
//! Run::new().notebook("a.md", "```yaml spwn\n```").run().code(2).stderr_has("a.md:1:9").no_file("a.html");
//! ```
#![allow(dead_code, reason = "each test program uses a part of it")]

mod outcome;
pub mod page;
pub mod serving;
pub mod toolchain;

pub use outcome::Outcome;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write as _};
use std::num::NonZeroUsize;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a run may take before it counts as hung. A cold build of the prelude on a loaded machine must fit.
const PATIENCE: Duration = Duration::from_secs(120);

/// A run that is being prepared.
pub struct Run {
    dir: TempDir,
    inputs: Vec<OsString>,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    stdin: Vec<u8>,
    cache: PathBuf,
    signal: Option<SignalPlan>,
    before_exec: Option<fn(&mut Command)>,
    /// Whether nobody reads what it writes.
    unread: bool,
    shell: Option<String>,
}

/// When to send which signal to the program.
struct SignalPlan {
    /// As soon as there is a file of this name.
    when: String,
    signal: Signal,
    /// To all of its process group, as a terminal does.
    to_group: bool,
    /// Again and again, until the program has ended.
    again: bool,
}

impl Run {
    /// A run in a new, empty directory, with the cache that all tests share: so the prelude is built only once.
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().expect("a temporary directory"),
            inputs: Vec::new(),
            args: Vec::new(),
            env: Vec::new(),
            stdin: Vec::new(),
            cache: Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"),
            signal: None,
            before_exec: None,
            unread: false,
            shell: None,
        }
    }

    /// Writes a notebook and runs it.
    pub fn notebook(mut self, name: &str, text: &str) -> Self {
        self.inputs.push(name.into());
        self.file(name, text)
    }

    /// Writes a file, which is run only if [`Run::args`] name it.
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a file has a directory")).expect("its directory");
        fs::write(path, content).expect("a file");
        self
    }

    /// Further arguments, behind the notebooks.
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// What stands on standard input.
    pub fn stdin(mut self, text: impl AsRef<[u8]>) -> Self {
        self.stdin = text.as_ref().to_vec();
        self
    }

    /// Another cache than the shared one: `cache` below the run's own directory is empty at first.
    pub fn cache(mut self, cache: impl AsRef<Path>) -> Self {
        self.cache = self.dir.path().join(cache);
        self
    }

    /// Changes how the program is started.
    pub fn before_exec(mut self, change: fn(&mut Command)) -> Self {
        self.before_exec = Some(change);
        self
    }

    /// Starts the program by a line of shell, in which it is `$0`.
    pub fn through(mut self, shell: &str) -> Self {
        self.shell = Some(shell.to_owned());
        self
    }

    /// Lets nobody read its standard output and error until it has ended.
    pub fn unread(mut self) -> Self {
        self.unread = true;
        self
    }

    /// Makes a symbolic link.
    pub fn link(self, name: &str, to: &str) -> Self {
        std::os::unix::fs::symlink(to, self.path(name)).expect("a link");
        self
    }

    /// The path of a file in the run's directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Presses ^C once, as soon as there is a file of this name, which a job writes.
    pub fn ctrl_c_when(self, file: &str) -> Self {
        self.plan(file, Signal::SIGINT, true, false)
    }

    /// Presses ^C again and again from then on.
    pub fn impatient_ctrl_c_when(self, file: &str) -> Self {
        self.plan(file, Signal::SIGINT, true, true)
    }

    /// Sends a signal to nbrun alone again and again, as soon as there is a file of this name.
    pub fn signals_when(self, file: &str, signal: Signal) -> Self {
        self.plan(file, signal, false, true)
    }

    /// Sends a signal to nbrun alone, as soon as there is a file of this name, which a job writes.
    pub fn signal_when(self, file: &str, signal: Signal) -> Self {
        self.plan(file, signal, false, false)
    }

    fn plan(mut self, when: &str, signal: Signal, to_group: bool, again: bool) -> Self {
        self.signal = Some(SignalPlan { when: when.to_owned(), signal, to_group, again });
        self
    }

    /// Runs the program to its end.
    pub fn run(self) -> Outcome {
        self.start().finish()
    }

    /// Starts the program.
    pub fn start(self) -> Running {
        let mut command = match &self.shell {
            None => Command::new(env!("CARGO_BIN_EXE_nbrun")),
            Some(line) => {
                let mut command = Command::new("sh");
                command.args(["-c", line, env!("CARGO_BIN_EXE_nbrun")]);
                command
            }
        };
        if let Some(change) = self.before_exec {
            change(&mut command);
        }
        let mut child = command
            .args(&self.inputs)
            .args(&self.args)
            .current_dir(self.dir.path())
            .env("NBRUN_CACHE_DIR", &self.cache)
            .env_remove("NO_COLOR")
            .envs(self.env)
            // A group of its own, as a shell gives to what it starts.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // A program that does not read its input breaks the pipe, which is its right.
        thread::spawn(move || drop(stdin.write_all(&self.stdin)));
        let (stdout, stderr) = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
        let (go, wait) = channel();
        let wait = if self.unread { Some(Arc::new(Mutex::new(wait))) } else { None };
        let (stdout, stderr) = (reader(stdout, wait.clone()), reader(stderr, wait));
        Running { dir: self.dir, child, stdout, stderr, signal: self.signal, ended: go }
    }
}

/// A program that runs.
pub struct Running {
    dir: TempDir,
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    signal: Option<SignalPlan>,
    /// Dropped, it lets what nobody has read be read.
    ended: Sender<()>,
}

impl Running {
    /// A file in its directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end.
    pub fn finish(mut self) -> Outcome {
        let code = self.wait();
        drop(self.ended);
        // A process that outlives the program may hold its pipes open.
        let [stdout, stderr] =
            [self.stdout, self.stderr].map(|output| output.recv_timeout(PATIENCE).expect("its output ends with it"));
        Outcome { dir: self.dir, code, stdout, stderr }
    }

    /// Waits for its end, and returns its exit code, or the negative number of the signal that ended it.
    fn wait(&mut self) -> i32 {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                return status.code().unwrap_or_else(|| -status.signal().unwrap_or_default());
            }
            if self.signal.as_ref().is_some_and(|plan| self.dir.path().join(&plan.when).exists()) {
                self.send();
            }
            if start.elapsed() > PATIENCE {
                self.child.kill().expect("the program can be killed");
                panic!("nbrun still runs after {PATIENCE:?}");
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn send(&mut self) {
        let Some(plan) = &self.signal else { return };
        let pid = Pid::from_raw(self.child.id() as i32);
        let sent = if plan.to_group { killpg(pid, plan.signal) } else { kill(pid, plan.signal) };
        sent.expect("the program has not been waited for, so it can be signalled");
        if !plan.again {
            self.signal = None;
        }
    }
}

/// Reads all there is, at once or when the sender of `wait` is gone.
fn reader(mut from: impl Read + Send + 'static, wait: Option<Arc<Mutex<Receiver<()>>>>) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        if let Some(wait) = wait {
            let _ = wait.lock().expect("nobody panics here").recv();
        }
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).expect("a pipe can be read");
        sender.send(String::from_utf8(bytes).expect("output is UTF-8"))
    });
    receiver
}

/// Keeps all cores busy while `body` runs.
pub fn under_load<R>(body: impl FnOnce() -> R) -> R {
    struct Done<'a>(&'a AtomicBool);
    // However the body ends, the cores are free again.
    impl Drop for Done<'_> {
        fn drop(&mut self) {
            self.0.store(true, Relaxed);
        }
    }
    let done = AtomicBool::new(false);
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while !done.load(Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let _done = Done(&done);
        body()
    })
}
