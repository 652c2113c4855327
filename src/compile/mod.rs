//! Stage 3: the Rust cells and the specs' expressions to one dynamic library.
