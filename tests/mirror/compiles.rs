//! Programs that must not compile with the mirror as they do not with std, and programs that must compile.

use std::fs;
use std::path::Path;
use std::process::Command;

/// What the build script has made: the libraries that nbrun carries along.
const MADE: &str = env!("OUT_DIR");

/// The codes of the errors in a crate with this code, by a compiler that takes std for `mirror`, or for what it is.
fn errors(dir: &Path, code: &str, mirrored: bool) -> Vec<String> {
    let link = if mirrored { "#[macro_use(thread_local)] extern crate nbrun_std as std; " } else { "" };
    let uses = "#![allow(unused)] use std::{cell::*, panic::*, rc::*, sync::*, sync::atomic::*, thread, time::*, sync::mpsc::*}; ";
    let (uses, rest) = uses.split_once(' ').expect("an attribute and an import");
    let file = dir.join("a.rs");
    fs::write(&file, format!("{uses} {link}{rest}{code}")).expect("a file");
    let mut rustc = Command::new("rustc");
    rustc.args([
        "--edition",
        "2024",
        "--crate-type",
        "lib",
        "--emit",
        "mir",
        "-C",
        "prefer-dynamic",
        "--error-format=short",
    ]);
    rustc.args(["--extern", &format!("nbrun_std={MADE}/libnbrun_std.rlib"), "-L", &format!("dependency={MADE}")]);
    let said = rustc.arg("-o").arg(dir.join("a.mir")).arg(&file).output().expect("the compiler");
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    let errors = said.lines().filter_map(|line| line.split_once(": error"));
    errors.map(|(_, rest)| rest.split_once("]: ").map_or(rest, |(code, _)| code).to_owned()).collect()
}

/// Whether there is a mirror to compile with: the build script makes none where it builds for another machine.
fn is_made() -> bool {
    fs::metadata(Path::new(MADE).join("libnbrun_std.rlib")).is_ok_and(|file| file.len() > 0)
}

#[test]
fn what_std_refuses_is_refused_for_the_same_reason() {
    let dir = tempfile::tempdir().expect("a directory");
    for code in [
        // Sent to a thread that must not be.
        "fn f() { let r = Rc::new(1); thread::spawn(move || drop(r)); }",
        "fn f() { let c = &*Box::leak(Box::new(Cell::new(1))); thread::spawn(move || c.set(2)); }",
        "fn f() { let m = Box::leak(Box::new(Mutex::new(1))); let g = m.lock().unwrap(); thread::spawn(move || drop(g)); }",
        "fn f() { let m = Box::leak(Box::new(RwLock::new(1))); let g = m.read().unwrap(); thread::spawn(move || drop(g)); }",
        "fn f() { let (tx, rx) = channel::<Rc<u8>>(); thread::spawn(move || rx.recv()); }",
        "fn f() { let (tx, rx) = channel::<u8>(); thread::scope(|s| { s.spawn(|| rx.recv().unwrap()); }); }",
        "fn f() { let m = Arc::new(Mutex::new(Rc::new(1))); thread::spawn(move || drop(m)); }",
        "fn f() { let o = Arc::new(OnceLock::<Cell<u8>>::new()); thread::spawn(move || drop(o)); }",
        "fn f() { thread::spawn(|| Rc::new(1)); }",
        "static L: LazyLock<Cell<u8>> = LazyLock::new(|| Cell::new(1));",
        // Borrowed for too short a time.
        "fn f() { let v = vec![1]; thread::spawn(|| println!(\"{v:?}\")); }",
        "fn f() { let v = vec![1]; let r = &v; thread::spawn(move || println!(\"{r:?}\")); }",
        "fn f() { let mut n = 0; thread::scope(|s| { s.spawn(|| n += 1); s.spawn(|| n += 1); }); }",
        "fn f() { thread::scope(|s| { let v = vec![1]; s.spawn(|| println!(\"{v:?}\")); }); }",
        "fn f() -> MutexGuard<'static, u8> { let m = Mutex::new(1); m.lock().unwrap() }",
        "fn f() { let g; { let m = Mutex::new(1); g = m.lock().unwrap(); } drop(g); }",
        "fn f<'a>(h: thread::ScopedJoinHandle<'a, u8>) -> thread::ScopedJoinHandle<'static, u8> { h }",
        // Moved, or changed where that must not be.
        "fn f() { let (tx, rx) = channel(); thread::spawn(move || tx.send(1)); tx.send(2); }",
        "fn f() { let h = thread::spawn(|| 1); h.join(); h.join(); }",
        "fn f() { let (_, rx) = channel::<u8>(); let other = rx.clone(); }",
        "fn f() { let m = Mutex::new(1); let g = m.lock().unwrap(); *g = 2; }",
        "fn f() { let l = RwLock::new(1); *l.read().unwrap() = 2; }",
        "fn f() { let m = Mutex::new(1); let n: u32 = *m.lock(); }",
        "static N: u32 = 0; fn f() { N = 1; }",
        "thread_local!(static N: Cell<u32> = Cell::new(1)); fn f() { N.set(\"one\"); }",
        "fn f<'a>(m: &'a Mutex<&'static str>) -> &'a Mutex<&'a str> { m }",
        "fn f<'a>(c: &'a AtomicPtr<&'static str>) -> &'a AtomicPtr<&'a str> { c }",
        "fn f(m: &Mutex<u8>) { fn safe<T: Send>(_: T) {} safe(m.lock()); }",
        "fn f() { let c = Cell::new(1); catch_unwind(|| c.set(2)); }",
    ] {
        let real = errors(dir.path(), code, false);
        assert!(!real.is_empty(), "std refuses it: {code}");
        if is_made() {
            assert_eq!(errors(dir.path(), code, true), real, "{code}");
        }
    }
}

