//! Stage 6: notebook and record to one self-contained HTML page. Pure; it sees neither the compiler nor the executors.
