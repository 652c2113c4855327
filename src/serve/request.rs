//! What a browser asks for, and whether it may.

use super::{Order, OrderAction};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tiny_http::{Method, Request};

/// The script of a page that is served.
const SCRIPT: &str = include_str!("live.js");

/// The part of an address that no notebook's page begins with.
const OURS: &str = "@nbrun";

/// The page for who does not know the token.
const CLOSED: &str = "this address is not known here; open the one that `nbrun serve` printed";

/// Who is let in.
pub(super) struct Door {
    /// Where the server listens.
    pub address: SocketAddr,
    /// What addresses begin with.
    pub token: String,
}

/// What a browser asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// A page.
    Page(String),
    /// The script that keeps it up to date.
    Script,
    /// To be told what happens to a page.
    News(String),
    /// That something is done.
    Order(Order),
}

/// What is answered.
pub(super) struct Answer {
    pub status: u16,
    pub kind: &'static str,
    pub body: Vec<u8>,
}

impl Answer {
    /// A text for a person.
    pub fn text(status: u16, text: &str) -> Self {
        Self { status, kind: "text/plain; charset=utf-8", body: text.as_bytes().to_vec() }
    }

    /// A page.
    pub fn html(html: &str) -> Self {
        Self { status: 200, kind: "text/html; charset=utf-8", body: html.as_bytes().to_vec() }
    }

    /// The script of a page.
    pub fn script() -> Self {
        Self { status: 200, kind: "text/javascript; charset=utf-8", body: SCRIPT.as_bytes().to_vec() }
    }
}

impl Door {
    /// The address of a page, for a person on this machine to open.
    pub fn address_of(&self, page: &str) -> String {
        let ip = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        let host = SocketAddr::new(ip, self.address.port());
        let segments: Vec<String> =
            page.split('/').map(|part| utf8_percent_encode(part, &SEGMENT).to_string()).collect();
        format!("http://{host}/{}/{}", self.token, segments.join("/"))
    }

    /// The address of the script of a page, from any page.
    pub fn script_of(&self, page: &str) -> String {
        format!("/{}/{OURS}/live.js?page={}", self.token, utf8_percent_encode(page, &SEGMENT))
    }

    /// What a request asks for.
    ///
    /// # Errors
    /// The answer to one that is not let in, or asks for nothing that there is.
    pub fn ask(&self, request: &Request) -> Result<Asked, Answer> {
        let header = |name: &'static str| {
            request.headers().iter().find(|header| header.field.equiv(name)).map(|header| header.value.as_str())
        };
        self.read(request.method(), request.url(), header("Host"), header("Origin"))
    }

    fn read(&self, method: &Method, url: &str, host: Option<&str>, origin: Option<&str>) -> Result<Asked, Answer> {
        // A name of somebody else's that leads to this machine.
        let own = host.filter(|host| self.is_own(host)).ok_or_else(|| Answer::text(403, CLOSED))?;
        if origin.is_some_and(|origin| origin.strip_prefix("http://") != Some(own)) {
            return Err(Answer::text(403, CLOSED));
        }
        // Every browser asks for it, and there is none.
        if url == "/favicon.ico" {
            return Err(Answer::text(204, ""));
        }
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let path = path.strip_prefix('/').and_then(|path| path.strip_prefix(self.token.as_str()));
        let Some(path) = path.and_then(|path| path.strip_prefix('/')) else { return Err(Answer::text(404, CLOSED)) };
        let value = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let (_, value) = pairs.find(|(key, _)| *key == name)?;
            Some(percent_decode_str(value).decode_utf8().ok()?.into_owned())
        };
        let page = value("page").unwrap_or_default();
        let unknown = || Answer::text(404, "there is no such thing");
        let cell = || value("cell").and_then(|cell| cell.parse().ok()).ok_or_else(unknown);
        let Some(ours) = path.strip_prefix(OURS).and_then(|path| path.strip_prefix('/')) else {
            let page = percent_decode_str(path).decode_utf8().map_err(|_| unknown())?.into_owned();
            return if *method == Method::Get { Ok(Asked::Page(page)) } else { Err(unknown()) };
        };
        let action = match (method, ours) {
            (Method::Get, "live.js") => return Ok(Asked::Script),
            (Method::Get, "news") => return Ok(Asked::News(page)),
            // A form of another page has another origin, and a script of one, too. Only who has none at all is no browser.
            (Method::Post, _) if origin.is_none() => return Err(Answer::text(403, CLOSED)),
            (Method::Post, "run-all") => OrderAction::RunAll,
            (Method::Post, "run") => OrderAction::RunCell(cell()?),
            (Method::Post, "stop") => OrderAction::Stop,
            (Method::Post, "edit") => OrderAction::Edit(cell()?),
            _ => return Err(unknown()),
        };
        Ok(Asked::Order(Order { page, action }))
    }

    /// Whether a browser that names this host means the server itself. Who listens at all addresses of the machine does not know them, but
    /// a number is nobody else's name that leads here.
    fn is_own(&self, host: &str) -> bool {
        let Self { address, .. } = self;
        let is_any = address.ip().is_unspecified();
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let host = if has_port { host.to_owned() } else { format!("{host}:80") };
        host == address.to_string()
            || is_any && host.parse::<SocketAddr>().is_ok_and(|named| named.port() == address.port())
            || (is_any || address.ip().is_loopback()) && host == format!("localhost:{}", address.port())
    }
}

