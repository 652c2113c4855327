//! The notebook's library, loaded.

use crate::abi::Host;
use crate::compile::symbol;
use libloading::os::unix::{Library as Loaded, RTLD_LOCAL, RTLD_NOW};
use std::path::{Path, PathBuf};

/// An entry point: it yields 0, or says through the host what went wrong.
pub type Entry = extern "C" fn() -> i32;

/// A library that stays loaded: thread-local destructors would pin it anyway.
pub struct Library {
    loaded: &'static Loaded,
    path: PathBuf,
}

impl Library {
    /// Loads the library at `path` and connects it with `host`.
    ///
    /// # Errors
    /// What the loader says.
    pub fn load(path: &Path, host: &'static Host) -> Result<Self, String> {
        let failed = |error: libloading::Error| format!("the notebook's library cannot be loaded: {error}");
        // SAFETY: the library was made by nbrun's compile stage. Loading it runs code of the author's only if they ask for
        // it with an attribute that is `unsafe` to write.
        let loaded = unsafe { Loaded::open(Some(path), RTLD_NOW | RTLD_LOCAL) }.map_err(failed)?;
        let library = Self { loaded: Box::leak(Box::new(loaded)), path: path.to_owned() };
        library.connect(host)?;
        Ok(library)
    }

    /// Connects the library with `host` from now on.
    ///
    /// # Errors
    /// If it cannot be connected, which means that it is not one of nbrun's.
    pub fn connect(&self, host: &'static Host) -> Result<(), String> {
        // SAFETY: the generated source declares the symbol with this type.
        let attach = unsafe { self.loaded.get::<extern "C" fn(*const Host)>(symbol::attach()) };
        let attach = attach.map_err(|error| format!("the notebook's library cannot be connected: {error}"))?;
        attach(host);
        Ok(())
    }

    /// Where it was loaded from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The entry point of this name.
    ///
    /// # Errors
    /// If there is none, which means that the library does not belong to the plan.
    pub fn entry(&self, name: &str) -> Result<Entry, String> {
        // SAFETY: the generated source declares every entry point with this type, and the library is never unloaded.
        let symbol = unsafe { self.loaded.get::<Entry>(name) };
        symbol.map(|entry| *entry).map_err(|error| format!("the notebook's library lacks an entry point: {error}"))
    }
}
