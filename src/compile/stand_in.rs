//! A stand-in for the crate that every notebook is compiled against: its names, and as much of its behaviour as the
//! compile stage's tests ask for.

use std::marker::PhantomData;
use std::sync::OnceLock;

static WRITE: OnceLock<extern "C" fn(*const u8, usize)> = OnceLock::new();

#[macro_export]
macro_rules! println { ($($t:tt)*) => { $crate::write(::std::format!("{}\n", ::std::format_args!($($t)*))) } }
#[macro_export]
macro_rules! print { ($($t:tt)*) => { $crate::write(::std::format!($($t)*)) } }
#[macro_export]
macro_rules! eprintln { ($($t:tt)*) => { $crate::write(::std::format!("{}\n", ::std::format_args!($($t)*))) } }
#[macro_export]
macro_rules! eprint { ($($t:tt)*) => { $crate::write(::std::format!($($t)*)) } }
#[macro_export]
macro_rules! dbg { ($e:expr) => { match $e { value => { $crate::write(::std::format!("{value:?}\n")); value } } } }

pub fn write(text: String) {
    WRITE.get().unwrap()(text.as_ptr(), text.len());
}

pub trait Message {}
macro_rules! messages { ($($t:ty)*) => { $(impl Message for $t {})* } }
messages! { () i32 i64 u64 f64 bool char String }
impl<T: Message> Message for Vec<T> {}

macro_rules! handles { ($($name:ident)*) => { $(
    pub struct $name<T = ()>(u32, PhantomData<T>);
    impl<T> Clone for $name<T> { fn clone(&self) -> Self { *self } }
    impl<T> Copy for $name<T> {}
    impl<T> $name<T> {
        pub fn from_id(id: u32) -> Self { Self(id, PhantomData) }
        pub fn id(&self) -> u32 { self.0 }
    }
)* } }
handles! { Queue Value Array Lock RLock RwLock Semaphore BoundedSemaphore Event Condition Barrier }

impl<T> Queue<T> {
    pub fn put(&self, _item: T) {}
    pub fn get(&self) -> T { panic!("empty") }
}

pub mod prelude {
    pub use crate::{Array, Barrier, BoundedSemaphore, Condition, Event, Lock, Message, Queue, RLock, RwLock, Semaphore, Value};
    pub use crate::sleep;
}

pub fn sleep(_seconds: f64) {}

pub mod abi {
    #[repr(C)]
    pub struct Host {
        pub write: extern "C" fn(*const u8, usize),
    }
}

pub mod entry {
    use crate::Message;
    use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};

    pub fn attach(host: *const crate::abi::Host) {
        let _ = crate::WRITE.set(unsafe { (*host).write });
        set_hook(Box::new(|info| {
            let at = info.location().unwrap();
            crate::write(format!("{}:{}:{}\n", at.file(), at.line(), at.column()));
        }));
    }

    fn guard<R>(f: impl FnOnce() -> R) -> i32 {
        catch_unwind(AssertUnwindSafe(f)).map_or(1, |_| 0)
    }

    pub const fn assert_message<T: Message>() {}
    pub fn job(f: impl FnOnce()) -> i32 { guard(f) }
    #[allow(non_snake_case)]
    pub mod Ended {
        #[allow(non_upper_case_globals)]
        pub const Well: () = ();
    }
    pub fn program<T: std::process::Termination>(returned: T) -> T { returned }
    pub fn returned<R>(value: &R) -> &R { value }
    pub mod ways {
        pub trait Well {
            fn ended(&self) {}
        }
        impl<T> Well for T {}
    }
    pub mod sides {
        pub trait Hidden {
            fn __nb_tell(&self) {}
        }
        impl<L: ?Sized, R: ?Sized> Hidden for (&L, &R) {}
    }
    pub fn compared<'a, L: ?Sized, R: ?Sized>(left: &'a L, right: &'a R) -> (&'a L, &'a R) { (left, right) }
    pub fn show<R: std::fmt::Debug>(f: impl FnOnce() -> R) -> i32 { guard(|| crate::write(format!("{:?}", f()))) }
    pub fn assert(f: impl FnOnce() -> bool) -> i32 { guard(|| crate::write(format!("{}", f()))) }
    pub fn pool(f: impl FnOnce()) -> i32 { guard(f) }
    pub fn map_over<T, R, F, I>(map: F, over: I)
    where I: IntoIterator<Item = T>, F: Fn(T) -> R + Send + Sync, R: Message + std::fmt::Debug {
        over.into_iter().for_each(|x| crate::write(format!("{:?} ", map(x))))
    }
    pub fn over_map<T, R, F, I>(over: I, map: F)
    where I: IntoIterator<Item = T>, F: Fn(T) -> R + Send + Sync, R: Message + std::fmt::Debug {
        map_over(map, over)
    }
    pub fn inputs<I: IntoIterator>(items: I) -> I { items }
    pub fn apply<R: Message + std::fmt::Debug>(f: impl FnOnce() -> R + Send) { crate::write(format!("{:?}", f())) }
    pub fn apply_async_one<R: Message + std::fmt::Debug>(f: impl FnOnce() -> R + Send) { apply(f) }
}
