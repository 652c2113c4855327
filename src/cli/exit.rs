//! How the program ends.

use crate::kernel;
use std::process::ExitCode;

/// What the exit code says, from best to worst; several notebooks exit as the worst of them. Scripts rely on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Exit {
    /// 0: every cell did what it should.
    #[default]
    Passed,
    /// 1: a cell failed, timed out, or an `expect` or `assert` did not hold. The page is written all the same.
    Failed,
    /// 2: the notebook or the command line is wrong. Nothing ran, and no file was touched.
    Unusable,
    /// 130: the user interrupted the run. Every worker is gone, and the page of what had run is written.
    Interrupted,
}

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Exit::Passed => 0,
            Exit::Failed => 1,
            Exit::Unusable => 2,
            Exit::Interrupted => kernel::INTERRUPTED,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_notebooks_exit_as_the_worst_of_them() {
        let exit = |exits: &[Exit]| exits.iter().copied().max().unwrap_or_default().code();
        assert_eq!(exit(&[]), 0);
        assert_eq!(exit(&[Exit::Passed, Exit::Failed, Exit::Passed]), 1);
        assert_eq!(exit(&[Exit::Failed, Exit::Unusable]), 2);
        assert_eq!(exit(&[Exit::Interrupted, Exit::Unusable]), 130);
    }
}
