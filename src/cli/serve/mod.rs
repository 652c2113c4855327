//! `nbrun serve`: pages that follow their notebooks while these are edited.

mod index;
mod live;
mod runner;

use super::Errors;
use super::bounds::Bounds;
use super::exit::Exit;
use super::input::{self, Input, Tree};
use super::report::Reporter;
use crate::diagnostic::{Diagnostic, reason};
use crate::kernel::Interrupts;
use crate::sandbox::Sandbox;
use crate::serve::{Order, OrderAction, Server, State, Watcher};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use live::{Live, Reading};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use runner::{Runner, Told};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The page that lists all.
const INDEX: &str = "";

/// The moment in which nothing more is saved, in milliseconds, and how many of them are waited for at most.
const MOMENT_MS: u16 = 10;
const PATIENCE: u32 = 10;

/// What to serve.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct Serve {
    /// The notebook, or a directory of notebooks
    #[arg(value_name = "FILE|DIR")]
    input: PathBuf,

    /// The address at which pages are served; a port of 0 is any that is free
    ///
    /// Who can reach the address, and knows the token in it, can read the pages and run their cells.
    #[arg(long, value_name = "ADDRESS:PORT", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))]
    listen: SocketAddr,

    /// Leaves the solutions of exercises out: they are neither run nor shown
    #[arg(long)]
    no_solutions: bool,

    /// The command that opens a file at a line in your editor, such as `code -g {file}:{line}`
    #[arg(long, value_name = "COMMAND", env = "NBRUN_EDITOR")]
    editor: Option<String>,

    /// Prints the address of the cell at this line of the notebook, too
    #[arg(long, value_name = "LINE")]
    at: Option<u32>,

    /// What the user grants
    #[command(flatten)]
    pub bounds: Bounds,
}

impl Serve {
    /// Serves notebooks until the user wants to stop.
    pub fn run(self, reporter: &Reporter) -> Result<Exit, Errors> {
        let inputs = input::collect(std::slice::from_ref(&self.input))?;
        let unwatched = |error| Diagnostic::new(format!("signals cannot be watched: {}", reason(&error)));
        let interrupts = Interrupts::watch().map_err(unwatched)?;
        let sandbox = self.bounds.trust.sandbox.map(Sandbox::prepare).transpose()?;
        let reading = Reading { trusted: sandbox.is_none(), no_solutions: self.no_solutions };
        let token = token().map_err(|error| cannot(&error))?;
        let server = Server::start(self.listen, token).map_err(|error| {
            let error = Diagnostic::new(format!("nothing can be served at {}: {}", self.listen, reason(&error)));
            error.help("name another address and port with `--listen`")
        })?;
        let watcher = Watcher::new().map_err(|error| cannot(&error.into()))?;
        let root = self.input.is_dir().then_some(self.input);
        let runner = Runner::start(self.bounds, sandbox)?;
        let (notebooks, changed, editor) = (Vec::new(), BTreeSet::new(), self.editor);
        let mut desk =
            Desk { server, watcher, root, notebooks, changed, reading, runner, reporter, at_work: None, editor };
        for directory in inputs.iter().filter_map(directory).collect::<BTreeSet<_>>() {
            desk.watch(&directory)?;
        }
        inputs.into_iter().for_each(|input| desk.add(input));
        // What has come since the directory was read.
        desk.look_around();
        desk.publish();
        desk.say(self.at);
        desk.run(&interrupts);
        Ok(Exit::Passed)
    }
}

/// The directory of a notebook.
fn directory(input: &Input) -> Option<PathBuf> {
    let parent = input.path.as_deref()?.parent()?;
    Some(if parent == Path::new("") { PathBuf::from(".") } else { parent.to_owned() })
}

fn cannot(error: &io::Error) -> Diagnostic {
    Diagnostic::new(format!("nothing can be served: {}", reason(error)))
}

/// What nobody can guess: 128 bits of chance.
fn token() -> io::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// Everything that is being served.
struct Desk<'a> {
    server: Server,
    watcher: Watcher,
    /// The directory of which all notebooks are served, those that are still to come as well.
    root: Option<PathBuf>,
    /// In the order in which they came: they are known by their numbers. Those whose files are gone may come back.
    notebooks: Vec<Live>,
    /// The notebooks in which something has changed that their pages do not show yet: they are made when all has been heard that there is.
    changed: BTreeSet<usize>,
    reading: Reading,
    runner: Runner,
    reporter: &'a Reporter,
    /// The notebook that is being run, and the state of it.
    at_work: Option<(usize, u64)>,
    editor: Option<String>,
}