#[test]
fn what_std_takes_the_mirror_takes_too() {
    let dir = tempfile::tempdir().expect("a directory");
    for code in [
        // Constants and statics.
        "static M: Mutex<Vec<u8>> = Mutex::new(Vec::new()); static L: RwLock<u8> = RwLock::new(1);",
        "static C: Condvar = Condvar::new(); static B: Barrier = Barrier::new(3); static O: Once = Once::new();",
        "static A: [AtomicU32; 3] = [const { AtomicU32::new(0) }; 3]; const Z: AtomicU8 = AtomicU8::new(0);",
        "static P: AtomicPtr<u8> = AtomicPtr::new(std::ptr::null_mut()); static F: AtomicBool = AtomicBool::new(true);",
        "static L: LazyLock<Mutex<Vec<u8>>> = LazyLock::new(|| Mutex::new(vec![1])); static O: OnceLock<u8> = OnceLock::new();",
        "struct S { m: Mutex<u8> } impl S { const fn new() -> Self { Self { m: Mutex::new(1) } } } static X: S = S::new();",
        "static O: Once = ONCE_INIT; static B: AtomicBool = ATOMIC_BOOL_INIT; static U: AtomicUsize = ATOMIC_USIZE_INIT;",
        // What is not sized.
        "trait T { fn f(&mut self); } impl T for u8 { fn f(&mut self) {} } \
         fn f() { let a: Arc<Mutex<dyn T>> = Arc::new(Mutex::new(1_u8)); a.lock().unwrap().f(); }",
        "fn f() { let b: Box<RwLock<[u8]>> = Box::new(RwLock::new([1, 2])); b.write().unwrap()[0] = 2; }",
        "fn f(m: &Mutex<[u8; 2]>) -> &Mutex<[u8]> { m }",
        "fn f() { let a: Arc<Mutex<dyn FnMut() + Send>> = Arc::new(Mutex::new(|| ())); (a.lock().unwrap())(); }",
        // Traits, by themselves and derived.
        "#[derive(Debug, Default)] struct S { m: Mutex<u8>, l: RwLock<u8>, o: OnceLock<u8>, c: Condvar, n: AtomicU32 }",
        "fn f<T: Send + Sync + UnwindSafe + RefUnwindSafe>() {} fn g() { f::<Mutex<Cell<u8>>>(); f::<RwLock<u8>>(); f::<Condvar>(); \
         f::<Barrier>(); f::<Once>(); f::<OnceLock<u8>>(); f::<LazyLock<u8>>(); f::<AtomicU32>(); f::<AtomicPtr<u8>>(); }",
        "fn f<T: Send + Sync>() {} fn g() { f::<thread::JoinHandle<Cell<u8>>>(); f::<thread::Thread>(); f::<Sender<u8>>(); f::<SyncSender<u8>>(); }",
        "fn f<T: Sync>(_: T) {} fn g(m: &Mutex<u8>) { f(m.lock().unwrap()); }",
        "trait Lock { fn with(&self); } impl<T> Lock for Mutex<T> { fn with(&self) {} } impl Lock for AtomicU32 { fn with(&self) {} }",
        "fn f(m: Mutex<u8>) -> Result<u8, PoisonError<u8>> { m.into_inner() }",
        "fn f(m: &Mutex<u8>) -> Result<u8, Box<dyn std::error::Error + '_>> { Ok(*m.lock()?) }",
        "fn f(m: &Mutex<u8>) -> u8 { match m.try_lock() { Ok(g) => *g, Err(TryLockError::Poisoned(p)) => **p.get_ref(), Err(TryLockError::WouldBlock) => 0 } }",
        // Threads.
        "fn f() -> std::io::Result<thread::JoinHandle<u8>> { thread::Builder::new().name(\"a\".into()).spawn(|| 1) }",
        "fn f(v: &mut [u8]) { thread::scope(|s| for c in v.chunks_mut(2) { s.spawn(move || c[0] = 1); }); }",
        "fn f<'s, 'e>(s: &'s thread::Scope<'s, 'e>, n: &'e u8) { s.spawn(move || s.spawn(move || *n)); }",
        "type Job = Box<dyn FnOnce() + Send>; struct Pool { w: Vec<Option<thread::JoinHandle<()>>>, tx: Option<Sender<Job>> } \
         fn f(rx: Arc<Mutex<Receiver<Job>>>) { thread::spawn(move || { while let Ok(job) = rx.lock().unwrap().recv() { job(); } }); }",
        "fn f() -> std::num::NonZeroUsize { thread::available_parallelism().unwrap() }",
        "fn f(e: Box<dyn std::any::Any + Send>) -> thread::Result<()> { Err(e) }",
        // Thread-locals.
        "thread_local! { pub static A: Cell<u8> = const { Cell::new(1) }; /// One.\n static B: RefCell<Vec<Rc<u8>>> = RefCell::default() }",
        "thread_local!(static A: Rc<Cell<u8>> = Rc::default()); fn f() -> Rc<Cell<u8>> { A.with(Rc::clone) }",
        "fn f(k: &'static thread::LocalKey<Cell<u8>>) -> Result<u8, thread::AccessError> { k.try_with(Cell::get) }",
        "std::thread_local!(static A: u8 = 1;);",
        // Paths.
        "use ::std::sync as s; fn f() -> s::Mutex<u8> { s::Mutex::new(1) } mod m { use std::sync::{self, Arc}; pub type T = sync::Mutex<u8>; }",
        "use std::sync::atomic::Ordering::{self, *}; fn f(n: &AtomicUsize, o: Ordering) -> usize { n.load(o) + n.load(SeqCst) }",
        "fn f() { std::println!(\"{}\", 1); std::assert!(true); let v = std::vec![1]; std::thread::sleep(std::time::Duration::ZERO); }",
        "fn f(i: Instant) -> (Duration, Instant) { (i.elapsed(), i + Duration::from_secs(1) - Duration::from_secs(1)) }",
        "use std::io::{self, Write, IsTerminal}; fn f() -> io::Result<bool> { writeln!(io::stdout().lock())?; let mut o: Box<dyn Write> = Box::new(io::stderr()); o.flush()?; Ok(io::stdout().is_terminal()) }",
        "use std::io::{BufWriter, StdoutLock, Write}; struct S<'a> { out: BufWriter<StdoutLock<'a>> } fn f() -> S<'static> { S { out: BufWriter::new(std::io::stdout().lock()) } }",
    ] {
        assert_eq!(errors(dir.path(), code, false), [""; 0], "std: {code}");
        if is_made() {
            assert_eq!(errors(dir.path(), code, true), [""; 0], "the mirror: {code}");
        }
    }
}
