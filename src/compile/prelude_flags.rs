//! What the prelude is compiled with, by nbrun and by its build script: this file is compiled into both.

/// Flags of all of the prelude's crates. Its lints are for whoever works on it, not for an author.
pub const FLAGS: &[&str] = &["--cap-lints", "allow", "-C", "prefer-dynamic", "-C", "embed-bitcode=no"];
/// Flags of the library.
pub const RLIB_FLAGS: &[&str] = &["--crate-name", "nbrun", "--crate-type", "rlib", "-C", "opt-level=3"];
/// Flags of the derive macro. It runs for a moment in each notebook that uses it, but all of its file is read before each
/// is compiled.
pub const DERIVE_FLAGS: &[&str] =
    &["--crate-name", "nbrun_derive", "--crate-type", "proc-macro", "-C", "strip=symbols", "--extern", "proc_macro"];
/// Flags of the mirror of `std`.
pub const MIRROR_FLAGS: &[&str] = &["--crate-name", "nbrun_std", "--crate-type", "rlib", "-C", "opt-level=3"];