/// What a part of a path cannot hold as it is.
const SEGMENT: percent_encoding::AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;

    fn door() -> Door {
        Door { address: "127.0.0.1:4000".parse().expect("an address"), token: "secret".to_owned() }
    }

    /// One that listens at an address, and lets in who names a host, or does not.
    fn lets_in(address: &str, host: &str) -> bool {
        let door = Door { address: address.parse().expect("an address"), ..door() };
        door.read(&Method::Get, "/secret/a.html", Some(host), None).is_ok()
    }

    fn asked(method: Method, url: &str, host: &str, origin: Option<&str>) -> Result<Asked, u16> {
        door().read(&method, url, Some(host), origin).map_err(|answer| answer.status)
    }

    #[test]
    fn pages_and_news_are_found_behind_the_token() {
        let get = |url: &str| asked(Method::Get, url, "127.0.0.1:4000", None);
        assert_eq!(get("/secret/a%20b/c.html"), Ok(Asked::Page("a b/c.html".to_owned())));
        assert_eq!(get("/secret/@nbrun/news?page=a%2Fb.html"), Ok(Asked::News("a/b.html".to_owned())));
        assert_eq!(get("/secret/@nbrun/live.js"), Ok(Asked::Script));
        for url in ["/", "/secret", "/other/a.html", "/secret.html", "a.html", "/secret/@nbrun/other"] {
            assert_eq!(get(url), Err(404), "{url}");
        }
        assert!(door().read(&Method::Get, "/secret/a.html", None, None).is_err());
    }

    #[test]
    fn only_the_servers_own_name_is_answered() {
        for (host, is_let_in) in [("localhost:4000", true), ("127.0.0.1", false), ("evil.example:4000", false)] {
            assert_eq!(asked(Method::Get, "/secret/a.html", host, None).is_ok(), is_let_in, "{host}");
        }
    }

    #[test]
    fn who_listens_everywhere_answers_to_numbers_and_to_no_name() {
        for address in ["0.0.0.0:4000", "[::]:4000"] {
            for host in ["192.168.1.7:4000", "127.0.0.1:4000", "[fe80::1]:4000", "localhost:4000", "0.0.0.0:4000"] {
                assert!(lets_in(address, host), "{address} {host}");
            }
            for host in ["192.168.1.7:4001", "192.168.1.7", "evil.example:4000", "1.evil.example:4000", "4000", ""] {
                assert!(!lets_in(address, host), "{address} {host}");
            }
        }
        assert!(!lets_in("192.168.1.7:4000", "192.168.1.8:4000"), "it knows its address");
    }

    #[test]
    fn a_browser_leaves_out_the_usual_port() {
        for (address, host) in [("127.0.0.1:80", "127.0.0.1"), ("[::1]:80", "[::1]"), ("0.0.0.0:80", "192.168.1.7")] {
            assert!(lets_in(address, host), "{address} {host}");
        }
    }

    #[test]
    fn an_order_comes_from_a_page_of_the_very_host_that_it_goes_to() {
        let door = Door { address: "0.0.0.0:4000".parse().expect("an address"), ..door() };
        let order = |origin| {
            door.read(&Method::Post, "/secret/@nbrun/stop?page=a.html", Some("192.168.1.7:4000"), Some(origin)).is_ok()
        };
        assert!(order("http://192.168.1.7:4000"));
        assert!(!order("http://6.6.6.6:4000"), "another server may listen at the same port");
    }

    #[test]
    fn only_the_servers_own_pages_give_orders() {
        let order = |origin: Option<&str>| {
            asked(Method::Post, "/secret/@nbrun/run?page=a.html&cell=2", "127.0.0.1:4000", origin)
        };
        let run = Order { page: "a.html".to_owned(), action: OrderAction::RunCell(2) };
        assert_eq!(order(Some("http://127.0.0.1:4000")), Ok(Asked::Order(run)));
        for origin in [None, Some("null"), Some("http://evil.example"), Some("https://127.0.0.1:4000")] {
            assert_eq!(order(origin), Err(403), "{origin:?}");
        }
        let get = asked(Method::Get, "/secret/@nbrun/run?page=a.html&cell=2", "127.0.0.1:4000", None);
        assert_eq!(get, Err(404), "an image of another page cannot give one, either");
    }

    #[test]
    fn an_address_can_be_opened_whatever_the_name_of_the_page() {
        assert_eq!(door().address_of("a b/ü#.html"), "http://127.0.0.1:4000/secret/a%20b/%C3%BC%23.html");
        let everywhere = Door { address: "[::]:4000".parse().expect("an address"), ..door() };
        assert_eq!(everywhere.address_of("a.html"), "http://[::1]:4000/secret/a.html");
    }
}
