//! What becomes of the value that a job returns: an `Err` has failed, as it has where Rust's own `main` returns it.

use crate::entry::text_of;
use std::fmt::Debug;
use std::process::ExitCode;

/// What a job may return. For a future both implementations hold, so the compiler cannot choose, which is an error: nobody
/// would run it, and nobody would notice.
#[allow(non_camel_case_types, reason = "nbrun knows by this name that the error is not about the author's types")]
pub trait __nb_Returned<Which> {}
impl<T> __nb_Returned<()> for T {}
impl<T: Future> __nb_Returned<bool> for T {}

/// What a job returned, on its way to [`Ended`].
pub struct Returned<'a, R>(&'a R);

/// Wraps what a job returned.
#[allow(non_camel_case_types, reason = "as above")]
pub fn returned<R: __nb_Returned<__nb_async>, __nb_async>(value: &R) -> Returned<'_, R> {
    Returned(value)
}

/// How a job has ended.
pub enum Ended {
    /// Well.
    Well,
    /// With this exit code.
    Code(i32),
    /// With this error.
    Error(String),
}

/// The ways to an end, of which a method call on `&&&&&Returned` takes the first that fits: each has one reference less.
pub mod ways {
    use super::{Debug, Ended, ExitCode, Returned, code, error, name_of};

    /// A result with an exit code in it.
    pub trait CodeOrError {
        /// How the job has ended.
        fn ended(&self) -> Ended;
    }

    impl<E: Debug> CodeOrError for &&&&Returned<'_, Result<ExitCode, E>> {
        fn ended(&self) -> Ended {
            match self.0 {
                Ok(exit) => code(exit),
                Err(why) => error(why),
            }
        }
    }

    /// A result.
    pub trait WellOrError {
        /// How the job has ended.
        fn ended(&self) -> Ended;
    }

    impl<T, E: Debug> WellOrError for &&&Returned<'_, Result<T, E>> {
        fn ended(&self) -> Ended {
            self.0.as_ref().err().map_or(Ended::Well, |why| error(why))
        }
    }

    /// A result whose error cannot be shown.
    pub trait WellOrNot {
        /// How the job has ended.
        fn ended(&self) -> Ended;
    }

    impl<T, E> WellOrNot for &&Returned<'_, Result<T, E>> {
        fn ended(&self) -> Ended {
            let what = name_of::<E>();
            if self.0.is_ok() { Ended::Well } else { Ended::Error(format!("{what}, which has no `Debug`")) }
        }
    }

    /// An exit code.
    pub trait Code {
        /// How the job has ended.
        fn ended(&self) -> Ended;
    }

    impl Code for &Returned<'_, ExitCode> {
        fn ended(&self) -> Ended {
            code(self.0)
        }
    }

    /// Any other value: nobody takes it.
    pub trait Well {
        /// How the job has ended.
        fn ended(&self) -> Ended;
    }

    impl<T> Well for Returned<'_, T> {
        fn ended(&self) -> Ended {
            Ended::Well
        }
    }
}

fn error(why: &dyn Debug) -> Ended {
    Ended::Error(text_of(why))
}

/// The name of a type without the modules of its paths, since the cells' modules are not the author's.
fn name_of<T>() -> String {
    let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
    let parts = std::any::type_name::<T>().split_inclusive(|c| !is_path(c));
    parts.map(|part| part.rsplit("::").next().unwrap_or(part)).collect()
}

/// The number of an exit code, which std does not tell but compares.
fn code(exit: &ExitCode) -> Ended {
    let number = (0..=u8::MAX).find(|number| *exit == ExitCode::from(*number));
    number.map_or(Ended::Well, |number| Ended::Code(number.into()))
}
