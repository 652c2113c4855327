//! The preview server: pages at a local address, and what happens to them, which browsers listen to.
//!
//! Nobody else may read them or give orders: the address holds a token that no other site knows, the `Host` that a browser
//! names must be the server's own (or a name could be led to this machine), and an order's `Origin` as well.

mod request;
mod site;
mod watch;

pub use site::{CellError, State};
pub use watch::Watcher;

use nix::sys::eventfd::{EfdFlags, EventFd};
use request::{Answer, Asked, Door};
use site::Site;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;
use tiny_http::{Header, Request, Response};

/// The most requests that are answered at a time; a browser has some half dozen, and one for news.
const MAX_REQUESTS: usize = 128;

/// How often a browser that listens hears that the server is still there, so that one that is gone is noticed.
const BEAT: Duration = Duration::from_secs(10);

/// What a reader asks for on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The page, as it was published.
    pub page: String,
    /// What is to be done.
    pub action: OrderAction,
}

/// What a reader can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderAction {
    /// Run every cell.
    RunAll,
    /// Run the cell of this index, with what it needs.
    RunCell(usize),
    /// Stop what runs.
    Stop,
    /// Show the cell of this index in the author's editor.
    Edit(usize),
}

/// A server at work. It ends with the process.
pub struct Server {
    shared: Arc<Shared>,
    orders: Receiver<Order>,
}

/// What the threads that answer requests have in common.
struct Shared {
    http: tiny_http::Server,
    door: Door,
    site: Site,
    orders: Sender<Order>,
    bell: EventFd,
    busy: AtomicUsize,
}

impl Server {
    /// Listens at `address`, whose port may be 0 for any that is free. `token` is what the addresses of pages begin with.
    ///
    /// # Errors
    /// What the system says: the address is taken, or is not of this machine.
    pub fn start(address: SocketAddr, token: String) -> io::Result<Self> {
        let http = tiny_http::Server::http(address).map_err(|error| match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error.to_string()),
        })?;
        let address = http.server_addr().to_ip().unwrap_or(address);
        let (sender, orders) = mpsc::channel();
        let shared = Arc::new(Shared {
            http,
            door: Door { address, token },
            site: Site::default(),
            orders: sender,
            bell: EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?,
            busy: AtomicUsize::new(0),
        });
        let accepting = Arc::clone(&shared);
        thread::Builder::new().name("requests".to_owned()).spawn(move || accept(&accepting))?;
        Ok(Self { shared, orders })
    }

    /// The address of a page, for a person to open.
    pub fn address(&self, page: &str) -> String {
        self.shared.door.address_of(page)
    }

    /// The address of the script that keeps a page up to date, as the page names it.
    pub fn script(&self, page: &str) -> String {
        self.shared.door.script_of(page)
    }

    /// Puts a page, if there is one, into the place of the one before, and says what happens to it: what runs, and what is
    /// wrong. Browsers that show it take that over.
    pub fn publish(&self, page: &str, html: Option<String>, state: State) {
        self.shared.site.publish(page, html, state);
    }

    /// The next order, if there is one.
    pub fn order(&self) -> Option<Order> {
        let _ = self.shared.bell.read();
        self.orders.try_recv().ok()
    }

    /// Becomes readable when there is an order.
    pub fn bell(&self) -> BorrowedFd<'_> {
        self.shared.bell.as_fd()
    }
}

/// Answers requests for ever, each in a thread of its own: one that reads slowly holds up nobody.
fn accept(shared: &Arc<Shared>) {
    while let Ok(request) = shared.http.recv() {
        if shared.busy.fetch_add(1, SeqCst) >= MAX_REQUESTS {
            shared.busy.fetch_sub(1, SeqCst);
            let _ = request.respond(Response::from_string("too many requests").with_status_code(503));
            continue;
        }
        let answering = Arc::clone(shared);
        let answer = move || {
            answering.answer(request);
            answering.busy.fetch_sub(1, SeqCst);
        };
        if thread::Builder::new().name("request".to_owned()).spawn(answer).is_err() {
            shared.busy.fetch_sub(1, SeqCst);
        }
    }
}

impl Shared {
    /// Answers a request. Who hangs up meanwhile is no error.
    fn answer(&self, request: Request) {
        let answer = match self.door.ask(&request) {
            Ok(Asked::Page(page)) => self.site.page(&page),
            Ok(Asked::Script) => Answer::script(),
            Ok(Asked::News(page)) => return self.tell_news(request, &page),
            Ok(Asked::Order(order)) => {
                let _ = self.orders.send(order);
                let _ = self.bell.write(1);
                Answer::text(204, "")
            }
            Err(refused) => refused,
        };
        let response = Response::from_data(answer.body).with_status_code(answer.status);
        let headers = HEADERS.into_iter().chain([("Content-Type", answer.kind)]);
        let headers = headers.filter_map(|(name, value)| Header::from_bytes(name, value).ok());
        let _ = request.respond(headers.fold(response, Response::with_header));
    }

    /// Sends the news of a page as they come, until the browser is gone: server-sent events.
    fn tell_news(&self, request: Request, page: &str) {
        let news = self.site.listen(page);
        let mut out = request.into_writer();
        let head = HEADERS.map(|(name, value)| format!("{name}: {value}\r\n")).concat();
        let begin = format!("HTTP/1.1 200 OK\r\n{head}Content-Type: text/event-stream\r\nConnection: close\r\n\r\n");
        let mut send = |text: &str| out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok();
        if !send(&begin) {
            return;
        }
        loop {
            let sent = match news.recv_timeout(BEAT) {
                Ok(news) => send(&format!("data: {news}\n\n")),
                Err(mpsc::RecvTimeoutError::Timeout) => send(": still here\n\n"),
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
            };
            if !sent {
                return;
            }
        }
    }
}

/// What every answer says of itself: of what kind it is, and that nobody else may have it.
const HEADERS: [(&str, &str); 5] = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
];
