//! A headless Chromium, driven through a pair of pipes in its own protocol: JSON messages that end with a zero byte.

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// How long an answer may take. A start on a loaded machine must fit.
const PATIENCE: Duration = Duration::from_secs(120);

/// The names under which systems have it.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// How a page is looked at.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// The width of the window, in pixels.
    pub width: u32,
    /// Whether the reader's system is set to dark.
    pub dark: bool,
    /// Whether scripts may run.
    pub script: bool,
}

/// A browser with one tab.
pub struct Chromium {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    session: Option<String>,
    last_id: u64,
    events: Vec<Value>,
    // It is removed when the browser has ended.
    _profile: TempDir,
}

impl Chromium {
    /// Starts a browser of its own for a test.
    pub fn start() -> Self {
        let program = program();
        let profile = tempfile::tempdir().expect("a temporary directory");
        // The browser reads its orders from descriptor 3 and answers on descriptor 4; the shell puts them there.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", "sh"])
            .arg(program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe"])
            .args(["--disable-background-networking", "--disable-component-update", "--no-first-run", "--mute-audio"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell starts");
        let to = child.stdin.take().expect("a pipe");
        let mut answers = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, from) = channel();
        thread::spawn(move || {
            let mut message = Vec::new();
            while answers.read_until(0, &mut message).is_ok_and(|read| read > 0) {
                message.pop();
                let value = serde_json::from_slice(&message).expect("the browser speaks JSON");
                message.clear();
                if sender.send(value).is_err() {
                    break;
                }
            }
        });
        let mut this = Self { child, to, from, session: None, last_id: 0, events: Vec::new(), _profile: profile };
        let tab = this.call("Target.createTarget", json!({"url": "about:blank"}));
        let to_tab = json!({"targetId": tab["targetId"], "flatten": true});
        let session = this.call("Target.attachToTarget", to_tab);
        this.session = Some(session["sessionId"].as_str().expect("a session").to_owned());
        for domain in ["Page", "Runtime", "Log", "Network"] {
            this.call(&format!("{domain}.enable"), json!({}));
        }
        this
    }

    /// Gives an order and waits for its answer; what happens meanwhile is kept.
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to.write_all(&bytes).and_then(|()| self.to.flush()).expect("the browser takes orders");
        loop {
            let mut message = self.next(method);
            if message["id"] != json!(id) {
                self.events.push(message);
                continue;
            }
            assert!(message.get("error").is_none(), "{method}: {}", message["error"]);
            return message["result"].take();
        }
    }

    fn next(&self, waiting_for: &str) -> Value {
        let message = self.from.recv_timeout(PATIENCE);
        message.unwrap_or_else(|error| panic!("Chromium does not answer, but should on {waiting_for}: {error}"))
    }

    /// Opens a page and waits until it is there.
    pub fn open(&mut self, page: &Path, view: View) {
        let View { width, dark, script } = view;
        let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", metrics);
        let scheme = if dark { "dark" } else { "light" };
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.call("Emulation.setEmulatedMedia", media);
        self.call("Emulation.setScriptExecutionDisabled", json!({"value": !script}));
        // From another page: a second visit of the same one, behind a `#`, would only scroll.
        self.visit(&format!("file://{}", page.display()));
    }

    /// Opens an address in the window as it is, and waits until the page is there.
    pub fn visit(&mut self, url: &str) {
        self.go_to("about:blank");
        self.go_to(url);
    }

    /// The same from the page that is open, as by a link on it.
    pub fn go_to(&mut self, url: &str) {
        self.events.clear();
        self.call("Page.navigate", json!({"url": url}));
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let event = self.next("the page");
            self.events.push(event);
        }
    }

    /// The value of a script's expression on the page, or of its promise.
    #[track_caller]
    pub fn eval(&mut self, expression: &str) -> Value {
        let params =
            json!({"expression": expression, "returnByValue": true, "awaitPromise": true, "userGesture": true});
        let mut answer = self.call("Runtime.evaluate", params);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].take()
    }

    /// Waits until an expression is true of the page.
    #[track_caller]
    pub fn until(&mut self, condition: &str) {
        self.eval(&format!(
            "new Promise((resolve) => {{ const look = () => (({condition}) ? resolve() : setTimeout(look, 5)); look(); }})"
        ));
    }

    /// What the page has loaded from elsewhere, and what it has complained about, since it was opened.
    pub fn troubles(&mut self) -> Vec<String> {
        // Whatever was told before the answer has arrived with it.
        self.eval("0");
        let told = self.events.iter().filter_map(|event| {
            let params = &event["params"];
            match event["method"].as_str()? {
                "Network.requestWillBeSent" => {
                    let url = params["request"]["url"].as_str().unwrap_or("?");
                    let is_page = params["type"] == "Document" && url.starts_with("file://");
                    (!is_page && !url.starts_with("data:")).then(|| format!("requests {url}"))
                }
                "Runtime.exceptionThrown" => Some(format!("fails: {}", params["exceptionDetails"])),
                "Runtime.consoleAPICalled" => Some(format!("says {}", params["args"])),
                "Log.entryAdded" => Some(format!("is told {}", params["entry"]["text"])),
                _ => None,
            }
        });
        told.collect()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Its helper processes end with it.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The path of an installed Chromium.
pub fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = NAMES.iter().flat_map(|name| std::env::split_paths(&path).map(move |dir| dir.join(name)));
    places.find(|place| fs::metadata(place).is_ok_and(|found| found.is_file()))
}

fn program() -> PathBuf {
    find().unwrap_or_else(|| {
        panic!("the browser tests need Chromium, and there is none: on Debian, `apt-get install chromium` installs it")
    })
}
