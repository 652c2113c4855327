//! Attempts to reach somebody.

use super::outside::Outside;
use super::{attempt, forbidden};
use nix::libc;
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};

const FORBIDDEN: &str = "Operation not permitted (os error 1)";

#[test]
fn a_server_on_this_machine_cannot_be_reached() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a server");
    server.set_nonblocking(true).expect("a server");
    let address = server.local_addr().expect("an address");
    let body = format!("tried(\"connect\", std::net::TcpStream::connect(\"{address}\"));");
    attempt(&Outside::new(), &body, &format!("connect: {FORBIDDEN}"));
    assert!(server.accept().is_err(), "somebody came");
}

#[test]
fn nothing_can_be_sent_without_a_connection_either() {
    let server = UdpSocket::bind("127.0.0.1:0").expect("a server");
    server.set_nonblocking(true).expect("a server");
    let address = server.local_addr().expect("an address");
    let body = format!(
        "tried(\"send\", std::net::UdpSocket::bind(\"127.0.0.1:0\").and_then(|socket| socket.send_to(b\"x\", \
         \"{address}\")));"
    );
    attempt(&Outside::new(), &body, &format!("send: {FORBIDDEN}"));
    assert!(server.recv(&mut [0]).is_err(), "something came");
}

#[test]
fn nobody_can_be_served() {
    attempt(
        &Outside::new(),
        "tried(\"serve\", std::net::TcpListener::bind(\"0.0.0.0:0\"));",
        &format!("serve: {FORBIDDEN}"),
    );
}

#[test]
fn a_name_cannot_be_looked_up() {
    let body = "use std::net::ToSocketAddrs;\nprintln!(\"{}\", (\"example.org\", 80).to_socket_addrs().is_err());";
    attempt(&Outside::new(), body, "true");
}

#[test]
fn a_socket_without_a_file_cannot_be_reached() {
    let name = format!("nbrun-escape-{}", std::process::id());
    let server = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).expect("a name")).expect("a server");
    server.set_nonblocking(true).expect("a server");
    let body = format!(
        "use std::os::linux::net::SocketAddrExt;
         let address = std::os::unix::net::SocketAddr::from_abstract_name({name:?}).unwrap();
         tried(\"connect\", std::os::unix::net::UnixStream::connect_addr(&address));"
    );
    attempt(&Outside::new(), &body, &format!("connect: {FORBIDDEN}"));
    assert!(server.accept().is_err(), "somebody came");
}

#[test]
fn a_socket_that_is_a_file_cannot_be_reached() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("socket");
    let server = UnixListener::bind(&path).expect("a server");
    server.set_nonblocking(true).expect("a server");
    let body = format!("tried(\"connect\", std::os::unix::net::UnixStream::connect({path:?}));");
    attempt(&Outside::new(), &body, &format!("connect: {FORBIDDEN}"));
    assert!(server.accept().is_err(), "somebody came");
}

#[test]
fn the_kernel_offers_no_back_door_to_sockets() {
    forbidden("raw socket", libc::SYS_socket, [libc::AF_PACKET.into(), libc::SOCK_RAW.into(), 0, 0, 0]);
    forbidden("netlink", libc::SYS_socket, [libc::AF_NETLINK.into(), libc::SOCK_RAW.into(), 0, 0, 0]);
    forbidden("io_uring", libc::SYS_io_uring_setup, [8, 0, 0, 0, 0]);
}

#[test]
fn a_pair_of_sockets_cannot_send_to_others() {
    let pair = |kind: i32| [libc::AF_UNIX.into(), kind.into(), 0, 0, 0];
    forbidden("datagram pair", libc::SYS_socketpair, pair(libc::SOCK_DGRAM));
    forbidden("closed on exec", libc::SYS_socketpair, pair(libc::SOCK_DGRAM | libc::SOCK_CLOEXEC));
    let body = "println!(\"{}\", std::os::unix::net::UnixStream::pair().is_ok());";
    attempt(&Outside::new(), body, "true");
}

#[test]
fn there_is_no_network_even_for_who_finds_a_socket() {
    let body = "println!(\"{}\", fs::read_to_string(\"/proc/self/net/dev\").unwrap().lines().skip(2)\
                .map(|line| line.split(':').next().unwrap().trim()).collect::<Vec<_>>().join(\" \"));";
    if let Some(interfaces) = super::met(&Outside::new(), body) {
        assert!(interfaces.split(' ').all(|name| !name.starts_with("eth") && !name.starts_with("en")), "{interfaces}");
        assert!(interfaces.contains("lo"), "{interfaces}");
    }
}
