//! `nbrun serve` at work on files of a test, as a browser and an editor see it.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// How long an answer may take. A cold build of the prelude on a loaded machine must fit.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server of some notebooks.
pub struct Serving {
    child: Child,
    dir: TempDir,
    /// The address that it printed.
    pub address: String,
}

/// What is told of a page.
pub struct News(BufReader<TcpStream>);

impl Serving {
    /// Serves what the arguments name, of these files.
    pub fn start(files: &[(&str, &str)], args: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        for (name, text) in files {
            fs::write(dir.path().join(name), text).expect("written");
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_nbrun"))
            .arg("serve")
            .args(args)
            .current_dir(dir.path())
            .env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("nbrun starts");
        let mut address = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut address).expect("an address");
        Self { child, dir, address: address.trim().to_owned() }
    }

    /// The path of one of its files.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Saves a file.
    pub fn save(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("written");
    }

    /// The host, as a browser names it, and the path before a page's name.
    fn parts(&self) -> (&str, &str) {
        let rest = self.address.strip_prefix("http://").expect("an address");
        let (host, path) = rest.split_once('/').expect("a path");
        (host, &path[..=path.find('/').expect("a token")])
    }

    /// Sends a request with these headers, and gives what comes back, as it comes.
    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> BufReader<TcpStream> {
        let (host, base) = self.parts();
        let mut stream = TcpStream::connect(host).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
        let has_host = headers.iter().any(|(name, _)| *name == "Host");
        let host = if has_host { String::new() } else { format!("Host: {host}\r\n") };
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let request =
            format!("{method} /{base}{path} HTTP/1.1\r\n{host}{headers}Content-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it reads");
        BufReader::new(stream)
    }

    /// The status and the whole answer, its head included.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> (u32, String) {
        let mut answer = Vec::new();
        self.send(method, path, headers).read_to_end(&mut answer).expect("an answer");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, answer)
    }

    /// A page as it is now.
    pub fn page(&self, name: &str) -> String {
        let (status, page) = self.ask("GET", name, &[]);
        assert_eq!(status, 200, "{page}");
        page
    }

    /// Gives an order as a button of the page does; the status of the answer.
    pub fn order(&self, what: &str) -> u32 {
        let origin = format!("http://{}", self.parts().0);
        self.ask("POST", &format!("@nbrun/{what}"), &[("Origin", &origin)]).0
    }

    /// Listens to the news of a page.
    pub fn news(&self, page: &str) -> News {
        News(self.send("GET", &format!("@nbrun/news?page={page}"), &[]))
    }

    /// The processes that any of its threads has started.
    pub fn processes(&self) -> Vec<u32> {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id())).into_iter().flatten().flatten();
        let children = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
        children
            .flat_map(|pids| pids.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
            .collect()
    }

    /// Sends a signal, and gives the exit code when it has ended.
    pub fn end(mut self, signal: Signal) -> Option<i32> {
        kill(Pid::from_raw(self.child.id() as i32), signal).expect("it runs");
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl News {
    /// The next of them.
    pub fn next(&mut self) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).expect("news in time") > 0, "the server has hung up");
            if let Some(json) = line.strip_prefix("data: ") {
                return serde_json::from_str(json).expect("JSON");
            }
        }
    }

    /// Waits for news that are so, and gives all up to them.
    pub fn until(&mut self, is_so: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut all = Vec::new();
        loop {
            let news = self.next();
            let done = is_so(&news);
            all.push(news);
            if done {
                return all;
            }
        }
    }

    /// Waits until nothing runs and nothing is wrong.
    pub fn until_rest(&mut self) -> Vec<Value> {
        self.until(|news| news["running"] == serde_json::json!([]) && news["errors"] == serde_json::json!([]))
    }
}
