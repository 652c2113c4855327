//! The command line: arguments, progress, output files, exit codes.