impl Desk<'_> {
    /// Says where the pages are.
    fn say(&self, at: Option<u32>) {
        let mut out = anstream::stdout().lock();
        let first = match self.notebooks.as_slice() {
            [only] => self.server.address(&only.page),
            _ => self.server.address(INDEX),
        };
        // Where nobody reads, nobody wants to know.
        let _ = writeln!(out, "{first}");
        let cell = at.zip(self.notebooks.first()).and_then(|(line, notebook)| notebook.cell_at(line));
        if let Some(cell) = cell {
            let _ = writeln!(out, "{first}#cell-{}", cell + 1);
        }
        let _ = out.flush();
    }

    fn watch(&mut self, directory: &Path) -> Result<(), Diagnostic> {
        let why = |error: Errno| format!("`{}` cannot be watched: {}", directory.display(), error.desc());
        self.watcher.add(directory).map_err(|error| Diagnostic::new(why(error)))
    }

    /// Serves one more notebook.
    fn add(&mut self, input: Input) {
        let mut script = self.server.script(&input.page.to_string_lossy());
        if self.editor.is_some() {
            script.push_str("&editor=1");
        }
        let (number, text) = (self.notebooks.len(), input.text.clone());
        self.notebooks.push(Live::new(input, self.reading, script));
        self.take(number, Ok(text));
        self.changed.insert(number);
    }

    /// Looks for directories and notebooks that have come into the directory. What cannot be read now may be readable when it has been saved once
    /// more.
    fn look_around(&mut self) {
        let Some(root) = self.root.clone() else { return };
        let mut tree = Tree::default();
        // Whatever comes into directories that are watched, the watcher reports.
        loop {
            let now = Tree::of(&root, None);
            let is_watched = now.directories == tree.directories;
            tree = now;
            if is_watched {
                break;
            }
            for directory in &tree.directories {
                if let Err(error) = self.watch(directory) {
                    self.reporter.print([&error]);
                }
            }
        }
        for path in tree.files {
            if !self.knows(&path)
                && let Ok(Some(input)) = input::in_directory(&root, &path)
            {
                self.add(input);
            }
        }
    }

    fn knows(&self, path: &Path) -> bool {
        self.notebooks.iter().any(|notebook| notebook.input.path.as_deref() == Some(path))
    }

    /// Follows files, readers and runs until the user wants to stop.
    fn run(&mut self, interrupts: &Interrupts) {
        loop {
            // What is to be run begins, and meanwhile the pages are made.
            if self.at_work.is_none() {
                self.begin_next();
            }
            self.publish();
            let mut fds = [interrupts.as_fd(), self.watcher.as_fd(), self.server.bell(), self.runner.bell()]
                .map(|fd| PollFd::new(fd, PollFlags::POLLIN));
            match poll(&mut fds, PollTimeout::NONE) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(_) => return,
            }
            if interrupts.take() {
                return self.end();
            }
            while let Some(told) = self.runner.told() {
                self.told(told);
            }
            while let Some(order) = self.server.order() {
                self.order(&order);
            }
            let saved = saved(&mut self.watcher);
            self.saved(saved.as_ref());
        }
    }

    /// Takes over the text of a notebook, and says what is wrong with it.
    fn take(&mut self, number: usize, text: Result<String, Diagnostic>) {
        if let Err(errors) = self.notebooks[number].saved(text) {
            self.reporter.print(&errors);
        }
    }

    /// Begins with what is to be run next.
    fn begin_next(&mut self) {
        let next = self.notebooks.iter_mut().zip(0..).find_map(|(it, number)| Some((number, it.work()?)));
        if let Some((number, work)) = next {
            self.at_work = Some((number, work.generation));
            self.runner.begin(work);
        }
    }

    /// Takes over what the runner says.
    fn told(&mut self, told: Told) {
        let Some((number, generation)) = self.at_work else { return };
        let notebook = &mut self.notebooks[number];
        match told {
            Told::Cell(outcome, left) => notebook.came(generation, *outcome, left),
            Told::Ended(ended) => {
                self.at_work = None;
                match ended {
                    Ok((record, read)) => {
                        notebook.ended(generation, *record);
                        notebook.read.clone_from(&read);
                        // Where one cannot be watched, the notebook is followed all the same.
                        for directory in read.iter().filter_map(|file| file.parent()) {
                            let _ = self.watcher.add(directory);
                        }
                    }
                    // It was stopped, or is of a text that is gone.
                    Err(errors) if errors.is_empty() || generation != notebook.generation() => {}
                    Err(errors) => {
                        self.reporter.print(&errors);
                        notebook.fail(&errors);
                    }
                }
            }
        }
        self.changed.insert(number);
    }

    /// Does what a reader asks for.
    fn order(&mut self, order: &Order) {
        let Some(number) = self.notebooks.iter().position(|notebook| notebook.page == order.page) else { return };
        let notebook = &mut self.notebooks[number];
        match order.action {
            OrderAction::RunAll => notebook.again(None),
            OrderAction::RunCell(cell) => notebook.again(Some(cell)),
            OrderAction::Stop => {
                notebook.stop();
                if self.at_work.is_some_and(|(at_work, _)| at_work == number) {
                    self.runner.stop();
                }
            }
            OrderAction::Edit(cell) => {
                let line = notebook.line_of(cell);
                if let (Some(editor), Some(path), Some(line)) = (&self.editor, &notebook.input.path, line) {
                    edit(editor, path, line);
                }
            }
        }
        self.stop_outdated(number);
        self.changed.insert(number);
    }

    /// Stops the run of a notebook that is in another state by now.
    fn stop_outdated(&self, number: usize) {
        let is_current = |(at_work, generation)| at_work != number || generation == self.notebooks[number].generation();
        if !self.at_work.is_none_or(is_current) {
            self.runner.stop();
        }
    }

    /// Takes over what has been saved: all that may have changed, where too much did.
    fn saved(&mut self, paths: Option<&BTreeSet<PathBuf>>) {
        let is_markdown = |path: &Path| path.extension().is_some_and(|end| end == "md");
        let may_be_new = |path: &PathBuf| path.is_dir() || is_markdown(path) && !self.knows(path);
        if paths.is_none_or(|paths| paths.iter().any(may_be_new)) {
            self.look_around();
        }
        let real = |path: &PathBuf| Some(fs::canonicalize(path.parent()?).ok()?.join(path.file_name()?));
        let files: Option<BTreeSet<PathBuf>> = paths.map(|paths| paths.iter().filter_map(real).collect());
        for number in 0..self.notebooks.len() {
            let notebook = &mut self.notebooks[number];
            let is_changed = |file: &&PathBuf| files.as_ref().is_none_or(|files| files.contains(*file));
            let included: Vec<PathBuf> = notebook.read.iter().filter(is_changed).cloned().collect();
            if !included.is_empty() {
                included.iter().for_each(|file| notebook.included(file));
                self.stop_outdated(number);
                self.changed.insert(number);
            }
            let notebook = &mut self.notebooks[number];
            let Some(path) = notebook.input.path.clone() else { continue };
            let at = directory(&notebook.input).unwrap_or_default().join(path.file_name().unwrap_or_default());
            // What concerns a directory concerns all that is below it.
            if paths.is_some_and(|paths| !paths.iter().any(|changed| at.starts_with(changed))) {
                continue;
            }
            let text = input::read(&path);
            if text.as_ref().is_ok_and(|text| *text == notebook.input.text) && notebook.state().errors.is_empty() {
                continue;
            }
            notebook.is_gone = !path.exists();
            self.take(number, text);
            // What runs is of the text before.
            self.stop_outdated(number);
            self.changed.insert(number);
        }
    }

    /// Shows the notebooks in which something has changed as they are now.
    fn publish(&mut self) {
        if self.changed.is_empty() {
            return;
        }
        for number in std::mem::take(&mut self.changed) {
            let notebook = &self.notebooks[number];
            self.server.publish(&notebook.page, Some(notebook.html()), notebook.state());
        }
        self.server.publish(INDEX, Some(index::html(&self.notebooks, &self.server.script(INDEX))), State::default());
    }

    /// Ends what runs, and waits until it has ended: no process is left.
    fn end(&mut self) {
        if self.at_work.is_some() {
            self.runner.stop();
        }
        while self.at_work.is_some() {
            let mut fds = [PollFd::new(self.runner.bell(), PollFlags::POLLIN)];
            let _ = poll(&mut fds, PollTimeout::NONE);
            while let Some(told) = self.runner.told() {
                if matches!(told, Told::Ended(_)) {
                    self.at_work = None;
                }
            }
        }
    }
}

/// The paths at which something was saved, once no more has been for a moment: an editor takes several steps to save a file,
/// and between them it is not there, or empty.
fn saved(watcher: &mut Watcher) -> Option<BTreeSet<PathBuf>> {
    let mut all = watcher.changed()?;
    for _ in 0..PATIENCE {
        if all.is_empty() {
            break;
        }
        let mut fds = [PollFd::new(watcher.as_fd(), PollFlags::POLLIN)];
        if poll(&mut fds, MOMENT_MS) == Ok(0) {
            break;
        }
        all.extend(watcher.changed()?);
    }
    Some(all)
}

/// Opens a file in the author's editor, which goes on by itself.
fn edit(editor: &str, path: &Path, line: u32) {
    let word = |word: &str| word.replace("{file}", &path.to_string_lossy()).replace("{line}", &line.to_string());
    let mut words = editor.split_whitespace().map(word);
    let Some(program) = words.next() else { return };
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Ok(mut child) = command.spawn() {
        // Somebody must wait for it, or it stays behind as a zombie.
        let wait = move || drop(child.wait());
        let _ = std::thread::Builder::new().name("editor".to_owned()).spawn(wait);
    }
}
